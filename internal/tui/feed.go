package tui

import (
	"sync"
	"time"

	"gochat/peer"
)

// frame is the least time between two drawings for events: about 30 a second,
// however many come.
const frame = 33 * time.Millisecond

// feed carries the session's events, and outcomes of slow commands, to the
// goroutine that draws, in batches.
type feed struct {
	outcomes chan outcome

	mu      sync.Mutex
	pending []peer.Event
	done    []outcome
	ended   bool
}

// run collects events until done is closed. It calls wake when there is news:
// at once after a quiet time, else once a frame; again if wake fails.
func (f *feed) run(events <-chan peer.Event, done <-chan struct{}, wake func() error) {
	timer := time.NewTimer(0)
	<-timer.C
	defer timer.Stop()
	waiting, news := false, false
	for {
		if news && !waiting {
			news = wake() != nil
			waiting = true
			timer.Reset(frame)
		}
		select {
		case e, open := <-events:
			if m, ok := e.(peer.MessageEvent); ok {
				m.Show() // here and not where it is drawn, which must not wait for a disk
			}
			f.mu.Lock()
			if open {
				f.pending = append(f.pending, e)
			} else {
				f.ended, events = true, nil
			}
			f.mu.Unlock()
			news = true
		case o := <-f.outcomes:
			f.mu.Lock()
			f.done = append(f.done, o)
			f.mu.Unlock()
			news = true
		case <-timer.C:
			waiting = false
		case <-done:
			return
		}
	}
}

// take returns what has come since the last time, and whether that was all.
func (f *feed) take() (batch []peer.Event, done []outcome, ended bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	batch, f.pending = f.pending, nil
	done, f.done = f.done, nil
	return batch, done, f.ended
}
