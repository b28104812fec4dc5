package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

// daysAgo is a scribe who wrote so long ago.
func daysAgo(n, days int) *scribe {
	w := newScribe(n)
	w.clk = clkOf(simEpoch.Add(-time.Duration(days) * day))
	return w
}

func TestNothingOlderIsTaken(t *testing.T) {
	s := soloWith(t, &MemoryStore{}, func(c *Config) { c.Retention.Keep = 10 * day })
	s.link(9)
	if h := s.frames[0].(wire.LinkHello); h.Floor != s.e.Floor() || !timeOf(h.Floor).Equal(simEpoch.Add(-10*day).Truncate(day)) {
		t.Errorf("floor %v", timeOf(h.Floor))
	}
	old := daysAgo(1, 20)
	past := old.write("past")
	old.clk = clkOf(simEpoch.Add(-time.Minute))
	now := old.write("now", daysAgo(2, 30).write("cited"))
	s.give = map[wire.Hint]*wire.Record{past.ID().Hint(): past}
	s.push(1, now)
	s.wait(time.Second)
	s.push(1, daysAgo(2, 30).write("cited"))
	if got := s.shown(); !slices.Equal(got, []string{"now"}) || s.e.Stats() != (Stats{Settled: 1}) {
		t.Errorf("shown %q, %+v", got, s.e.Stats())
	}
	if m := s.view(now.ID()); m.Gap {
		t.Error("what is older than is kept is no gap")
	}
}

func TestTheFloorRises(t *testing.T) {
	s := soloWith(t, &MemoryStore{}, func(c *Config) { c.Retention.Keep = 10 * day })
	s.link(9)
	var all []*wire.Record
	w := daysAgo(1, 9)
	for range 10 {
		r := w.write("x")
		w.clk += wire.Clk(day / time.Millisecond)
		all = append(all, r)
		s.push(1, r)
	}
	s.say("mine")
	s.frames = nil
	trims := 0
	for range 20 {
		s.wait(day)
		trims += s.trim()
	}
	if s.e.Stats() != (Stats{}) || len(s.store.records) != 0 || trims < 10 || len(s.e.log.chains) > 2 || len(s.e.log.heads) != 0 {
		t.Fatalf("%+v, %d stored, %d trims", s.e.Stats(), len(s.store.records), trims)
	}
	if s.e.log.index.n != 0 || len(s.e.log.byHint) != 0 || len(s.e.log.waiting) != 0 || s.e.log.pending != 0 {
		t.Error("something is left in memory")
	}
	floors := 0
	for _, f := range s.frames {
		if _, ok := f.(wire.LinkFloor); ok {
			floors++
		}
	}
	if floors != trims {
		t.Errorf("%d floors told for %d trims", floors, trims)
	}
	for _, r := range all {
		s.pushPast(1, r)
	}
	if s.e.Stats() != (Stats{}) {
		t.Error("what was trimmed came back")
	}
	// The own chain was forgotten: its numbers are not used again.
	id := s.say("again")
	if r := s.stored(id); r.Chain != 2 || r.Seq != 1 {
		t.Errorf("goes on as %d/%d", r.Chain, r.Seq)
	}
}

func TestRestartKeepsTheFloorOfTheSize(t *testing.T) {
	store := &MemoryStore{}
	small := func(c *Config) { c.Retention = Retention{Keep: -1, Bytes: 50_000}; c.Durable = true }
	s := soloWith(t, store, small)
	s.link(9)
	w := daysAgo(1, 200)
	for range 200 {
		w.clk += wire.Clk(day / time.Millisecond)
		s.push(1, w.write("about four hundred bytes, with all that is around them"))
		s.trim()
	}
	for range 3 {
		s.wait(2 * sizePause)
		s.trim()
	}
	if n, _ := store.Bytes(); n > 50_000 || n < 30_000 {
		t.Fatalf("%d bytes are kept of 50,000", n)
	}
	floor := s.e.Floor()
	if !timeOf(floor).Truncate(day).Equal(timeOf(floor)) || floor == 0 {
		t.Errorf("floor %v is no whole day", timeOf(floor))
	}
	s.restart(small)
	if s.e.Floor() != floor {
		t.Errorf("after a restart %v, before %v", timeOf(s.e.Floor()), timeOf(floor))
	}
	// What was not trimmed because of a crash is asked for again.
	_ = store.Commit([]*wire.Record{daysAgo(5, 150).write("left over")}, nil)
	s.restart(small)
	s.step(Timer{})
	if c := take[Trim](s); len(c) != 1 || c[0].Before != floor || s.e.log.index.n != len(store.records)-1 {
		t.Errorf("%+v", c)
	}
}

// Members who keep differently long agree about what both keep.
func TestFloorsDiffer(t *testing.T) {
	s := newSim(t, 11, 2)
	w := daysAgo(40, 60)
	var all []*wire.Record
	for i := range 60 {
		all = append(all, w.write(fmt.Sprint(i)))
		w.clk += wire.Clk(day / time.Millisecond)
	}
	for i, n := range s.nodes {
		n.store = &MemoryStore{}
		_ = n.store.Commit(all[(1-i)*20:], nil)
		cfg := n.engine.cfg
		cfg.Store, cfg.Retention.Keep = n.store, []time.Duration{30 * day, 90 * day}[i]
		e, err := New(cfg, s.now)
		if err != nil {
			t.Fatal(err)
		}
		n.engine = e
	}
	s.connect(s.nodes[0], s.nodes[1])
	s.run(10 * time.Second)
	pushes := 0
	s.onAction = func(_ *node, a Action) {
		if send, ok := a.(Send); ok {
			if f, _ := wire.ParseLinkFrame(unframe(send.Frame)); f.LinkFrameType() == wire.LinkFramePush {
				pushes++
			}
		}
	}
	s.run(5 * time.Minute)
	if a, b := s.nodes[0].engine.Stats().Settled, s.nodes[1].engine.Stats().Settled; a != 30 || b != 60 || pushes != 0 {
		t.Errorf("%d and %d records, %d pushes", a, b, pushes)
	}
	if l := s.nodes[0].engine.links[0]; s.nodes[0].engine.dirty(l) {
		t.Error("they never agree")
	}
}
