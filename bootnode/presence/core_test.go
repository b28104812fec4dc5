package presence

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
)

// Two open a room at two nodes at the same moment: each asks before the other
// is known to listen.
func TestColdRooms(t *testing.T) {
	const rooms = 500
	missed := func(asks []time.Duration, wait time.Duration) int {
		w := newNet(t, 2)
		for _, n := range w.nodes {
			n.asks = asks
		}
		w.start()
		w.run(5 * time.Second)
		for room := range rooms {
			w.nodes[0].join(room, 1, "a")
			w.nodes[1].join(room, 2, "b")
			w.run(time.Millisecond)
		}
		w.run(wait)
		return len(w.wrong(rooms))
	}
	if n := missed(nil, time.Second); n != 0 {
		t.Errorf("%d of %d sides missed the other", n, 2*rooms)
	}
	// Without asking again every room misses, until the versions are told.
	if n := missed([]time.Duration{0}, time.Second); n != 2*rooms {
		t.Errorf("without asking again %d of %d sides missed the other: the test does not test it", n, 2*rooms)
	}
	if n := missed([]time.Duration{0}, 11*time.Second); n != 0 {
		t.Errorf("%d of %d sides still miss the other after the versions were told", n, 2*rooms)
	}
}

// A partition: both sides give the other's members up, and learn all that
// happened meanwhile when it heals.
func TestPartition(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	for room := range 20 {
		w.nodes[0].join(room, 1, "a")
		w.nodes[1].join(room, 2, "b")
	}
	w.run(5 * time.Second)
	w.check(20)
	w.cut(1)
	w.run(12 * time.Second)
	for i, n := range w.nodes {
		if got := n.core.Stats(); got.Members != 0 || got.Gone != 1 || len(n.foreign[subjectOf(3)]) != 0 {
			t.Errorf("node %d after 12 s of cut: %+v", i, got)
		}
	}
	for room := range 20 {
		w.nodes[0].join(room, 3, "c")
		w.nodes[1].join(room, 4, "d")
		w.nodes[1].leave(room, 2)
	}
	w.nodes[0].join(20, 1, "a")
	w.nodes[1].join(20, 2, "b")
	w.run(30 * time.Second)
	w.lost = nil
	w.run(4 * time.Second)
	w.check(21)
	if n := w.nodes[0].core.Stats(); n.Members != 21 {
		t.Errorf("%+v", n)
	}
}

// A room message that comes before the first beacon after a cut must not keep
// the beacon from asking about all rooms.
func TestHealBeginsWithARoomMessage(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	for room := range 3 {
		w.nodes[0].join(room, 1, "a")
		w.nodes[1].join(room, 2, "b")
	}
	w.run(2 * time.Second)
	w.cut(1)
	w.run(13 * time.Second)
	w.nodes[0].join(1, 5, "e")
	w.run(2 * time.Second)
	w.lost = nil
	w.nodes[0].join(0, 6, "f") // heard at once
	w.run(5 * time.Second)
	w.check(3)
}

// A node that begins anew: who comes back was never away, who does not is gone
// after a member's timeout.
func TestRestart(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	b.join(0, 3, "c")
	w.run(5 * time.Second)
	w.check(1)
	a.news = nil
	b.up = false
	w.run(7 * time.Second)
	b.start()
	w.run(time.Second)
	b.join(0, 2, "b")
	w.run(5 * time.Second)
	if len(a.news) != 0 {
		t.Errorf("news: %v", a.news)
	}
	w.run(10 * time.Second)
	if !slices.Equal(a.news, []string{"-3"}) {
		t.Errorf("news: %v", a.news)
	}
	w.check(1)

	// Away for longer: a leave, then a join.
	a.news = nil
	b.up = false
	w.run(12 * time.Second)
	b.start()
	b.join(0, 2, "b")
	w.run(2 * time.Second)
	if !slices.Equal(a.news, []string{"-2", "+2"}) {
		t.Errorf("news: %v", a.news)
	}
}

// A node that stops without a word, its connections standing, is gone within 12 s.
func TestStopped(t *testing.T) {
	w := newNet(t, 3)
	w.start()
	for i, n := range w.nodes {
		n.join(0, i+1, "x")
	}
	w.run(20 * time.Second)
	w.check(1)
	w.nodes[2].stopped = true
	w.run(5 * time.Second)
	if len(w.nodes[0].foreign[subjectOf(0)]) != 2 {
		t.Error("given up after 5 s")
	}
	w.run(7 * time.Second)
	for _, n := range w.nodes[:2] {
		if len(n.foreign[subjectOf(0)]) != 1 {
			t.Error("not given up after 12 s")
		}
	}
	w.nodes[2].stopped = false
	w.run(5 * time.Second)
	w.check(1)
}

func TestSessionAtTwoNodes(t *testing.T) {
	w := newNet(t, 3)
	w.start()
	a, b, c := w.nodes[0], w.nodes[1], w.nodes[2]
	a.join(0, 1, "watcher")
	b.join(0, 7, "at b")
	w.run(2 * time.Second)
	c.join(0, 7, "at c") // later: it counts
	w.run(2 * time.Second)
	w.check(1)
	if got := a.foreign[subjectOf(0)][sessionOf(7)]; got != "at c" {
		t.Errorf("%q counts", got)
	}
	if !a.core.Has(subjectOf(0), b.id(), sessionOf(7)) || !a.core.Has(subjectOf(0), c.id(), sessionOf(7)) || a.core.Has(subjectOf(1), c.id(), sessionOf(7)) {
		t.Error("who has it?")
	}
	a.news = nil
	w.run(2 * time.Minute)
	if len(a.news) != 0 {
		t.Errorf("flapping: %v", a.news)
	}
	c.up = false
	w.run(12 * time.Second)
	if got := a.foreign[subjectOf(0)][sessionOf(7)]; got != "at b" || !slices.Equal(a.news, []string{"+7"}) {
		t.Errorf("%q counts after the other node went: %v", got, a.news)
	}
	b.leave(0, 7)
	w.run(time.Second)
	if !slices.Equal(a.news, []string{"+7", "-7"}) {
		t.Errorf("news: %v", a.news)
	}
}

// A room of many needs several pages, a lost message is noticed by its version.
func TestPagesAndLosses(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	text := string(make([]byte, 300))
	for i := range 700 {
		b.join(0, i, text)
	}
	w.run(3 * time.Second)
	a.join(0, 999, "late")
	w.run(time.Second)
	w.check(1)
	for i := range 5 {
		w.lost = func(int, int) bool { return true }
		b.leave(0, i)
		w.run(time.Second)
		w.lost = nil
		if i%2 == 0 {
			b.join(0, 1000+i, "new") // the gap shows at once
			w.run(500 * time.Millisecond)
		} else {
			w.run(12 * time.Second) // nothing but the version shows it
		}
		w.check(1)
	}
	before := a.core.Stats().Asked
	w.run(time.Minute)
	if got := a.core.Stats().Asked; got != before {
		t.Errorf("asked %d times about a room in which nothing happens", got-before)
	}
}

// The last word about a room may be lost.
func TestLostFarewell(t *testing.T) {
	w := newNet(t, 2)
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	a.join(0, 1, "a")
	b.join(0, 2, "b")
	w.run(3 * time.Second)
	w.lost = func(int, int) bool { return true }
	b.leave(0, 2)
	w.run(time.Second)
	w.lost = nil
	w.run(partExpiry + time.Second)
	w.check(1)
}

func TestWhatABeaconMaySay(t *testing.T) {
	for in, want := range map[string]string{"v1.2-3": "v1.2-3", "": "", "bücher.example:1": "", "a\nb": "", "1234567": ""} {
		if got := sayable(in, 6); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
}

func TestTable(t *testing.T) {
	w := newNet(t, 3)
	w.latency = func(from, to int) time.Duration { return time.Duration(1+from+to) * 10 * time.Millisecond }
	w.start()
	a, b := w.nodes[0], w.nodes[1]
	b.join(0, 1, "b")
	b.drains = true
	w.run(7 * time.Second)
	list := a.core.Nodes(w.now)
	if len(list) != 2 || list[0].Node != b.id() || list[0].State != Draining || list[0].Hops != 1 || list[0].RTT.Round(time.Millisecond) != 40*time.Millisecond ||
		list[0].Members != 1 || list[0].Rooms != 1 || list[0].Advertised != "node1:9595" || list[0].Release != "test" || list[1].State != Alive {
		t.Errorf("%+v", list)
	}
	if key, ok := a.core.Key(b.id()); !ok || key != (crypto.RunPublic{1}) {
		t.Errorf("%v %v", key, ok)
	}
	b.up = false
	w.run(8 * time.Second)
	if got := a.core.Nodes(w.now)[0].State; got != Suspect {
		t.Errorf("%v after 8 s", got)
	}
	w.run(4 * time.Second)
	if got := a.core.Nodes(w.now)[0]; got.State != Gone || got.Members != 0 || got.Rooms != 0 || got.Since.Before(w.now.Add(-5*time.Second)) {
		t.Errorf("%+v after 12 s", got)
	}
	if _, ok := a.core.Key(b.id()); ok {
		t.Error("the key of a node that is gone")
	}
	w.run(remembered)
	if got := a.core.Nodes(w.now); len(got) != 1 {
		t.Errorf("%+v", got)
	}
}
