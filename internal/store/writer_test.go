package store

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// What several want at the same time is done at once, with one fsync.
func TestCommitsShareTheDisk(t *testing.T) {
	d := newDisk()
	db := open(t, dbPath(t), Options{base: d})
	r, other := openRoom(t, db, testRoom), openRoom(t, db, crypto.RoomID{9})
	put(t, r, message(bob, 1, "first"))
	// One job is at work, and while it is, thirty others gather.
	working, goOn := make(chan bool), make(chan bool)
	var all sync.WaitGroup
	all.Go(func() {
		_ = db.commit(false, func(*tx) error { working <- true; <-goOn; return nil })
	})
	<-working
	before := d.syncs.Load()
	for i := range 30 {
		rec := message(bob, wire.Clk(i+2), fmt.Sprint("message ", i))
		all.Go(func() {
			if err := []*Room{r, other}[i%2].Commit([]*wire.Record{rec}, nil); err != nil {
				t.Error(err)
			}
		})
	}
	for waiting := 0; waiting < 30; runtime.Gosched() {
		db.writer.mu.Lock()
		waiting = len(db.writer.queue)
		db.writer.mu.Unlock()
	}
	close(goOn)
	all.Wait()
	if n := d.syncs.Load() - before; n > 2 {
		t.Errorf("%d syncs", n)
	}
	if n := len(scan(t, r)) + len(scan(t, other)); n != 31 {
		t.Errorf("%d records", n)
	}
}

// One caller's error leaves nothing of his, and all of the others'.
func TestErrorIsOneCallersOwn(t *testing.T) {
	db := open(t, dbPath(t), Options{base: newDisk()})
	r := openRoom(t, db, testRoom)
	wrong := errors.New("wrong")
	jobs := make([]*job, 9)
	for i := range jobs {
		jobs[i] = &job{do: func(tx *tx) error {
			err := r.put(tx, prepare(message(bob, wire.Clk(i+1), fmt.Sprint(i))))
			if err == nil {
				err = tx.saveParts(r.row)
			}
			if i%4 == 1 {
				err = wrong
			}
			return err
		}}
	}
	db.writer.transact(slices.Clone(jobs))
	for i, j := range jobs {
		if bad := i%4 == 1; bad != errors.Is(j.err, wrong) {
			t.Errorf("job %d: %v", i, j.err)
		}
	}
	if got := texts(scan(t, r)); !slices.Equal(got, []string{"0", "2", "3", "4", "6", "7", "8"}) {
		t.Errorf("got %q", got)
	}
	if size, err := r.Size(); size.Records != 7 || err != nil {
		t.Error(size, err)
	}
}

func TestManyCallers(t *testing.T) {
	db := open(t, dbPath(t), Options{base: newDisk()})
	var all sync.WaitGroup
	for i := range 8 {
		r := openRoom(t, db, crypto.RoomID{byte(i % 3)})
		var mine []*wire.Record
		for j := range 20 {
			mine = append(mine, message(alice, wire.Clk(100*i+j+1), fmt.Sprint("caller ", i, " ", j)))
		}
		all.Go(func() {
			for j, rec := range mine {
				if err := r.Commit([]*wire.Record{rec}, nil); err != nil {
					t.Error(err)
				}
				got, err := r.Get(rec.ID())
				if err != nil || got.Clk != rec.Clk {
					t.Error("not there after Commit:", err)
				}
				_, err = r.Page(Stored, "", 5)
				_, err2 := r.Search("caller", "", 5)
				err3 := r.SetReached(rec.ID(), bob)
				if err := errors.Join(err, err2, err3, r.MarkShown(rec.ID())); err != nil {
					t.Error(err)
				}
				if j%7 == 0 {
					if err := r.Commit(nil, []wire.RecordID{rec.ID()}); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	all.Wait()
	n := 0
	for i := range 3 {
		n += len(scan(t, openRoom(t, db, crypto.RoomID{byte(i)})))
	}
	if want := 8 * (20 - 3); n != want {
		t.Errorf("%d records, want %d", n, want)
	}
}

// The log is written back while nobody waits, and does not grow for ever.
func TestLogStaysSmall(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{base: newDisk()})
	r, c := openRoom(t, db, testRoom), newChatter()
	for range 400 {
		put(t, r, c.next())
	}
	db.writer.upkeep.tasks.Wait()
	info, err := os.Stat(path + "-wal")
	if err != nil || info.Size() > 2*maxLogBytes {
		t.Errorf("the log has %d bytes, %v", info.Size(), err)
	}
	if file, err := os.Stat(path); err != nil || file.Size() < 200_000 {
		t.Error("nothing was written back:", file.Size(), err)
	}
	if pages := db.writer.upkeep.pages; pages > 2*checkpointPages {
		t.Errorf("the log has %d pages", pages)
	}
}

// Some seconds after a deletion the log is empty, unless somebody reads.
func TestLogIsEmptiedAfterDeletion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := dbPath(t)
		db, err := Open(path, Options{base: newDisk()})
		if err != nil {
			t.Fatal(err)
		}
		r := openRoom(t, db, testRoom)
		rec, keep := message(bob, 1, "secret"), message(bob, 2, "kept")
		put(t, r, rec, keep)
		put(t, r, stub(rec))
		logSize := func() int64 {
			info, err := os.Stat(path + "-wal")
			if err != nil {
				t.Fatal(err)
			}
			return info.Size()
		}
		err = db.read(func(c *conn) error {
			if _, err := c.find(r.row, keep.ID()); err != nil {
				return err
			}
			time.Sleep(2 * scrubDelay)
			synctest.Wait()
			return nil
		})
		if err != nil || logSize() == 0 {
			t.Error("emptied under a reader's feet:", err)
		}
		time.Sleep(2 * scrubDelay)
		synctest.Wait()
		if n := logSize(); n != 0 {
			t.Errorf("the log has %d bytes", n)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestLazyChangesComeInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		db, err := Open(dbPath(t), Options{base: d, Self: alice})
		if err != nil {
			t.Fatal(err)
		}
		r := openRoom(t, db, testRoom)
		rec := message(alice, 1, "hello")
		put(t, r, rec)
		before := d.syncs.Load()
		if err := r.SetReached(rec.ID(), bob); err != nil {
			t.Fatal(err)
		}
		count := func() (n int64) {
			if err := db.read(func(c *conn) (err error) {
				n, err = c.number("SELECT count(*) FROM reach")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return n
		}
		if count() != 0 {
			t.Error("done at once")
		}
		time.Sleep(lazyDelay + time.Millisecond)
		synctest.Wait()
		if count() != 1 {
			t.Error("not done in time")
		}
		if n := d.syncs.Load() - before; n != 0 {
			t.Errorf("%d syncs for what may be forgotten", n)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
}
