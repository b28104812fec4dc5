// Package queue decouples who tells from who listens.
package queue

import "sync"

// Queue carries items in order and drops none: a reader that is slow for a
// moment costs memory, not items, and holds nobody up.
type Queue[T any] struct {
	mu     sync.Mutex
	items  []T
	closed bool
	ready  chan struct{} // holds one token while there is something to do
	out    chan T
}

// New makes an empty Queue; Run makes it hand out.
func New[T any]() *Queue[T] {
	return &Queue[T]{ready: make(chan struct{}, 1), out: make(chan T)}
}

// Out is where items come out; it is closed when Run returns.
func (q *Queue[T]) Out() <-chan T { return q.out }

// Put adds an item, unless the queue is closed. It never blocks.
func (q *Queue[T]) Put(item T) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.items = append(q.items, item)
		q.signal()
	}
}

// Close lets Run end once everything was handed out.
func (q *Queue[T]) Close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.signal()
}

func (q *Queue[T]) signal() {
	select {
	case q.ready <- struct{}{}:
	default:
	}
}

// Run hands items out until Close, or until abandon is closed: then nobody
// reads, and what is put is dropped.
func (q *Queue[T]) Run(abandon <-chan struct{}) {
	defer close(q.out)
	defer q.drop()
	for {
		select {
		case <-q.ready:
		case <-abandon:
			return
		}
		items, closed := q.take()
		for _, item := range items {
			select {
			case q.out <- item:
			case <-abandon:
				return
			}
		}
		if closed {
			return
		}
	}
}

func (q *Queue[T]) take() (items []T, closed bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	items, q.items = q.items, nil
	return items, q.closed
}

func (q *Queue[T]) drop() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.items, q.closed = nil, true
}
