package store

import (
	"errors"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"
)

const (
	// checkpointPages of log are written back to the file at a time, 4 MB.
	checkpointPages = 1000
	// maxLogBytes stay of the log after it has been written back.
	maxLogBytes = 8 << 20
	// scrubDelay passes between a deletion and the emptying of the log, which
	// still has what was deleted: deletions come in swarms.
	scrubDelay = 2 * time.Second
)

// upkeep moves the log's pages to the file, beside those who wait for a commit
// and not in their time. The writer's mu guards it.
type upkeep struct {
	pages   int // in the log
	next    int // checkpoint at so many; 0: checkpointPages
	running bool
	scrub   *time.Timer
	tasks   sync.WaitGroup
	failed  func(error)
}

// after looks at what a transaction left behind. The caller holds w.mu.
func (u *upkeep) after(w *writer) {
	if w.tx.drops && !w.closed {
		w.tx.drops = false
		if u.scrub == nil {
			u.scrub = time.AfterFunc(scrubDelay, func() { u.empty(w) })
		}
	}
	if u.pages < u.next-checkpointPages { // the log began anew
		u.next = 0
	}
	if u.running || w.closed || u.pages < max(u.next, checkpointPages) {
		return
	}
	u.next = u.pages + checkpointPages
	u.running = true
	u.tasks.Go(func() {
		err := w.run(&job{alone: true, do: func(t *tx) error {
			_, _, err := t.WALCheckpoint("main", sqlite3.CHECKPOINT_PASSIVE)
			return err
		}})
		w.mu.Lock()
		u.running = false
		w.mu.Unlock()
		u.tell(err)
	})
}

// empty leaves no log behind. While somebody reads an old state of it, it is
// tried again and again.
func (u *upkeep) empty(w *writer) {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return
	}
	u.scrub = nil
	u.tasks.Add(1)
	w.mu.Unlock()
	defer u.tasks.Done()
	err := w.run(&job{alone: true, do: func(t *tx) error {
		err := t.truncateLog()
		if errors.Is(err, sqlite3.BUSY) {
			t.drops, err = true, nil
		}
		return err
	}})
	u.tell(err)
}

func (u *upkeep) tell(err error) {
	if err != nil && !errors.Is(err, errClosed) {
		u.failed(err)
	}
}

func (u *upkeep) stop() {
	if u.scrub != nil {
		u.scrub.Stop()
	}
}

// truncateLog writes everything back and empties the log; it is sqlite3.BUSY,
// at once, if somebody reads an old state.
func (t *tx) truncateLog() error {
	if err := t.exec("PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	_, _, err := t.WALCheckpoint("main", sqlite3.CHECKPOINT_TRUNCATE)
	return errors.Join(err, t.exec("PRAGMA busy_timeout = 5000"))
}
