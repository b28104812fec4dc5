package store

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"gochat/internal/wire"
)

// An empty file is damage if there was a database in it, and nothing to speak of
// if a crash came before there was.
func TestEmptiedFile(t *testing.T) {
	path := dbPath(t)
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	refused(t, path, Options{ReadOnly: true}, fs.ErrNotExist)
	for range 2 { // it was lost the second time, and moved away
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if db.Restored() {
			t.Error("it counts as put back")
		}
		put(t, openRoom(t, db, testRoom), message(bob, wire.Clk(1), "here"))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, 0); err != nil {
			t.Fatal(err)
		}
		refused(t, path, Options{}, ErrCorrupt)
		refused(t, path, Options{ReadOnly: true}, ErrCorrupt)
		if err := Copy(path, nil, path+"-other", testKey); !errors.Is(err, ErrCorrupt) {
			t.Errorf("a copy of it: %v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		refused(t, path, Options{ReadOnly: true}, fs.ErrNotExist)
	}
}

// A database from before the mark gets it without being taken for another one.
func TestUnmarkedIsNotRestored(t *testing.T) {
	path := dbPath(t)
	for i := range 3 {
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if db.Restored() {
			t.Errorf("start %d: it counts as put back", i)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		if !isUsed(path) {
			t.Errorf("start %d: no mark", i)
		}
	}
}
