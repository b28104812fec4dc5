package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"gochat/internal/netspace"
	"gochat/internal/wire"
)

// mount mounts for one test, or skips it, loudly, without the right to.
func mount(t *testing.T, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		netspace.Skip(t, "the right to mount: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(target, syscall.MNT_DETACH) })
}

// readOnly makes a directory one that nobody can write to.
func readOnly(t *testing.T, dir string) {
	t.Helper()
	if os.Geteuid() != 0 {
		if err := os.Chmod(dir, 0o500); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(dir, 0o700) })
		return
	}
	mount(t, dir, dir, "", syscall.MS_BIND, "")
	mount(t, "", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
}

func TestReadOnlyMedium(t *testing.T) {
	for name, key := range map[string][]byte{"plain": nil, "locked": testKey} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			made(t, path, key, "hello")
			readOnly(t, filepath.Dir(path))
			refused(t, path, Options{Key: key}, ErrReadOnly)
			refused(t, filepath.Join(filepath.Dir(path), "new.db"), Options{}, ErrReadOnly)
			reader := open(t, path, Options{Key: key, ReadOnly: true})
			if got := texts(scan(t, openRoom(t, reader, testRoom))); !slices.Equal(got, []string{"hello"}) {
				t.Errorf("got %q", got)
			}
			if key == nil {
				refused(t, path, Options{ReadOnly: true, Key: testKey}, ErrUnlocked)
			} else {
				refused(t, path, Options{ReadOnly: true, Key: otherKey}, ErrLocked)
			}
		})
	}
}

// A log cannot be read where its index cannot be made, and is not left out.
func TestReadOnlyMediumWithLog(t *testing.T) {
	path := crash(t, dbPath(t), func(r *Room) { put(t, r, message(bob, 1, "hello")) })
	readOnly(t, filepath.Dir(path))
	refused(t, path, Options{ReadOnly: true}, ErrReadOnly)
}

// The disk of the other tests pretends; this one is full.
func TestReallyFullDisk(t *testing.T) {
	dir := t.TempDir()
	mount(t, "tmpfs", dir, "tmpfs", 0, "size=3m")
	path := filepath.Join(dir, "history.db")
	ballast := filepath.Join(dir, "ballast")
	if err := os.WriteFile(ballast, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	c := newChatter()
	var stored []wire.RecordID
	var err error
	for range 10_000 {
		list := c.batch(8)
		if err = r.Commit(list, nil); err != nil {
			break
		}
		for _, rec := range list {
			stored = append(stored, rec.ID())
		}
	}
	if !errors.Is(err, ErrFull) {
		t.Fatal(len(stored), err)
	}
	check := func(r *Room) {
		t.Helper()
		if n := len(scan(t, r)); n != len(stored) {
			t.Errorf("%d records, want %d", n, len(stored))
		}
		for _, id := range stored {
			if _, err := r.Get(id); err != nil {
				t.Fatal(err)
			}
		}
	}
	check(r)
	if err := r.Commit(c.batch(8), nil); !errors.Is(err, ErrFull) {
		t.Error("still full, but", err)
	}
	reader := open(t, path, Options{ReadOnly: true})
	check(openRoom(t, reader, testRoom))
	reader.Close()
	if err := os.Remove(ballast); err != nil {
		t.Fatal(err)
	}
	list := c.batch(8)
	put(t, r, list...)
	for _, rec := range list {
		stored = append(stored, rec.ID())
	}
	check(r)
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	db = open(t, path, Options{})
	check(openRoom(t, db, testRoom))
	t.Log(fmt.Sprint(len(stored), " records"))
}
