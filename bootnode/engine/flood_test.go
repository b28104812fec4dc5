package engine

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"gochat/crypto"
)

// A flood of relay frames takes no message about presence with it: 200 of them,
// evenly spread over the flood, all arrive, and nothing was cut off as too slow.
func TestRelayFloodBesidePresence(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector a link that is flooded answers no ping in time")
	}
	const rate = 16 << 20 // what a busy machine carries, too: beyond that pings come too late
	nodes := clusterWith(t, 2, rate)
	delivers(t, nodes...)
	from, to := nodes[0], nodes[1]
	stop := make(chan struct{})
	var flood sync.WaitGroup
	flood.Go(func() {
		frame := make([]byte, 1024)
		full := time.NewTicker(time.Millisecond)
		defer full.Stop()
		for {
			select {
			case <-stop:
				return
			default:
			}
			if from.SendFrame(to.Self(), frame) != nil {
				<-full.C // a whole processor for what is dropped is lacking elsewhere
			}
		}
	})
	const messages = 200
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for i := range messages {
		if err := from.PublishRoom(room, fmt.Appendf(nil, "presence %d", i)); err != nil {
			t.Error(err)
		}
		<-tick.C
	}
	close(stop)
	flood.Wait()
	until(t, "all of presence arrives", func() bool {
		for i := range messages {
			if to.heard(room, fmt.Sprintf("presence %d", i)) != 1 {
				return false
			}
		}
		return true
	})
	for _, n := range nodes {
		if s := n.Stats(); s.SlowConsumers+s.Disconnects+s.Overruns+s.PresenceDropped+s.Unheard != 0 {
			t.Errorf("%+v", s)
		}
	}
	if s := from.Stats(); s.FramesSent < 1000 {
		t.Errorf("no flood: %+v", s)
	}
}

// Who publishes never waits, and what is beyond the bounds is said.
func TestNeverBlocks(t *testing.T) {
	e, err := New(Config{Key: key(1)})
	if err != nil {
		t.Fatal(err)
	}
	// It does not run, so nothing is taken off its queues.
	for range queueLength {
		if err := e.PublishRoom(room, nil); err != nil {
			t.Fatal(err)
		}
	}
	for range frameQueue {
		if err := e.SendFrame(e.Self(), nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.PublishNode(nil); err != ErrBusy {
		t.Errorf("%v", err)
	}
	if err := e.SendFrame(e.Self(), nil); err != ErrBusy {
		t.Errorf("%v", err)
	}
	if err := e.PublishRoom(room, make([]byte, maxMessage+1)); err != ErrTooLong {
		t.Errorf("%v", err)
	}
	if err := e.SendFrame(e.Self(), make([]byte, maxFrame+1)); err != ErrTooLong {
		t.Errorf("%v", err)
	}
	if s := e.Stats(); s.PresenceDropped != 2 || s.FramesDropped != 2 {
		t.Errorf("%+v", s)
	}
}

func TestPace(t *testing.T) {
	now := time.Unix(1, 0)
	p := newPace(1000, now)
	sent := 0
	for range 40 {
		for p.allow(50, now) {
			sent += 50
		}
		now = now.Add(25 * time.Millisecond)
	}
	// A quarter of a second's worth at once, and the rate from then on.
	if sent < 1150 || sent > 1250 {
		t.Errorf("%d bytes in a second at 1000", sent)
	}
	if p.allow(251, now.Add(time.Hour)) {
		t.Error("more than the bucket holds")
	}
}

// What waits is bounded in bytes, too.
func TestQueueBytes(t *testing.T) {
	q := newQueue[int]()
	n := 0
	for q.put(n, maxMessage) {
		n++
	}
	if n != queueBytes/maxMessage {
		t.Errorf("%d messages of %d bytes", n, maxMessage)
	}
	if got := q.take(); len(got) != n || !q.put(0, maxMessage) {
		t.Errorf("%d taken", len(got))
	}
}

// Wishes to watch and to stop watching do not pile up while nobody carries them
// out, and the last one for each room holds.
func TestWatchesCoalesce(t *testing.T) {
	w := newWatches()
	kept := crypto.RoomSubject{1}
	w.set(kept, true)
	for i := range 10_000 {
		s := crypto.RoomSubject{2, byte(i), byte(i >> 8)}
		w.set(s, true)
		w.set(s, false)
	}
	if got := w.take(); len(got) != 1 || !got[kept] {
		t.Errorf("%d changes", len(got))
	}
	for range 1000 {
		w.set(kept, false)
		w.set(kept, true)
	}
	if got := w.take(); len(got) != 0 {
		t.Errorf("%d changes of what was told", len(got))
	}
	w.set(kept, false)
	if got := w.take(); len(got) != 1 || got[kept] || len(w.told) != 0 {
		t.Errorf("%v, %d told", got, len(w.told))
	}
}
