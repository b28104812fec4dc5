package filelock_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"

	"gochat/internal/filelock"
)

func TestLockIsHeldByOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	first, err := filelock.Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := filelock.Lock(path); !errors.Is(err, filelock.ErrInUse) {
		t.Errorf("the second got %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := filelock.Lock(path)
	if err != nil {
		t.Fatal("not free after Close:", err)
	}
	again.Close()
}

func TestLockWithoutDirectory(t *testing.T) {
	if _, err := filelock.Lock(filepath.Join(t.TempDir(), "absent", "lock")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}
