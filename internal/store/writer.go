package store

import (
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/ncruces/go-sqlite3"

	"gochat/crypto"
)

const (
	// maxGroup jobs are committed together at most: the first need not wait
	// for all the others' work.
	maxGroup = 64
	// lazyDelay is how long a lazy job waits for a transaction to join.
	lazyDelay = time.Second
)

// writer makes all changes, on one connection. There is no goroutine behind
// it: the first caller who finds nobody at work does what has gathered, for
// himself and for the others, and hands over to the next who waits. So a lone
// caller never waits, and the more there are, the more share one fsync.
type writer struct {
	mu     sync.Mutex
	queue  []*job
	lazy   []*job
	timer  *time.Timer // runs while lazy jobs wait
	busy   bool
	closed bool
	upkeep upkeep

	// Of whoever is at work:
	tx     tx
	synced bool // commits wait for the disk
}

// tx is what a job works with: the connection and what is known of its content.
type tx struct {
	*conn
	parts map[int64]parts // by room
	peers map[crypto.PublicKey]int64
	drops bool // something was deleted that must not be read any more

	partTexts int64 // a part takes so many texts
}

// forget drops what is known, after something was rolled back.
func (t *tx) forget() {
	t.parts = make(map[int64]parts)
	t.peers = make(map[crypto.PublicKey]int64)
}

// job is one caller's change.
type job struct {
	do      func(*tx) error
	durable bool // on the disk when it is done; else it survives the process, not a power failure
	alone   bool // not in a transaction
	err     error
	turn    chan bool // true: it is done; false: its caller is to go on with the work
}

// newWriter takes a connection over; its synchronous is FULL. trouble gets the
// errors that concern no caller.
func newWriter(c *conn, partTexts int64, trouble func(error)) *writer {
	w := &writer{tx: tx{conn: c, partTexts: partTexts}, synced: true}
	w.upkeep.failed = trouble
	w.tx.forget()
	return w
}

// commit makes a change, in one transaction with what others want at the same
// time. An error means that nothing of it happened; it does not touch the others.
func (w *writer) commit(durable bool, do func(*tx) error) error {
	return w.run(&job{do: do, durable: durable})
}

// later makes a change with the next transaction, in a second at the latest.
func (w *writer) later(do func(*tx) error) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return errClosed
	}
	w.lazy = append(w.lazy, &job{do: do})
	if w.timer == nil {
		w.timer = time.AfterFunc(lazyDelay, func() { w.upkeep.tell(w.flush()) })
	}
	return nil
}

// flush makes the changes that wait.
func (w *writer) flush() error {
	w.mu.Lock()
	waiting := len(w.lazy) > 0
	w.mu.Unlock()
	if !waiting {
		return nil
	}
	return w.commit(false, func(*tx) error { return nil })
}

func (w *writer) run(j *job) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return errClosed
	}
	return w.enter(j)
}

// enter queues a job and sees to it that it is done. The caller holds mu,
// which is released.
func (w *writer) enter(j *job) error {
	j.turn = make(chan bool, 1)
	w.queue = append(w.queue, j)
	if w.busy {
		w.mu.Unlock()
		if done := <-j.turn; done {
			return j.err
		}
		w.mu.Lock()
	}
	w.busy = true
	group, lazy := w.take()
	w.mu.Unlock()

	if j.alone {
		j.err = j.do(&w.tx)
	} else {
		w.transact(append(slices.Clone(group), lazy...))
	}
	for _, other := range group {
		if other != j {
			other.turn <- true
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.upkeep.after(w)
	if len(w.queue) > 0 {
		w.queue[0].turn <- false
	} else {
		w.busy = false
	}
	return j.err
}

// take returns what is to be done at once. The caller holds mu.
func (w *writer) take() (group, lazy []*job) {
	n := 1
	if !w.queue[0].alone {
		for n < min(len(w.queue), maxGroup) && !w.queue[n].alone {
			n++
		}
		lazy, w.lazy = w.lazy, nil
		if w.timer != nil {
			w.timer.Stop()
			w.timer = nil
		}
	}
	group = append(group, w.queue[:n]...)
	w.queue = append(w.queue[:0], w.queue[n:]...)
	return group, lazy
}

// transact does the jobs in one transaction and notes what became of each. If
// one of them fails, the others are done again without it: so there need be no
// savepoints, each of which would cost the search index a segment.
func (w *writer) transact(jobs []*job) {
	for len(jobs) > 0 {
		culprit, err := w.attempt(jobs)
		if err == nil {
			return
		}
		w.tx.forget()
		if !w.tx.GetAutocommit() {
			err = errors.Join(err, w.tx.exec("ROLLBACK"))
		}
		if culprit < 0 || kind(err) == ErrFull {
			for _, j := range jobs {
				j.err = err
			}
			return
		}
		jobs[culprit].err = err
		jobs = slices.Delete(jobs, culprit, culprit+1)
	}
}

// attempt does the jobs. With an error, culprit is the one whose it is, or -1.
func (w *writer) attempt(jobs []*job) (culprit int, err error) {
	if err := w.begin(jobs); err != nil {
		return -1, err
	}
	for i, j := range jobs {
		if err := j.do(&w.tx); err != nil {
			return i, err
		}
	}
	if err := w.tx.exec("UPDATE life SET commits = commits + 1"); err != nil {
		return -1, err
	}
	return -1, w.tx.exec("COMMIT")
}

func (w *writer) begin(jobs []*job) error {
	durable := false
	for _, j := range jobs {
		durable = durable || j.durable
	}
	if durable != w.synced {
		level := "PRAGMA synchronous = NORMAL" // the log reaches the disk with a later commit
		if durable {
			level = "PRAGMA synchronous = FULL"
		}
		if err := w.tx.exec(level); err != nil {
			return err
		}
		w.synced = durable
	}
	return w.tx.exec("BEGIN IMMEDIATE")
}

// close does what waits, puts everything into the one file and closes the
// connection. Nothing gets in any more.
func (w *writer) close() error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return nil
	}
	w.closed = true
	w.upkeep.stop()
	waiting := w.enter(&job{do: func(*tx) error { return nil }}) // takes the lazy ones along
	w.upkeep.tasks.Wait()
	w.mu.Lock()
	return errors.Join(waiting, w.enter(&job{alone: true, do: (*tx).end}))
}

// end closes the connection. A log that somebody still reads stays.
func (t *tx) end() error {
	err := t.truncateLog()
	if errors.Is(err, sqlite3.BUSY) {
		err = nil
	} else if err == nil {
		_, err = t.Config(sqlite3.DBCONFIG_NO_CKPT_ON_CLOSE, false)
	}
	return errors.Join(err, t.close())
}
