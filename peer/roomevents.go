package peer

import (
	"slices"
	"sync"

	"gochat/internal/queue"
)

// maxUnasked is how many events are kept, the newest ones, for somebody who asks
// for them later.
const maxUnasked = 1024

// feed is a stream of events.
type feed struct {
	queue *queue.Queue[Event]
	done  sync.WaitGroup // of who hands them out

	mu    sync.Mutex
	most  int // that are kept until somebody asks; 0: all
	asked bool
	begun bool // they are being handed out
	kept  []Event
}

func newFeed(most int) *feed { return &feed{queue: queue.New[Event](), most: most} }

// Put adds an event. It never blocks.
func (f *feed) Put(e Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.asked {
		f.queue.Put(e)
		return
	}
	if f.most > 0 && len(f.kept) == f.most {
		f.kept = slices.Delete(f.kept, 0, 1)
	}
	f.kept = append(f.kept, e)
}

// ask hands out what was kept and what follows, until the end or abandon.
func (f *feed) ask(abandon <-chan struct{}) <-chan Event {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
	if !f.begun {
		f.begun = true
		f.done.Go(func() { f.queue.Run(abandon) })
	}
	return f.queue.Out()
}

// release keeps nothing back any more. With mu held.
func (f *feed) release() {
	for _, e := range f.kept {
		f.queue.Put(e)
	}
	f.asked, f.kept = true, nil
}

// end lets the stream end behind what was put.
func (f *feed) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.release()
	f.queue.Close()
}

// Events are the room's, in order and none dropped once somebody has asked for
// them; of those before, the last 1,024 are kept. The channel is closed when the
// room is left or the Node has ended. It is nil unless Config.RoomEvents is set,
// as Dial does: then they are among Node.Events.
func (r *Room) Events() <-chan Event {
	if r.events == nil {
		return nil
	}
	return r.events.ask(r.node.abandon)
}

// put tells an event of the room. That the room is there, or no more, stands
// among the Node's events in any case.
func (r *Room) put(e Event) {
	_, rooms := e.(RoomChanged)
	if r.events == nil || rooms {
		r.node.events.Put(e)
		return
	}
	r.events.Put(e)
}

// closeEvents ends the room's own events.
func (r *Room) closeEvents() {
	if r.events != nil {
		r.events.end()
	}
}

// everyRoom are the rooms that have a place, those left a moment ago included.
func (n *Node) everyRoom() []*Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.occupied)
}
