package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var otherKey = []byte("fedcba9876543210fedcba9876543210")

// files lists what is in the directory of a database.
func files(t *testing.T, path string) (names []string) {
	t.Helper()
	list, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range list {
		names = append(names, f.Name())
	}
	return names
}

// made makes a database with one message and closes it.
func made(t *testing.T, path string, key []byte, text string) {
	t.Helper()
	db, err := Open(path, Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	put(t, openRoom(t, db, testRoom), message(bob, 1, text))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// holds checks that a database has just that message, and can be written.
func holds(t *testing.T, path string, key []byte, text string) {
	t.Helper()
	db, err := Open(path, Options{Key: key})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	r := openRoom(t, db, testRoom)
	if got := texts(scan(t, r)); !slices.Equal(got, []string{text}) {
		t.Errorf("got %q", got)
	}
	if found, err := r.Search(text, "", 5); len(found) != 1 || err != nil {
		t.Errorf("found %d, %v", len(found), err)
	}
	if err := r.SetMeta("written", []byte{1}); err != nil {
		t.Error(err)
	}
}

func TestRekey(t *testing.T) {
	path := dbPath(t)
	const text = "confidential"
	made(t, path, nil, text)
	for i, step := range []struct{ from, to []byte }{{nil, testKey}, {testKey, otherKey}, {otherKey, nil}} {
		if err := Rekey(path, step.from, step.to); err != nil {
			t.Fatal(i, err)
		}
		if locked, err := Locked(path); locked != (step.to != nil) || err != nil {
			t.Fatal(i, locked, err)
		}
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if readable := bytes.Contains(raw, []byte(text)); readable != (step.to == nil) {
			t.Errorf("%d: the text can be read: %v", i, readable)
		}
		if got := files(t, path); !slices.Equal(got, []string{"history.db", "history.db-lock"}) {
			t.Errorf("%d: left behind %q", i, got)
		}
		holds(t, path, step.to, text)
	}
}

func TestRekeyRefuses(t *testing.T) {
	path := dbPath(t)
	if err := Rekey(path, nil, testKey); !errors.Is(err, fs.ErrNotExist) {
		t.Error("nothing there:", err)
	}
	made(t, path, testKey, "hello")
	for name, c := range map[string]struct {
		from, to []byte
		want     error
	}{
		"no key":    {nil, otherKey, ErrLocked},
		"wrong key": {otherKey, nil, ErrLocked},
	} {
		if err := Rekey(path, c.from, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Rekey(path, testKey, []byte("short")); err == nil {
		t.Error("a short key")
	}
	holds(t, path, testKey, "hello")
	writer := open(t, path, Options{Key: testKey})
	if err := Rekey(path, testKey, nil); !errors.Is(err, ErrInUse) {
		t.Error("beside a writer:", err)
	}
	writer.Close()
	reader := open(t, path, Options{Key: testKey, ReadOnly: true})
	if err := Rekey(path, testKey, nil); !errors.Is(err, ErrInUse) {
		t.Error("beside a reader:", err)
	}
	if got := texts(scan(t, openRoom(t, reader, testRoom))); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("the reader has %q", got)
	}
}

// Wherever Rekey stops, the file is whole and the rest is cleared away.
func TestRekeyInterrupted(t *testing.T) {
	write := func(path, content string) {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, interrupt := range map[string]func(path string){
		"while copying": func(path string) { write(path+newSuffix, "half a database") },
		"before the new one took its place": func(path string) {
			write(path+newSuffix, "a database")
			if err := os.Link(path, path+oldSuffix); err != nil {
				t.Fatal(err)
			}
		},
		"while the old one was destroyed": func(path string) { write(path+oldSuffix, "an old database") },
	} {
		t.Run(name, func(t *testing.T) {
			path := dbPath(t)
			made(t, path, nil, "hello")
			interrupt(path)
			holds(t, path, nil, "hello")
			if got := files(t, path); !slices.Equal(got, []string{"history.db", "history.db-lock"}) {
				t.Errorf("left behind %q", got)
			}
		})
	}
}

func TestDestroyOverwrites(t *testing.T) {
	path := dbPath(t)
	secret := bytes.Repeat([]byte("secret"), 1<<18)
	if err := os.WriteFile(path, secret, 0o600); err != nil {
		t.Fatal(err)
	}
	other := path + "-link"
	if err := os.Link(path, other); err != nil {
		t.Fatal(err)
	}
	if err := destroy(path); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		t.Error("still there:", err)
	}
	raw, err := os.ReadFile(other)
	if err != nil || len(raw) != len(secret) || bytes.Contains(raw, []byte("s")) {
		t.Errorf("%d bytes left, %v", len(raw), err)
	}
}
