package engine

import (
	"errors"
	"sync"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
)

// ErrBusy says that a message was dropped because too many wait before it.
var ErrBusy = errors.New("too much waits to be sent to other bootnodes")

// ErrTooLong says that a message is longer than other bootnodes take.
var ErrTooLong = errors.New("too long for other bootnodes")

// Bounds of what waits, and of one message and one frame, in bytes. Longer ones
// that others send are dropped, too.
const (
	queueLength = 1 << 16
	queueBytes  = 64 << 20
	frameQueue  = 1 << 13 // frames
	maxMessage  = 48 << 10
	// receivedQueue is what the bootnode sees of those that wait.
	receivedQueue = 256
	maxFrame      = 4 << 10
)

// outgoing is a message for the connection of presence.
type outgoing struct {
	subject crypto.RoomSubject // zero is a beacon
	data    []byte
}

// queue keeps things in order until they are taken, all at once. It is bounded in
// bytes and number.
type queue[T any] struct {
	wake chan struct{}

	mu     sync.Mutex
	things []T
	bytes  int
}

func newQueue[T any]() *queue[T] { return &queue[T]{wake: make(chan struct{}, 1)} }

// put reports false when the queue is full.
func (q *queue[T]) put(thing T, bytes int) bool {
	q.mu.Lock()
	if len(q.things) >= queueLength || q.bytes+bytes > queueBytes {
		q.mu.Unlock()
		return false
	}
	q.bytes += bytes
	q.things = append(q.things, thing)
	q.mu.Unlock()
	q.rouse()
	return true
}

// rouse has whoever takes look, also if nothing was put.
func (q *queue[T]) rouse() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

func (q *queue[T]) take() []T {
	q.mu.Lock()
	defer q.mu.Unlock()
	out := q.things
	q.things, q.bytes = nil, 0
	return out
}

type outgoingFrame struct {
	to   crypto.NodeID
	data []byte
}

// Watch asks for the messages about a room, before whatever is published after it.
// There is always a place for it: it is as much as there are rooms.
func (e *Engine) Watch(s crypto.RoomSubject) { e.watch(s, true) }

// Unwatch ends Watch.
func (e *Engine) Unwatch(s crypto.RoomSubject) { e.watch(s, false) }

func (e *Engine) watch(s crypto.RoomSubject, on bool) {
	e.watches.set(s, on)
	e.presence.rouse()
}

// PublishRoom sends to the nodes that watch a room. The errors are ErrBusy and
// ErrTooLong. The message is not to be changed afterwards.
func (e *Engine) PublishRoom(s crypto.RoomSubject, msg []byte) error {
	return e.publish(outgoing{s, msg})
}

// PublishNode sends to all nodes, as PublishRoom does.
func (e *Engine) PublishNode(msg []byte) error { return e.publish(outgoing{data: msg}) }

func (e *Engine) publish(m outgoing) error {
	var err error
	switch {
	case len(m.data) > maxMessage:
		err = ErrTooLong
	case !e.presence.put(m, len(m.data)):
		err = ErrBusy
	default:
		return nil
	}
	e.count.presenceDropped.Add(1)
	return err
}

// SendFrame sends a relay frame to a node, or drops it: ErrBusy, ErrTooLong. The
// frame is not to be changed afterwards.
func (e *Engine) SendFrame(to bootnode.NodeID, frame []byte) error {
	if len(frame) > maxFrame {
		e.count.framesDropped.Add(1)
		return ErrTooLong
	}
	select {
	case e.frames <- outgoingFrame{to, frame}:
		return nil
	default:
		e.count.framesDropped.Add(1)
		return ErrBusy
	}
}

// Received brings messages of rooms and nodes.
func (e *Engine) Received() <-chan bootnode.Message { return e.received }

// Frames brings relay frames for this node.
func (e *Engine) Frames() <-chan []byte { return e.inbound }

// pace is a token bucket of bytes that holds a quarter of a second.
type pace struct {
	rate, tokens float64
	at           time.Time
}

func newPace(rate int, now time.Time) *pace {
	return &pace{rate: float64(rate), tokens: float64(rate) / 4, at: now}
}

func (p *pace) allow(n int, now time.Time) bool {
	p.tokens = min(p.rate/4, p.tokens+p.rate*now.Sub(p.at).Seconds())
	p.at = now
	if p.tokens < float64(n) {
		return false
	}
	p.tokens -= float64(n)
	return true
}
