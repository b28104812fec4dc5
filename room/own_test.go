package room

import (
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

func durable(c *Config) { c.Durable = true }

func restored(c *Config) {
	c.Durable = true
	_ = c.Store.SetMeta(MetaRestored, []byte{1}) // never fails
}

func TestDurableStoreKeepsTheChain(t *testing.T) {
	store := &MemoryStore{}
	s := soloWith(t, store, func(c *Config) { c.Durable, c.Chain = true, 77 })
	s.say("one")
	s.restart(func(c *Config) { c.Durable, c.Chain = true, 99 })
	if r := s.stored(s.say("two")); r.Chain != 77 || r.Seq != 2 {
		t.Errorf("goes on as %d/%d", r.Chain, r.Seq)
	}
	twin := &scribe{id: member0(), chain: 77, clk: clkOf(simEpoch)}
	s.link(9)
	s.push(1, twin.write("from elsewhere"))
	if got := take[ForkSeen](s); len(got) != 1 || got[0].NewChain != 78 {
		t.Fatalf("%+v", got)
	}
	s.restart(func(c *Config) { c.Durable, c.Chain = true, 99 })
	if r := s.stored(s.say("three")); r.Chain != 78 || r.Seq != 1 {
		t.Errorf("after the fork it goes on as %d/%d", r.Chain, r.Seq)
	}
	if got := take[ForkSeen](s); len(got) != 0 {
		t.Error("the fork is told of again")
	}
}

// backup is a store as it was before two more messages were sent; those two.
func backup(t *testing.T) (*MemoryStore, []*wire.Record) {
	old := &MemoryStore{}
	s := soloWith(t, old, durable)
	first := s.say("before the backup")
	saved := &MemoryStore{}
	_ = saved.Commit([]*wire.Record{s.stored(first)}, nil)
	_ = saved.MarkShown(first)
	return saved, []*wire.Record{s.stored(s.say("after")), s.stored(s.say("later"))}
}

// Also while the store is still busy with the answer.
func TestRestoredBackupAsksFirst(t *testing.T) {
	for _, slow := range []bool{false, true} {
		store, lost := backup(t)
		s := soloWith(t, store, restored)
		s.slow = slow
		s.step(Append{Ref: 1, Type: wire.RecordText, Fields: textFields("new")})
		s.link(9)
		if got := take[Appended](s); len(got) != 0 {
			t.Fatal("written before anybody was asked")
		}
		asked := false
		for _, f := range s.frames {
			if w, ok := f.(wire.LinkWant); ok {
				asked = asked || slices.Contains(w.Spans, wire.WantSpan{
					Author: member0().Public(), Chain: 1, From: 2, Count: wire.MaxWantSpan})
			}
		}
		if !asked {
			t.Error("the own chain is not asked for")
		}
		for _, r := range lost {
			s.pushPast(1, r)
		}
		s.frame(1, s.digest()) // equal: it has told all
		s.stores()
		got := take[Appended](s)
		if len(got) != 1 || got[0].Err != nil {
			t.Fatalf("%+v", got)
		}
		if r := s.stored(got[0].ID); r.Chain != 1 || r.Seq != 4 || r.Prev != lost[1].ID() {
			t.Errorf("goes on as %d/%d", r.Chain, r.Seq)
		}
		if len(take[ForkSeen](s)) != 0 {
			t.Error("a fork")
		}
	}
}

// digest is the digest of a peer that has the same.
func (s *solo) digest() wire.LinkDigest {
	l := s.e.link(1)
	p := s.e.piece(l, zeroBound, endBound)
	return wire.LinkDigest{Count: uint64(p.n), Sum: l.sum(s.e, p)}
}

// Where nobody can tell, another chain is safe.
func TestRestoredBackupWithoutAnAnswer(t *testing.T) {
	for name, link := range map[string]bool{"alone": false, "no answer": true} {
		store, lost := backup(t)
		s := soloWith(t, store, restored)
		s.step(Append{Ref: 1, Type: wire.RecordText, Fields: textFields("new")})
		s.wait(askOwnFor - time.Millisecond)
		if link {
			s.link(9)
			s.wait(askOwnFor - time.Millisecond)
		}
		if len(take[Appended](s)) != 0 {
			t.Errorf("%s: written too early", name)
		}
		s.wait(10 * time.Millisecond)
		got := take[Appended](s)
		if len(got) != 1 || s.stored(got[0].ID).Chain != 2 {
			t.Fatalf("%s: %+v", name, got)
		}
		if !link {
			s.link(9)
		}
		for _, r := range lost {
			s.pushPast(1, r)
		}
		if len(take[ForkSeen](s)) != 0 || s.e.Stats().Settled != 4 {
			t.Errorf("%s: %+v", name, s.e.Stats())
		}
	}
}
