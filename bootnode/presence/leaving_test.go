package presence

import (
	"testing"
	"time"
)

// A node that says its last word is gone at once, also if what it said before
// comes later, and in its next life it is there again.
func TestLastWord(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	w.run(5 * time.Second)
	w.check(1)
	b.drains = true
	w.latency = func(int, int) time.Duration { return 50 * time.Millisecond }
	b.join(0, 3, "late")
	b.step(Event{Leaving: true})
	late := w.queue
	w.run(100 * time.Millisecond)
	if n := len(a.foreign[subjectOf(0)]); n != 0 {
		t.Errorf("%d members of the node are left", n)
	}
	for _, p := range late {
		a.step(Event{Subject: p.subject, Message: p.message})
	}
	b.up = false
	if list := a.core.Nodes(w.now); len(list) != 1 || list[0].State != Gone {
		t.Fatalf("%+v", list)
	}
	if n := a.core.Stats().Gone; n != 0 {
		t.Errorf("%d nodes fell silent", n)
	}
	b.drains = false
	w.run(time.Second)
	b.start()
	b.join(0, 2, "again")
	w.run(5 * time.Second)
	w.check(1)
	if list := a.core.Nodes(w.now); list[0].State != Alive {
		t.Errorf("%+v", list)
	}
}

// One slow round trip, such as the first one of a node that starts, is not what
// the table shows.
func TestFirstRoundTripIsSlow(t *testing.T) {
	w := newNet(t, 2)
	slow := w.now.Add(4 * time.Second)
	w.latency = func(int, int) time.Duration {
		if w.now.Before(slow) {
			return 400 * time.Millisecond
		}
		return 5 * time.Millisecond
	}
	w.start()
	w.run(10 * time.Second)
	for _, n := range w.nodes {
		if rtt := n.core.Nodes(w.now)[0].RTT; rtt.Round(time.Millisecond) != 10*time.Millisecond {
			t.Errorf("%v", rtt)
		}
	}
}
