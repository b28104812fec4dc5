package mesh

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gochat/peer"
)

// crowd starts members with public addresses, one each 20 ms.
func (w *world) crowd(from, to int) (ms []*member) {
	w.t.Helper()
	for i := from; i < to; i++ {
		name := fmt.Sprintf("m%02d", i)
		ms = append(ms, w.join(name, w.net.Internet.Host(name, fmt.Sprintf("203.0.113.%d", 20+i)), 1))
		time.Sleep(20 * time.Millisecond)
	}
	return ms
}

// know waits until each of ms knows that each other is there, linked or not.
func (w *world) know(limit time.Duration, ms []*member) time.Duration {
	w.t.Helper()
	return w.eventually(limit, "everybody knows everybody", func() bool {
		for _, a := range ms {
			for _, b := range ms {
				if s := a.state(b).State; a != b && s != peer.Joined && s != peer.Present {
					return false
				}
			}
		}
		return true
	})
}

// links counts the links of each member, at least and at most.
func links(ms []*member) (least, most, all int) {
	least = len(ms)
	for _, m := range ms {
		n := m.node.Stats().Links
		least, most, all = min(least, n), max(most, n), all+n
	}
	return least, most, all
}

// shape waits until every member's links are within bounds.
func (w *world) shape(limit time.Duration, ms []*member, least, most int) time.Duration {
	w.t.Helper()
	return w.eventually(limit, fmt.Sprintf("%d to %d links each", least, most), func() bool {
		from, to, _ := links(ms)
		return from >= least && to <= most
	})
}

// say has each of ms say something, and tells what.
func say(what string, ms []*member) (texts []string) {
	for _, m := range ms {
		text := m.name + " " + what
		m.send(text)
		texts = append(texts, text)
	}
	return texts
}

// In a room of 60 each has a few links, knows all, and gets everything once,
// also while the room grows and shrinks across the border of small and large.
func TestCrowd(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some 15 s of processor time")
	}
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		ms := w.crowd(0, 26)
		w.know(10*time.Second, ms)
		w.shape(10*time.Second, ms, 25, 25) // a mesh
		texts := say("in the mesh", ms)
		w.agree(20*time.Second, texts, ms...)

		newcomers := w.crowd(26, 60)
		texts = append(texts, say("while it grows", ms)...)
		ms = append(ms, newcomers...)
		t.Logf("all know all after %v", w.know(10*time.Second, ms))
		w.agree(20*time.Second, texts, ms...)
		t.Logf("few links after %v", w.shape(60*time.Second, ms, 3, 11))
		texts = append(texts, say("in the large room", ms)...)
		t.Logf("%d messages at all after %v", len(ms), w.agreeAfter(20*time.Second, texts, ms))
		time.Sleep(75 * time.Second) // choices are exchanged
		least, most, all := links(ms)
		t.Logf("links %d to %d, %.1f on average", least, most, float64(all)/float64(len(ms)))
		if least < 3 || most > 12 {
			t.Errorf("%d to %d links", least, most)
		}
		for _, m := range ms {
			for _, o := range ms {
				if n := m.lost("r", o); n > 0 {
					t.Fatalf("%s was told %d times that %s left", m.name, n, o.name)
				}
				if s := m.state(o); m != o && s.State == peer.Unreachable {
					t.Fatalf("%s calls %s unreachable: %s", m.name, o.name, s.Reason)
				}
			}
		}
		for _, m := range ms[24:] {
			go m.leave()
		}
		w.eventually(5*time.Second, "half of them left", func() bool {
			for _, m := range ms[:24] {
				for _, o := range ms[24:] {
					if m.state(o).State != peer.Left {
						return false
					}
				}
			}
			return true
		})
		ms = ms[:24]
		texts = append(texts, say("while it shrinks", ms)...)
		w.agree(20*time.Second, texts, ms...)
		t.Logf("a mesh again after %v", w.shape(2*time.Minute, ms, 23, 23))
		texts = append(texts, say("in the mesh again", ms)...)
		w.agree(20*time.Second, texts, ms...)
	})
}

// Two who can never reach each other, one of them out of the bootnode's reach,
// get everything through the third, in the room's order.
func TestNeverConnected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.net.Internet.Host("alice", "203.0.113.50"), 1)
		c := w.join("carol", w.net.Internet.Host("carol", "203.0.113.52"), 1)
		w.meet(5*time.Second, a, c)
		time.Sleep(3 * time.Second) // directly by now
		bobs := w.net.Internet.Host("bob", "203.0.113.51")
		w.net.Cut(a.host, w.srv)
		w.net.Cut(a.host, bobs)
		a.send("before bob")
		b := w.join("bob", bobs, 1)
		w.meet(5*time.Second, b, c)
		a.send("from alice")
		b.send("from bob")
		w.agree(2*time.Second, []string{"before bob", "from alice", "from bob"}, a, b, c)
		w.eventually(15*time.Second, "bob gave alice up", func() bool { return b.state(a).State == peer.Unreachable })
		b.send("still there?")
		a.send("I am")
		w.agree(2*time.Second, []string{"before bob", "from alice", "from bob", "still there?", "I am"}, a, b, c)
	})
}

// agreeAfter is agree, and how long it took.
func (w *world) agreeAfter(limit time.Duration, texts []string, ms []*member) time.Duration {
	w.t.Helper()
	began := time.Now()
	w.agree(limit, texts, ms...)
	return time.Since(began)
}
