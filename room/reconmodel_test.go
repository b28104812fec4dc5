package room

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"gochat/internal/wire"
)

// duel is two engines on one link without delay, and what they send.
type duel struct {
	t       rapid.TB
	now     time.Time
	engines [2]*Engine
	pushes  [2]map[wire.RecordID]int
	bytes   int // but for pushes and their answers
	frames  int // of those
}

func newDuel(t rapid.TB, stores [2]Store) *duel {
	d := &duel{t: t, now: simEpoch}
	for i := range d.engines {
		e, err := New(Config{Room: simRoom, Self: memberN(800 + i), Store: stores[i], Chain: 1}, d.now)
		if err != nil {
			t.Fatal(err)
		}
		d.engines[i], d.pushes[i] = e, make(map[wire.RecordID]int)
	}
	return d
}

type duelFrame struct {
	to  int
	raw []byte
}

// fight links them and lets a minute pass.
func (d *duel) fight() {
	var queue []duelFrame
	var do func(i int, ev Event)
	do = func(i int, ev Event) {
		e := d.engines[i]
		for _, a := range e.Step(d.now, ev) {
			switch a := a.(type) {
			case Commit:
				_ = e.cfg.Store.Commit(a.Put, a.Delete)
				do(i, Committed{Batch: a.Batch})
			case Send:
				d.sent(i, a.Frame)
				queue = append(queue, duelFrame{1 - i, unframe(a.Frame)})
			case CloseLink:
				d.t.Fatalf("link closed: %v", a.Reason)
			}
		}
	}
	for i := range d.engines {
		do(i, LinkUp{Link: 1, Peer: d.engines[1-i].self})
	}
	for end := d.now.Add(time.Minute); d.now.Before(end); d.now = d.now.Add(50 * time.Millisecond) {
		for len(queue) > 0 {
			f := queue[0]
			queue = queue[1:]
			do(f.to, Frame{1, f.raw})
		}
		for i, e := range d.engines {
			if at := e.NextDeadline(); !at.IsZero() && !at.After(d.now) {
				do(i, Timer{})
			}
		}
	}
}

func (d *duel) sent(by int, framed []byte) {
	f, err := wire.ParseLinkFrame(unframe(framed))
	if err != nil {
		d.t.Fatal(err)
	}
	switch f := f.(type) {
	case wire.LinkPush:
		r, _ := wire.ParseRecord(f.Record)
		d.pushes[by][r.ID()]++
	case wire.LinkAck:
	default:
		d.bytes += len(framed)
		d.frames++
	}
}

// Whatever two members have, what they push is the difference of both sets, each
// record once; and afterwards both have the union.
func TestReconciliationIsTheSetDifference(t *testing.T) {
	pool := chat(600, 7, 30*time.Minute)
	far := chat(200, 3, 5*time.Hour)
	rapid.Check(t, func(rt *rapid.T) {
		all := slices.Concat(pool[:rapid.IntRange(0, len(pool)).Draw(rt, "news")], far[:rapid.IntRange(0, len(far)).Draw(rt, "past")])
		has := [2]map[wire.RecordID]bool{{}, {}}
		stores := [2]Store{&MemoryStore{}, &MemoryStore{}}
		percent := rapid.IntRange(0, 100).Draw(rt, "common")
		tail := rapid.Bool().Draw(rt, "tail")
		rng := rapid.Uint64().Draw(rt, "seed")
		for i, r := range all {
			rng = rng*6364136223846793005 + 1442695040888963407
			who := int(rng>>60) % 3 // one, the other, both
			if draw := int(rng>>33) % 100; tail && i < len(all)*percent/100 || !tail && draw < percent {
				who = 2
			}
			for j := range stores {
				if who == 2 || who == j {
					has[j][r.ID()] = true
					_ = stores[j].Commit([]*wire.Record{r}, nil)
				}
			}
		}
		d := newDuel(rt, stores)
		d.fight()
		for j := range stores {
			for id, n := range d.pushes[j] {
				if !has[j][id] || has[1-j][id] || n != 1 {
					rt.Fatalf("member %d pushes %v %d times, which it has %t and the other %t", j, id, n, has[j][id], has[1-j][id])
				}
			}
			if want := len(all) - len(has[1-j]); len(d.pushes[j]) != want {
				rt.Fatalf("member %d pushes %d of %d; %+v %+v, %d bytes, %d frames", j, len(d.pushes[j]), want, d.engines[0].Stats(), d.engines[1].Stats(), d.bytes, d.frames)
			}
			if st := d.engines[j].Stats(); st.Settled != len(all) {
				rt.Fatalf("member %d: %+v of %d", j, st, len(all))
			}
		}
	})
}

// What two large rooms that differ at the end say to each other about it: where
// only one has something new, or each in a time of its own, little more than
// what finds the place. What both wrote at the same time has to be listed.
func TestTailDifferenceIsCheap(t *testing.T) {
	const n = 100_000
	for _, c := range []struct {
		a, b  int
		apart time.Duration
		limit int
	}{
		{0, 0, 0, 500}, {1, 0, 0, 6000}, {3, 0, 0, 6000}, {0, 100, 0, 6000}, {1000, 0, 0, 6000},
		{500, 500, time.Minute, 6000}, {500, 500, 0, 25_000},
	} {
		for _, ago := range []time.Duration{10 * time.Minute, 3 * time.Hour} {
			mine, theirs := newScribe(50), newScribe(60)
			mine.clk, theirs.clk = clkOf(simEpoch.Add(-ago)), clkOf(simEpoch.Add(c.apart-ago))
			stores := [2]Store{bigRoom(n, 50), bigRoom(n, 50)}
			for i, extra := range [][]*wire.Record{mine.run(c.a), theirs.run(c.b)} {
				s := stores[i].(*headerStore)
				_ = s.Commit(extra, nil)
				for _, r := range extra {
					s.ids, s.headers = append(s.ids, r.ID()), append(s.headers, *r)
				}
			}
			d := newDuel(t, stores)
			d.fight()
			name := fmt.Sprintf("%+v, %v ago", c, ago)
			if a, b := d.engines[0].Stats().Settled, d.engines[1].Stats().Settled; a != n+c.a+c.b || b != a {
				t.Errorf("%s: %d and %d records", name, a, b)
			}
			t.Logf("%s: %d bytes in %d frames", name, d.bytes, d.frames)
			if d.bytes > c.limit {
				t.Errorf("%s: %d bytes", name, d.bytes)
			}
		}
	}
}
