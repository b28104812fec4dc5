package tui

import (
	"sync"

	"gochat/internal/front"
)

// keeper has rooms remember what was read, beside the goroutine that draws,
// which must not wait for a disk. Of a room it keeps the latest only.
type keeper struct {
	mu      sync.Mutex
	pending map[front.Room]string
	ready   chan struct{} // holds one token while there is something
}

func newKeeper() *keeper {
	return &keeper{pending: map[front.Room]string{}, ready: make(chan struct{}, 1)}
}

func (k *keeper) put(r front.Room, order string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pending[r] = order
	select {
	case k.ready <- struct{}{}:
	default:
	}
}

// run keeps what is put until done is closed, and what is left then.
func (k *keeper) run(done <-chan struct{}) {
	for {
		select {
		case <-k.ready:
			k.flush()
		case <-done:
			k.flush()
			return
		}
	}
}

func (k *keeper) flush() {
	k.mu.Lock()
	pending := k.pending
	k.pending = map[front.Room]string{}
	k.mu.Unlock()
	for r, order := range pending {
		r.SetReadUpTo(order)
	}
}
