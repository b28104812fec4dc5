package room

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// solo drives one engine whose only link is the test.
type solo struct {
	t      testing.TB
	e      *Engine
	store  *MemoryStore
	now    time.Time
	got    []Action                   // all since the last look
	frames []wire.LinkFrame           // sent on link 1
	give   map[wire.Hint]*wire.Record // answers WANTs
	slow   bool                       // commits wait for stored
	under  []Commit                   // those that do
}

func newSolo(t testing.TB, member func(crypto.PublicKey) bool) *solo {
	s := &solo{t: t, store: &MemoryStore{}, now: simEpoch}
	e, err := New(Config{
		Room: simRoom, Self: member0(), Store: s.store, Chain: 1, Member: member,
		Salt: func() [16]byte { return [16]byte{} }, Rand: rand.New(rand.NewPCG(1, 2)),
	}, s.now)
	if err != nil {
		t.Fatal(err)
	}
	s.e = e
	return s
}

func member0() *crypto.Identity { return memberN(0) }

func memberN(n int) *crypto.Identity {
	return crypto.IdentityFromSeed([32]byte{9: byte(n + 1), 10: byte(n >> 8)})
}

// link brings link 1, to member n, up.
func (s *solo) link(n int) {
	s.step(LinkUp{Link: 1, Peer: memberN(n).Public()})
	s.frame(1, wire.LinkHello{Now: clkOf(s.now)})
}

func (s *solo) step(ev Event) {
	for _, a := range s.e.Step(s.now, ev) {
		s.got = append(s.got, a)
		switch a := a.(type) {
		case Commit:
			s.under = append(s.under, a)
			if !s.slow {
				s.stores()
			}
		case Send:
			f, err := wire.ParseLinkFrame(unframe(a.Frame))
			if err != nil {
				s.t.Fatal(err)
			}
			s.frames = append(s.frames, f)
			if want, ok := f.(wire.LinkWant); ok {
				s.answer(a.Link, want)
			}
		}
	}
}

// stores ends the commits under way, and those that begin with that.
func (s *solo) stores() {
	for len(s.under) > 0 {
		c := s.under[0]
		s.under = s.under[1:]
		s.step(Committed{c.Batch, s.store.Commit(c.Put, c.Delete)})
	}
}

func (s *solo) answer(l LinkID, want wire.LinkWant) {
	for _, h := range want.Hints {
		if r := s.give[h]; r != nil {
			s.push(l, r)
		}
	}
	for _, span := range want.Spans {
		for _, r := range s.give {
			if r.Author == span.Author && r.Chain == span.Chain && r.Seq >= span.From && r.Seq < span.From+span.Count {
				s.push(l, r)
			}
		}
	}
}

func (s *solo) frame(l LinkID, f wire.LinkFrame) {
	s.step(Frame{l, unframe(wire.AppendLinkFrame(nil, f))})
}

func (s *solo) push(l LinkID, r *wire.Record) {
	s.frame(l, wire.LinkPush{Hop: 1, Flags: wire.PushToAll, Record: r.Append(nil)})
}

// wait lets time pass, with its timers.
func (s *solo) wait(d time.Duration) {
	end := s.now.Add(d)
	for n := 0; ; n++ {
		at := s.e.NextDeadline()
		if at.IsZero() || at.After(end) {
			break
		}
		if n > 100000 {
			s.t.Fatal("timers do not advance")
		}
		if at.After(s.now) {
			s.now = at
		}
		s.step(Timer{})
	}
	s.now = end
}

// take returns the actions of one type since the last look at that type.
func take[A Action](s *solo) (out []A) {
	s.got = slices.DeleteFunc(s.got, func(a Action) bool {
		x, ok := a.(A)
		if ok {
			out = append(out, x)
		}
		return ok
	})
	return out
}

func (s *solo) shown() (texts []string) {
	for _, d := range take[Deliver](s) {
		texts = append(texts, string(d.Record.Field(wire.FieldText)))
	}
	return texts
}

func (s *solo) say(text string) wire.RecordID {
	s.t.Helper()
	s.step(Append{Ref: 7, Type: wire.RecordText, Fields: textFields(text)})
	got := take[Appended](s)
	if len(got) != 1 || got[0].Err != nil || got[0].Ref != 7 {
		s.t.Fatalf("append: %+v", got)
	}
	return got[0].ID
}

func textFields(text string) []wire.Field {
	return []wire.Field{{Type: wire.FieldText, Value: []byte(text)}}
}

// scribe writes a member's chain by hand.
type scribe struct {
	id    *crypto.Identity
	chain uint64
	seq   uint64
	prev  wire.RecordID
	clk   wire.Clk
}

func newScribe(n int) *scribe { return &scribe{id: memberN(n), chain: 1, clk: clkOf(simEpoch)} }

func (w *scribe) write(text string, parents ...*wire.Record) *wire.Record {
	w.seq++
	w.clk++
	r := &wire.Record{Type: wire.RecordText, Chain: w.chain, Seq: w.seq, Prev: w.prev, Clk: w.clk}
	for _, p := range parents {
		r.Parents = append(r.Parents, p.ID())
		r.Clk = max(r.Clk, p.Clk+1)
	}
	slices.SortFunc(r.Parents, func(a, b wire.RecordID) int { return slices.Compare(a[:], b[:]) })
	r.SetBody([16]byte{}, wire.AppendFields(nil, textFields(text)...))
	r.Sign(w.id, simRoom)
	w.prev, w.clk = r.ID(), r.Clk
	return r
}

// fork returns a scribe that goes on from the same place.
func (w *scribe) fork() *scribe {
	c := *w
	return &c
}

// run writes n records.
func (w *scribe) run(n int) (out []*wire.Record) {
	for i := range n {
		out = append(out, w.write(fmt.Sprint(w.seq, i)))
	}
	return out
}
