package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"strings"
	"testing"

	"gochat/internal/wire"
)

// raw is everything the files of a database hold.
func raw(t *testing.T, path string) []byte {
	t.Helper()
	var all []byte
	for _, p := range []string{path, path + "-wal", path + "-shm"} {
		b, err := os.ReadFile(p)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		all = append(all, b...)
	}
	return all
}

// secretive makes messages of which each has a word of its own, and many
// others besides.
func secretive(n int) (list []*wire.Record, words []string) {
	c := newChatter()
	for i := range n {
		word := fmt.Sprintf("%x", sha256.Sum256([]byte{byte(i), byte(i >> 8)}))[:20]
		words = append(words, word)
		text := strings.Repeat(c.words[c.zipf.Uint64()]+" ", i%7) + word
		if i%10 == 0 {
			text += strings.Repeat(" filler", 1000) // overflow pages
		}
		list = append(list, message(bob, c.clk+wire.Clk((i*7919)%n), text))
	}
	return list, words
}

// What was deleted cannot be found in the file, in the record or in the index,
// while everything around it changes.
func TestDeletedIsGoneFromTheFile(t *testing.T) {
	for name, remove := range map[string]func(r *Room, list []*wire.Record) error{
		"dropped": func(r *Room, list []*wire.Record) error {
			var stubs []*wire.Record
			for _, rec := range list {
				stubs = append(stubs, stub(rec))
			}
			return r.Commit(stubs, nil)
		},
		"deleted": func(r *Room, list []*wire.Record) error {
			var ids []wire.RecordID
			for _, rec := range list {
				ids = append(ids, rec.ID())
			}
			return r.Commit(nil, ids)
		},
		"trimmed": func(r *Room, list []*wire.Record) error {
			gone := map[wire.RecordID]bool{}
			for _, rec := range list {
				gone[rec.ID()] = true
			}
			_, err := r.Trim(context.Background(), wire.MaxClk, DropRecords,
				func(id wire.RecordID, _ *wire.Record) bool { return !gone[id] })
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			db, err := Open(path, Options{base: newDisk()})
			if err != nil {
				t.Fatal(err)
			}
			r := openRoom(t, db, testRoom)
			const n, batch = 600, 40
			list, words := secretive(n)
			var gone []string
			for i := 0; i < n; i += batch {
				put(t, r, list[i:i+batch]...)
				if i/batch%3 == 2 { // of what came before, every second
					var half []*wire.Record
					for j := i - 2*batch; j < i; j += 2 {
						half = append(half, list[j])
						gone = append(gone, words[j])
					}
					if err := remove(r, half); err != nil {
						t.Fatal(err)
					}
				}
			}
			if len(gone) < n/4 {
				t.Fatal("nothing was removed")
			}
			if err := db.Check(context.Background()); err != nil {
				t.Fatal(err)
			}
			for _, w := range gone[:10] {
				if found, err := r.Search(w, "", 1); len(found) != 0 || err != nil {
					t.Errorf("%q is found, %v", w, err)
				}
			}
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			all := raw(t, path)
			if !bytes.Contains(all, []byte(words[n-1])) {
				t.Error("nothing can be read: the test is no good")
			}
			left := 0
			for _, w := range gone {
				// The index leaves out what a word has in common with the one before it.
				if bytes.Contains(all, []byte(w[6:])) {
					left++
				}
			}
			if left > 0 {
				t.Errorf("of %d words removed, %d are still in the file", len(gone), left)
			}
		})
	}
}

func TestLockedFilesAreNoise(t *testing.T) {
	path := dbPath(t)
	db := open(t, path, Options{Key: testKey})
	r := openRoom(t, db, testRoom)
	if err := r.SetName("secret-room"); err != nil {
		t.Fatal(err)
	}
	list, words := secretive(200)
	look := func(when string) {
		t.Helper()
		all := raw(t, path)
		if len(all) < 1<<15 {
			t.Fatal("hardly anything there", when)
		}
		for _, w := range append(words, "secret", "SQLite format", "CREATE TABLE", string(testRoom[:3])+"\x00\x00\x00", string(testKey), string(bob[:8])) {
			if bytes.Contains(all, []byte(w)) {
				t.Errorf("%s: %q can be read", when, w)
			}
		}
	}
	put(t, r, list...)
	look("in use")
	db.Close()
	look("closed")
}

func TestFilesAreTheOwners(t *testing.T) {
	path := dbPath(t)
	check := func(when string) {
		t.Helper()
		seen := 0
		for _, p := range []string{path, path + "-wal", path + "-shm", path + "-lock"} {
			info, err := os.Stat(p)
			if os.IsNotExist(err) {
				continue
			}
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if perm := info.Mode().Perm(); perm != 0o600 {
				t.Errorf("%s: %s has mode %o", when, p, perm)
			}
		}
		if seen < 2 {
			t.Errorf("%s: %d files", when, seen)
		}
	}
	db := open(t, path, Options{})
	put(t, openRoom(t, db, testRoom), message(bob, 1, "hello"))
	check("made")
	db.Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	db = open(t, path, Options{})
	check("tightened")
	reader := open(t, path, Options{ReadOnly: true})
	scan(t, openRoom(t, reader, testRoom))
	check("read")
	db.Close()
	reader.Close()
	check("closed")
}
