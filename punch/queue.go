package punch

import (
	"net"
	"os"
	"sync"
	"time"
)

// queueLength bounds the packets waiting for QUIC.
const queueLength = 1024

// packetQueue is a bounded queue of packets between the socket's reader and
// QUIC. A full queue drops the newest: QUIC repeats.
type packetQueue struct {
	mu       sync.Mutex
	readable sync.Cond
	items    ring[queued]
	free     buffers
	deadline time.Time
	alarm    *time.Timer // wakes readers at the deadline
	closed   bool
}

type queued struct {
	p    []byte
	from *net.UDPAddr
}

func newPacketQueue() *packetQueue {
	q := &packetQueue{}
	q.readable.L = &q.mu
	return q
}

// put copies a packet into the queue and reports whether there was room.
func (q *packetQueue) put(p []byte, from *net.UDPAddr) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed || q.items.n >= queueLength {
		return false
	}
	q.items.push(queued{q.free.clone(p), from})
	q.readable.Signal()
	return true
}

// get waits for a packet and copies it, cut to len(p).
func (q *packetQueue) get(p []byte) (int, *net.UDPAddr, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		switch {
		case q.closed:
			return 0, nil, net.ErrClosed
		case !q.deadline.IsZero() && !time.Now().Before(q.deadline):
			return 0, nil, os.ErrDeadlineExceeded
		case q.items.n > 0:
			it := q.items.pop()
			n := copy(p, it.p)
			q.free.put(it.p)
			return n, it.from, nil
		}
		q.readable.Wait()
	}
}

func (q *packetQueue) setDeadline(t time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return
	}
	q.deadline = t
	if q.alarm != nil {
		q.alarm.Stop()
		q.alarm = nil
	}
	if !t.IsZero() {
		q.alarm = time.AfterFunc(time.Until(t), func() {
			q.mu.Lock() // not between a reader's look at the deadline and its Wait
			defer q.mu.Unlock()
			q.readable.Broadcast()
		})
	}
	q.readable.Broadcast() // readers look at the new deadline
}

func (q *packetQueue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.items, q.free = ring[queued]{}, buffers{}
	if q.alarm != nil {
		q.alarm.Stop()
	}
	q.readable.Broadcast()
}
