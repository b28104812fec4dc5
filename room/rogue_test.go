package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// rogue is a member that has all an honest one has, and sends what it likes:
// it is given each frame that an honest one would send, and returns its own.
type rogue func(n *node, f wire.LinkFrame) []wire.LinkFrame

// withhold passes nothing on and offers nothing, but takes and acknowledges.
func withhold(n *node, f wire.LinkFrame) []wire.LinkFrame {
	switch f := f.(type) {
	case wire.LinkPush:
		if r, err := wire.ParseRecord(f.Record); err != nil || r.Author != n.id.Public() {
			return nil
		}
	case wire.LinkIHave, wire.LinkRecon, wire.LinkDigest:
		return nil
	}
	return []wire.LinkFrame{f}
}

// cling withholds, and claims to need each link.
func cling(n *node, f wire.LinkFrame) []wire.LinkFrame {
	if _, ok := f.(wire.LinkDisconnect); ok {
		return nil
	}
	return append(withhold(n, f), wire.LinkNeighbour{Priority: wire.PriorityHigh})
}

var rogues = []struct {
	name string
	do   rogue
}{
	{"withholds", withhold},
	{"is mute and deaf", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		switch f.(type) {
		case wire.LinkHello, wire.LinkNeighbour:
			return []wire.LinkFrame{f}
		}
		return nil
	}},
	{"prunes everybody", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		return append(withhold(n, f), wire.LinkPrune{})
	}},
	{"announces what it does not give", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		out := withhold(n, f)
		var lie wire.LinkIHave
		for i := range 20 {
			lie.Hints = append(lie.Hints, wire.Hint{byte(n.index), byte(i), byte(n.rng.Uint32()), byte(n.rng.Uint32())})
		}
		for _, en := range n.engine.log.heads {
			lie.Hints = append(lie.Hints, en.id.Hint())
		}
		if _, ack := f.(wire.LinkAck); ack {
			out = append(out, lie)
		}
		return out
	}},
	{"lies about hop and flags", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		if p, ok := f.(wire.LinkPush); ok {
			p.Hop, p.Flags = uint8(1+n.rng.IntN(255)), wire.PushFlags(n.rng.IntN(4))
			f = p
		}
		return []wire.LinkFrame{f}
	}},
	{"clings to its links", cling},
	{"replays across rooms", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		out := withhold(n, f)
		if _, ack := f.(wire.LinkAck); ack {
			r := &wire.Record{Type: wire.RecordText, Chain: 1, Seq: 1, Clk: clkOf(n.now)}
			r.SetBody([16]byte{byte(n.rng.Uint32())}, wire.AppendFields(nil, textFields("from elsewhere")...))
			r.Sign(n.nodes[0].id, crypto.RoomID{77})
			out = append(out, wire.LinkPush{Hop: 1, Record: r.Append(nil)})
		}
		return out
	}},
	{"floods", func(n *node, f wire.LinkFrame) []wire.LinkFrame {
		if _, ack := f.(wire.LinkAck); ack && len(n.appended) < 60 {
			n.after(0, func() {
				for range 10 {
					n.say("flood")
				}
			})
		}
		return []wire.LinkFrame{f, f}
	}},
}

// besieged is a room of so many honest members, and of rogues.
func besieged(t testing.TB, honest int, rogues ...rogue) *sim {
	s := emptySim(t, 3)
	s.path = path{minDelay: 40 * time.Millisecond, loss: 0.05, retry: 200 * time.Millisecond}
	s.maxDelay = 60 * time.Millisecond
	for range honest {
		s.addNode()
	}
	for _, r := range rogues {
		s.addNode().rogue = r
	}
	s.openRoster()
	return s
}

// listen notes how long messages of honest members take, and how much honest
// members hold at most.
func (s *sim) listen() *heard {
	h := &heard{}
	said := make(map[wire.RecordID]time.Time)
	s.onAction = func(n *node, a Action) {
		if n.rogue != nil {
			return
		}
		switch a := a.(type) {
		case Appended:
			said[a.ID] = s.now
		case Deliver:
			if at, ok := said[a.ID]; ok && !a.Own {
				h.count++
				h.slowest = max(h.slowest, s.now.Sub(at))
			}
		}
		h.held = max(h.held, n.engine.held())
		h.links = max(h.links, len(n.engine.links))
	}
	return h
}

type heard struct {
	count   int
	slowest time.Duration
	held    int
	links   int
}

// held counts all that an engine keeps for or because of others.
func (e *Engine) held() (n int) {
	n = len(e.log.byHint) + len(e.log.waiting) + len(e.log.early) + len(e.wants.list) + len(e.rumours.order) +
		len(e.overlay.list) + len(e.bans) + len(e.partings) + len(e.refused.ring) + len(e.queue) + len(e.cache.order)
	for _, l := range e.links {
		n += len(l.known.ring) + len(l.news) + len(l.supply.asked) + len(l.inflight) + len(l.announce) +
			len(l.held) + len(l.refused) + len(l.ask.Hints) + len(l.out)
	}
	return n
}

// Whatever a quarter of the members do, the others hear each other soon, hold
// the same in the end, and keep no more than a few items a record and link.
func TestRogues(t *testing.T) {
	for _, c := range []struct{ honest, each int }{{20, 1}, {64, 3}} {
		t.Run(fmt.Sprint(c.honest, " honest, ", c.each*len(rogues), " rogues"), func(t *testing.T) {
			t.Parallel()
			var all []rogue
			for _, r := range rogues {
				all = append(all, slices.Repeat([]rogue{r.do}, c.each)...)
			}
			s := besieged(t, c.honest, all...)
			h := s.listen()
			s.run(20 * time.Second)
			for i := range 30 {
				s.nodes[s.rng.IntN(c.honest)].say(fmt.Sprint("message ", i))
				s.run(time.Second)
			}
			s.run(30 * time.Second)
			if want := 30 * (c.honest - 1); h.count != want || h.slowest > 3*time.Second {
				t.Errorf("%d of %d deliveries, the slowest after %v", h.count, want, h.slowest)
			}
			s.checkEqual()
			records := len(s.nodes[0].store.records)
			if records < 30+50*c.each {
				t.Errorf("only %d records: where is the flood?", records)
			}
			if most := 4*records + h.links*(3*records+1000); h.held > most {
				t.Errorf("%d items held, above %d", h.held, most)
			}
			t.Logf("slowest %v, %d records, %d links, %d items held", h.slowest, records, h.links, h.held)
		})
	}
}

// Thirty members who pass nothing on crowd around one, each claiming to have
// no other link: it hears and is heard all the same.
func TestEclipse(t *testing.T) {
	s := besieged(t, 70, slices.Repeat([]rogue{cling}, 30)...)
	victim := s.nodes[0]
	h := s.listen()
	for i := range 60 {
		for _, n := range s.nodes[70:] {
			if s.rng.IntN(5) == 0 {
				s.connect(n, victim)
			}
		}
		if i >= 30 {
			s.nodes[s.rng.IntN(70)*(i%3)/2%70].say(fmt.Sprint("message ", i)) // the victim is every third
		}
		s.run(time.Second)
	}
	s.run(5 * time.Second)
	if want := 30 * 69; h.count != want || h.slowest > 3*time.Second {
		t.Errorf("%d of %d deliveries, the slowest after %v", h.count, want, h.slowest)
	}
	if n := victim.settledLinks(); n > 2*defaultShape.most {
		t.Errorf("%d links", n)
	}
	if len(victim.appended) < 8 {
		t.Errorf("the victim said %d", len(victim.appended))
	}
}
