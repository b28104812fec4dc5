package room

import (
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

func bareCopy(r *wire.Record) *wire.Record { return strip(r) }

// A body that was stripped on the way is asked for; the record, and what comes
// after it, waits for it for a while.
func TestStrippedBodyIsAskedFor(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	w := newScribe(1)
	one, two := w.write("one"), w.write("two")
	s.push(1, bareCopy(one))
	s.push(1, two)
	if got := s.shown(); len(got) != 0 {
		t.Fatalf("shown %q", got)
	}
	s.give = map[wire.Hint]*wire.Record{one.ID().Hint(): one}
	s.wait(time.Second)
	if got := s.shown(); !slices.Equal(got, []string{"one", "two"}) {
		t.Fatalf("shown %q", got)
	}
	if !s.stored(one.ID()).HasBody {
		t.Error("the body is not stored")
	}
}

func TestLostBodyIsShownAndFilled(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	w := newScribe(1)
	one := w.write("one")
	s.push(1, bareCopy(one))
	s.wait(giveUpAfter + 2*time.Second)
	got := take[Deliver](s)
	if len(got) != 1 || got[0].Content != Lost || got[0].Text != nil {
		t.Fatalf("%+v", got)
	}
	bad := *one
	bad.Body = wire.AppendFields(nil, textFields("ONE")...)
	s.push(1, &bad)
	s.push(1, one)
	s.wait(time.Second)
	if c := take[Changed](s); len(c) != 1 || c[0].Content != Whole || string(c[0].Text) != "one" {
		t.Fatalf("%+v", c)
	}
	// Whoever restarts without it goes on asking when somebody comes.
	other := &MemoryStore{}
	_ = other.Commit([]*wire.Record{bareCopy(one)}, nil)
	_ = other.MarkShown(one.ID())
	s2 := soloWith(t, other, func(*Config) {})
	s2.give = map[wire.Hint]*wire.Record{one.ID().Hint(): one}
	s2.link(9)
	s2.wait(2 * time.Second)
	if c := take[Changed](s2); len(c) != 1 || c[0].Content != Whole {
		t.Errorf("after a restart: %+v", c)
	}
}

func TestTTL(t *testing.T) {
	s := newSolo(t, nil)
	s.link(9)
	w := newScribe(1)
	short, long := w.lasting("a minute", 60), w.lasting("a day", 24*3600)
	s.push(1, short)
	s.push(1, long)
	s.step(Append{Type: wire.RecordText, TTL: 60, Fields: textFields("mine")})
	mine := take[Appended](s)[0].ID
	s.wait(59 * time.Second)
	if m := s.view(short.ID()); m.Content != Whole {
		t.Fatalf("too early: %+v", m)
	}
	take[Changed](s)
	s.wait(3 * time.Second)
	for _, id := range []wire.RecordID{short.ID(), mine} {
		if m := s.view(id); m.Content != Expired || m.Text != nil || s.stored(id).HasBody {
			t.Errorf("%+v", m)
		}
	}
	if c := take[Changed](s); len(c) != 2 || c[0].Content != Expired {
		t.Errorf("%d changes", len(c))
	}
	if m := s.view(long.ID()); m.Content != Whole {
		t.Errorf("%+v", m)
	}
	// What has expired is taken without its body, by whom it meets later.
	late := newSolo(t, nil)
	late.now = late.now.Add(time.Hour)
	late.link(9)
	late.push(1, short)
	late.push(1, bareCopy(w.lasting("too late", 1)))
	if late.stored(short.ID()).HasBody || late.e.Stats().Settled != 1 {
		t.Errorf("%+v", late.e.Stats())
	}
	late.push(1, long)
	late.wait(time.Minute)
	if late.e.Stats() != (Stats{Settled: 3}) {
		t.Errorf("%+v", late.e.Stats())
	}
	// The store is closed for a day.
	s.now = s.now.Add(25 * time.Hour)
	now := s.now
	s.restart(nil)
	s.now = now
	s.step(Timer{})
	if s.view(long.ID()).Content != Expired || s.stored(long.ID()).HasBody {
		t.Error("what expired while the store was closed is still there")
	}
}
