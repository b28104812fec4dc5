package room

import (
	"slices"
	"testing"
	"time"
)

// A newcomer gets the past, newest first; meanwhile what somebody says arrives
// within two round trips.
func TestCatchUpIsNotInTheWay(t *testing.T) {
	for _, c := range []struct {
		name    string
		n       int
		delay   time.Duration // one way
		rate    int           // bits a second
		allowed time.Duration
	}{
		{"10 Mbit/s", 10_000, 50 * time.Millisecond, 10e6, 10 * time.Second},
		{"1 Mbit/s", 2000, 50 * time.Millisecond, 1e6, 10 * time.Second},
		{"far away", 5000, 150 * time.Millisecond, 50e6, 10 * time.Second},
		{"here", 10_000, 200 * time.Microsecond, 1e9, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) { catchUp(t, c.n, c.delay, c.rate, c.allowed) })
	}
}

func catchUp(t *testing.T, n int, delay time.Duration, rate int, allowed time.Duration) {
	if testing.Short() {
		n /= 5
	}
	p := newPipes(t, delay, rate/8)
	past := chat(n, 20, 2*time.Hour)
	old, speaker, joiner := p.node(past...), p.node(past...), p.node()
	p.link(old, speaker)
	p.run(5 * time.Second)
	began := p.now
	p.link(joiner, old)
	p.link(joiner, speaker)
	p.run(8*delay + 100*time.Millisecond)
	if h := joiner.engine.History(streamBlock); len(h) < streamBlock || h[len(h)-1].ID != past[n-1].ID() {
		t.Errorf("after %v the screen has %d lines", p.now.Sub(began), len(h))
	}
	var worst time.Duration
	said := 0
	for joiner.engine.Stats().Settled < n+said && p.now.Sub(began) < 2*allowed {
		text := time.Duration(said).String()
		at := p.now
		speaker.say(text)
		said++
		p.run(6*delay + 40*time.Millisecond)
		if got := joiner.arrival(text); got.IsZero() {
			t.Fatalf("word %d has not arrived after %v", said, p.now.Sub(at))
		} else {
			worst = max(worst, got.Sub(at))
		}
	}
	took := p.now.Sub(began)
	t.Logf("%d records in %v; the slowest of %d words took %v", n, took, said, worst)
	if worst > 4*delay+10*time.Millisecond { // two commits take 6 ms
		t.Errorf("a word took %v", worst)
	}
	if took > allowed {
		t.Errorf("the past took %v", took)
	}
	p.run(10 * time.Second)
	delivered := 0
	for _, a := range joiner.got {
		if _, ok := a.(Deliver); ok {
			delivered++
		}
	}
	if delivered != said {
		t.Errorf("%d delivered, %d said", delivered, said)
	}
	c1, d1 := old.engine.Transcript()
	if c2, d2 := joiner.engine.Transcript(); c1 != c2 || d1 != d2 || c1 != n+said {
		t.Errorf("%d records of %d", c2, c1)
	}
}

// The line breaks, the joiner restarts, a source stalls: the past goes on where
// it was, from whoever is there.
func TestCatchUpGoesOn(t *testing.T) {
	n := 4000
	p := newPipes(t, 20*time.Millisecond, 300_000)
	past := chat(n, 10, 2*time.Hour)
	a, b, joiner := p.node(past...), p.node(past...), p.node()
	first := p.link(joiner, a)
	p.run(1500 * time.Millisecond)
	had := joiner.engine.Stats().Settled
	p.cut(first)
	joiner.start() // all that was in memory is gone
	p.run(time.Second)
	if had < 100 || had > n*3/4 || joiner.engine.Stats().Settled != had {
		t.Fatalf("%d records before the break, %d after it", had, joiner.engine.Stats().Settled)
	}
	a.bytes = 0
	p.link(joiner, a)
	p.run(2 * time.Second)
	more := joiner.engine.Stats().Settled
	a.mute = true
	p.link(joiner, b)
	p.run(sessionTimeout + 15*time.Second)
	if got := joiner.engine.Stats().Settled; got != n {
		t.Errorf("%d before the stall, %d after it", more, got)
	}
	if total, one := a.bytes+b.bytes, 300*n; total > one*5/4 {
		t.Errorf("%d bytes for what remained of %d", total, one)
	}
	delivered := 0
	for _, x := range joiner.got {
		if _, ok := x.(Deliver); ok {
			delivered++
		}
	}
	if delivered != 0 {
		t.Errorf("%d of the past are delivered as news", delivered)
	}
}

// Two sides that were apart for long exchange what each has, in both directions.
func TestLongApart(t *testing.T) {
	p := newPipes(t, 20*time.Millisecond, 1_000_000)
	common := chat(500, 5, 48*time.Hour)
	one, two := newScribe(50), newScribe(60)
	one.clk, two.clk = clkOf(simEpoch.Add(-30*time.Hour)), clkOf(simEpoch.Add(-20*time.Hour))
	a := p.node(append(common, one.run(900)...)...)
	b := p.node(append(common, two.run(700)...)...)
	for _, n := range []*pipeNode{a, b} { // they know each other since long
		n.engine.setHorizon(clkOf(simEpoch.Add(-60 * day)))
	}
	p.link(a, b)
	p.run(20 * time.Second)
	for i, n := range []*pipeNode{a, b} {
		var texts []string
		for _, x := range n.got {
			if d, ok := x.(Deliver); ok {
				texts = append(texts, d.Order)
			}
		}
		if want := []int{700, 900}[i]; len(texts) != want || !slices.IsSorted(texts) {
			t.Errorf("member %d: %d of %d delivered, in order %t", i, len(texts), want, slices.IsSorted(texts))
		}
		if n.engine.Stats() != (Stats{Settled: 2100}) {
			t.Errorf("member %d: %+v", i, n.engine.Stats())
		}
	}
}
