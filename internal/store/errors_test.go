package store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// refused opens what must not be opened, and checks that nothing happens to it.
func refused(t *testing.T, path string, opts Options, want error) {
	t.Helper()
	before, _ := os.ReadFile(path)
	db, err := Open(path, opts)
	if err == nil {
		db.Close()
	}
	if !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
	if !strings.Contains(err.Error(), path) || strings.Count(err.Error(), path) > 1 {
		t.Errorf("the message does not name the file, or twice: %v", err)
	}
	if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestSecondWriterIsRefused(t *testing.T) {
	path := dbPath(t)
	first := open(t, path, Options{})
	put(t, openRoom(t, first, testRoom), message(bob, 1, "hello"))
	refused(t, path, Options{}, ErrInUse)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, path, Options{})
}

func TestKeys(t *testing.T) {
	locked, plain := dbPath(t), dbPath(t)
	made(t, locked, testKey, "hello")
	made(t, plain, nil, "hello")
	for _, readOnly := range []bool{false, true} {
		refused(t, locked, Options{ReadOnly: readOnly}, ErrLocked)
		refused(t, locked, Options{ReadOnly: readOnly, Key: otherKey}, ErrLocked)
		refused(t, plain, Options{ReadOnly: readOnly, Key: testKey}, ErrUnlocked)
	}
	if _, err := Open(dbPath(t), Options{Key: []byte("short")}); err == nil {
		t.Error("a short key was taken")
	}
	holds(t, locked, testKey, "hello")
}

func TestNoise(t *testing.T) {
	for range 200 {
		if !isNoise(randomPage()) {
			t.Fatal("random bytes are no noise")
		}
	}
	for name, page := range map[string][]byte{
		"zeros": make([]byte, pageSize),
		"text":  bytes.Repeat([]byte("All happy families are alike. "), pageSize/30+1)[:pageSize],
		"half":  append(randomPage()[:pageSize/2], make([]byte, pageSize/2)...),
	} {
		if isNoise(page) {
			t.Errorf("%s are noise", name)
		}
	}
}

func randomPage() []byte {
	page := make([]byte, pageSize)
	for i := range page {
		page[i] = byte(rand.Uint32())
	}
	return page
}

func TestNotOurs(t *testing.T) {
	sqlite := func(sql string) func(path string) {
		return func(path string) {
			c, err := sqlite3.Open("file:" + path)
			if err == nil {
				err = errors.Join(c.Exec(sql), c.Close())
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
	content := func(b []byte) func(path string) {
		return func(path string) {
			if err := os.WriteFile(path, b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		make func(path string)
		want error
	}{
		"text":            {content([]byte("shopping list")), ErrCorrupt},
		"zeros":           {content(make([]byte, 3*pageSize)), ErrCorrupt},
		"noise":           {content(randomPage()), ErrLocked},
		"foreign":         {sqlite("CREATE TABLE t (x)"), ErrCorrupt},
		"foreign with id": {sqlite("PRAGMA application_id = 5"), ErrCorrupt},
		"newer":           {sqlite(fmt.Sprintf("CREATE TABLE life (x); PRAGMA application_id = %d; PRAGMA user_version = 99", applicationID)), ErrNewer},
		"half a schema":   {sqlite(fmt.Sprintf("CREATE TABLE life (x); PRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, schemaVersion)), ErrCorrupt},
		"cut magic":       {content(sqliteMagic), ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			c.make(path)
			for _, readOnly := range []bool{true, false} {
				refused(t, path, Options{ReadOnly: readOnly}, c.want)
			}
		})
	}
}

func TestReaderOfNothing(t *testing.T) {
	path := dbPath(t)
	refused(t, path, Options{ReadOnly: true}, fs.ErrNotExist)
	if got := files(t, path); len(got) > 0 {
		t.Errorf("made %q", got)
	}
	made(t, path, nil, "hello")
	reader := open(t, path, Options{ReadOnly: true})
	if _, err := reader.Room([16]byte{77}); !errors.Is(err, ErrNoRoom) {
		t.Error(err)
	}
}

// large makes a database of some hundred pages.
func large(t *testing.T, path string) {
	t.Helper()
	db, err := Open(path, Options{base: newDisk()})
	if err != nil {
		t.Fatal(err)
	}
	c := newChatter()
	for range 4 {
		put(t, openRoom(t, db, testRoom), c.batch(512)...)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestDamageIsFound(t *testing.T) {
	path := dbPath(t)
	large(t, path)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write := func(b []byte) {
		t.Helper()
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("a file cut short", func(t *testing.T) {
		write(whole[:len(whole)/2/pageSize*pageSize])
		refused(t, path, Options{}, ErrCorrupt)
	})
	t.Run("schema gone", func(t *testing.T) {
		b := bytes.Clone(whole)
		clear(b[100:pageSize])
		write(b)
		refused(t, path, Options{}, ErrCorrupt)
	})
	// Of all pages in between, each is found by Check if not by Open.
	pages := len(whole) / pageSize
	missed := 0
	for range 20 {
		b := bytes.Clone(whole)
		page := 1 + rand.IntN(pages-1)
		for i := range 64 {
			b[page*pageSize+i] ^= 0x5a
		}
		write(b)
		db, err := Open(path, Options{base: newDisk()})
		if err == nil {
			err = db.Check(context.Background())
			db.Close()
		}
		if err == nil {
			missed++ // a page that is free
		} else if !errors.Is(err, ErrCorrupt) {
			t.Fatalf("page %d: %v", page, err)
		}
	}
	if missed > 4 {
		t.Errorf("%d of 20 damaged pages were not found", missed)
	}
	write(whole)
	db := open(t, path, Options{})
	if err := db.Check(context.Background()); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := db.Check(ctx); !errors.Is(err, context.Canceled) {
		t.Error("cancelled:", err)
	}
}

// A record whose bytes changed is not taken for another.
func TestChangedRecord(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	rec, after := message(bob, 1, "hello"), message(bob, 2, "world")
	put(t, r, rec, after)
	if err := db.commit(true, func(t *tx) error {
		return t.exec("UPDATE record SET header = replace(header, X'02', X'03') WHERE hint = ?", hint(rec.ID()))
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(rec.ID()); err == nil {
		t.Error("it was read")
	}
	if err := r.Scan(func(*wire.Record) error { return nil }); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestLogWithoutItsFile(t *testing.T) {
	path := dbPath(t)
	if err := os.WriteFile(path+"-wal", []byte("something"), 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path, Options{}, ErrCorrupt)
	if got := files(t, path); !slices.Contains(got, "history.db-wal") {
		t.Errorf("the log is gone: %q", got)
	}
}

func TestFullDisk(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "locked": testKey} {
		t.Run(name, func(t *testing.T) {
			d := newDisk()
			path := dbPath(t)
			db := open(t, path, Options{base: d, Key: key})
			r := openRoom(t, db, testRoom)
			before, lost, after := message(bob, 1, "before"), message(bob, 2, "lost"), message(bob, 3, "after")
			put(t, r, before)
			d.full.Store(true)
			for range 3 {
				if err := r.Commit([]*wire.Record{lost}, nil); !errors.Is(err, ErrFull) {
					t.Fatal(err)
				}
			}
			if _, err := r.Get(before.ID()); err != nil {
				t.Error("what was stored before:", err)
			}
			d.full.Store(false)
			put(t, r, after)
			if got := texts(scan(t, r)); !slices.Equal(got, []string{"before", "after"}) {
				t.Errorf("got %q", got)
			}
			if err := db.Check(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
}

// What the disk did not confirm is not confirmed to the caller.
func TestBrokenDisk(t *testing.T) {
	d := newDisk()
	r := openRoom(t, open(t, dbPath(t), Options{base: d}), testRoom)
	put(t, r, message(bob, 1, "before"))
	d.broken.Store(true)
	if err := r.Commit([]*wire.Record{message(bob, 2, "lost")}, nil); err == nil {
		t.Error("committed")
	}
	d.broken.Store(false)
	put(t, r, message(bob, 3, "after"))
	if got := texts(scan(t, r)); !slices.Equal(got, []string{"before", "after"}) {
		t.Errorf("got %q", got)
	}
}

func TestReaderDoesNotWrite(t *testing.T) {
	path := dbPath(t)
	made(t, path, nil, "hello")
	db := open(t, path, Options{ReadOnly: true})
	r := openRoom(t, db, testRoom)
	id := scan(t, r)[0].ID()
	for name, err := range map[string]error{
		"commit": r.Commit([]*wire.Record{message(bob, 2, "x")}, nil),
		"meta":   r.SetMeta("k", []byte{1}),
		"name":   r.SetName("x"),
		"shown":  r.MarkShown(id),
		"reach":  r.SetReached(id, bob),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := r.Reached(id); err != nil {
		t.Error(err)
	}
}

func TestAfterClose(t *testing.T) {
	db, err := Open(dbPath(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := openRoom(t, db, testRoom)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Error("again:", err)
	}
	if err := r.Commit([]*wire.Record{message(bob, 1, "x")}, nil); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if _, err := r.Page(Stored, "", 1); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
	if err := r.SetReached(wire.RecordID{}, bob); !errors.Is(err, os.ErrClosed) {
		t.Error(err)
	}
}

func TestOldSQLiteIsRefused(t *testing.T) {
	for version, ok := range map[string]bool{
		"3.51.3": true, "3.51.10": true, "3.52.0": true, "4.0.0": true,
		"3.51.2": false, "3.50.9": false, "2.99.99": false, "": false,
	} {
		if err := checkVersionText(version); (err == nil) != ok {
			t.Errorf("%q: %v", version, err)
		}
	}
}
