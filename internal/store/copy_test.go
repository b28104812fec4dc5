package store

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"gochat/internal/netspace"
	"gochat/room"
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

// copied makes a database with one message and the path of a copy to be.
func copied(t *testing.T, key []byte, text string) (from, to string) {
	t.Helper()
	from = dbPath(t)
	made(t, from, key, text)
	return from, filepath.Join(filepath.Dir(from), "copy.db")
}

func TestCopy(t *testing.T) {
	const text = "confidential"
	for name, c := range map[string]struct{ from, to []byte }{
		"lock": {nil, testKey}, "another key": {testKey, otherKey}, "unlock": {testKey, nil}, "plain": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := copied(t, c.from, text)
			if err := os.WriteFile(to, []byte("what was there before"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := Copy(from, c.from, to, c.to); err != nil {
				t.Fatal(err)
			}
			if got := files(t, from); !slices.Equal(got, []string{"copy.db", "copy.db-lock", "history.db", "history.db-lock"}) {
				t.Errorf("left behind %q", got)
			}
			if readable := bytes.Contains(raw(t, to), []byte(text)); readable != (c.to == nil) {
				t.Errorf("the text can be read: %v", readable)
			}
			if err := Destroy(from); err != nil {
				t.Fatal(err)
			}
			if got := files(t, from); !slices.Equal(got, []string{"copy.db", "copy.db-lock", "history.db-lock"}) {
				t.Errorf("left behind %q", got)
			}
			holds(t, to, c.to, text)
		})
	}
}

// A copy is no backup: only files that were put back before it was made are.
func TestCopyIsNotRestored(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("files have no number here")
	}
	for name, want := range map[string]bool{"the files": false, "files put back": true} {
		t.Run(name, func(t *testing.T) {
			from, to := copied(t, nil, "hello")
			if want {
				back := from + "-back"
				copyFile(t, from, back)
				from = back
			}
			if err := Copy(from, nil, to, testKey); err != nil {
				t.Fatal(err)
			}
			db := open(t, to, Options{Key: testKey})
			mark, err := openRoom(t, db, testRoom).Meta(room.MetaRestored)
			if db.Restored() || (mark != nil) != want || err != nil {
				t.Errorf("restored is %v, the mark %x, %v", db.Restored(), mark, err)
			}
		})
	}
}

func TestCopyRefuses(t *testing.T) {
	from, to := copied(t, testKey, "hello")
	if err := Copy(from+"-none", nil, to, testKey); !errors.Is(err, fs.ErrNotExist) {
		t.Error("nothing there:", err)
	}
	for name, c := range map[string]struct {
		from, to []byte
		want     error
	}{
		"no key":    {nil, otherKey, ErrLocked},
		"wrong key": {otherKey, nil, ErrLocked},
	} {
		if err := Copy(from, c.from, to, c.to); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := Copy(from, testKey, to, []byte("short")); err == nil {
		t.Error("a short key")
	}
	writer := open(t, from, Options{Key: testKey})
	if err := Copy(from, testKey, to, nil); !errors.Is(err, ErrInUse) {
		t.Error("beside a writer:", err)
	}
	if err := Destroy(from); !errors.Is(err, ErrInUse) {
		t.Error("destroyed beside a writer:", err)
	}
	writer.Close()
	reader := open(t, from, Options{Key: testKey, ReadOnly: true})
	if err := Copy(from, testKey, to, nil); !errors.Is(err, ErrInUse) {
		t.Error("beside a reader:", err)
	}
	if got := texts(scan(t, openRoom(t, reader, testRoom))); !slices.Equal(got, []string{"hello"}) {
		t.Errorf("the reader has %q", got)
	}
	if got := files(t, from); slices.Contains(got, "copy.db") || slices.Contains(got, "copy.db"+newSuffix) {
		t.Errorf("left behind %q", got)
	}
}

// What a copy that was interrupted leaves is no database, and goes at the next
// start or with the next copy.
func TestCopyInterrupted(t *testing.T) {
	for name, then := range map[string]func(from, to string) error{
		"again":   func(from, to string) error { return Copy(from, nil, to, testKey) },
		"destroy": func(_, to string) error { return Destroy(to) },
		"open": func(_, to string) error {
			db, err := Open(to, Options{Key: testKey})
			if err != nil {
				return err
			}
			return db.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			from, to := copied(t, nil, "hello")
			if err := os.WriteFile(to+newSuffix, []byte("half a database"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := then(from, to); err != nil {
				t.Fatal(err)
			}
			if got := files(t, from); slices.Contains(got, "copy.db"+newSuffix) {
				t.Errorf("left behind %q", got)
			}
			holds(t, from, nil, "hello")
		})
	}
}

// A process that was killed leaves a log, which belongs to what is copied.
func TestCopyAfterCrash(t *testing.T) {
	from, to := copied(t, nil, "hello")
	db := open(t, from, Options{})
	put(t, openRoom(t, db, testRoom), message(bob, 2, "the last words"))
	crashed := filepath.Join(t.TempDir(), "history.db")
	copyFile(t, from, crashed)
	copyFile(t, from+"-wal", crashed+"-wal")
	if err := Copy(crashed, nil, to, testKey); err != nil {
		t.Fatal(err)
	}
	r := openRoom(t, open(t, to, Options{Key: testKey}), testRoom)
	if got := texts(scan(t, r)); !slices.Equal(got, []string{"hello", "the last words"}) {
		t.Errorf("got %q", got)
	}
}

func TestCopyToFullDisk(t *testing.T) {
	from, to := copied(t, nil, "hello")
	d := newDisk()
	d.full.Store(true)
	if err := copyOn(d, from, nil, to, testKey); !errors.Is(err, ErrFull) {
		t.Error(err)
	}
	if got := files(t, from); slices.Contains(got, "copy.db") || slices.Contains(got, "copy.db"+newSuffix) {
		t.Errorf("left behind %q", got)
	}
	holds(t, from, nil, "hello")
}

func TestDestroyFollowsLinks(t *testing.T) {
	path := dbPath(t)
	made(t, path, nil, "hello")
	link := filepath.Join(t.TempDir(), "history.db")
	if err := os.Symlink(path, link); err != nil {
		netspace.Skip(t, "symbolic links: "+err.Error())
	}
	if err := Destroy(link); err != nil {
		t.Fatal(err)
	}
	if got := append(files(t, path), files(t, link)...); !slices.Equal(got, []string{"history.db-lock"}) {
		t.Errorf("left behind %q", got)
	}
	if err := Destroy(link); err != nil {
		t.Error("nothing there:", err)
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
