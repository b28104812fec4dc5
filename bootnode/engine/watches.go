package engine

import (
	"sync"

	"gochat/crypto"
)

// watches are the rooms to be heard of, and which of them NATS has not been told
// of yet: one change for each room, however often it was made and taken back
// meanwhile.
type watches struct {
	mu      sync.Mutex
	told    map[crypto.RoomSubject]bool
	changes map[crypto.RoomSubject]bool
}

func newWatches() *watches {
	return &watches{told: map[crypto.RoomSubject]bool{}, changes: map[crypto.RoomSubject]bool{}}
}

func (w *watches) set(s crypto.RoomSubject, on bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.told[s] == on {
		delete(w.changes, s)
	} else {
		w.changes[s] = on
	}
}

// take returns the changes, which are told from then on.
func (w *watches) take() map[crypto.RoomSubject]bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := w.changes
	w.changes = map[crypto.RoomSubject]bool{}
	for s, on := range out {
		if on {
			w.told[s] = true
		} else {
			delete(w.told, s)
		}
	}
	return out
}
