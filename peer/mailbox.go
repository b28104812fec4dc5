package peer

import (
	"sync"
	"time"
)

// mailbox hands work to a loop. It is unbounded, because who puts must never
// block on the loop it may be called from; what comes from the network is
// bounded by each link's credit and by the socket's reader.
type mailbox struct {
	mu     sync.Mutex
	items  []func(now time.Time)
	closed bool
	ready  chan struct{} // holds one token while there is work
}

func newMailbox() *mailbox { return &mailbox{ready: make(chan struct{}, 1)} }

// put adds work and reports whether the loop will still do it.
func (m *mailbox) put(f func(now time.Time)) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		return false
	}
	m.items = append(m.items, f)
	select {
	case m.ready <- struct{}{}:
	default:
	}
	return true
}

func (m *mailbox) take() []func(time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	items := m.items
	m.items = nil
	return items
}

// close refuses further work and returns what was not done.
func (m *mailbox) close() []func(time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	items := m.items
	m.items = nil
	return items
}
