package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// crash leaves a database as a process that is killed leaves it: by a copy of
// its files at that moment.
func crash(t *testing.T, path string, fill func(r *Room)) (copied string) {
	t.Helper()
	db, err := Open(path, Options{base: newDisk()})
	if err != nil {
		t.Fatal(err)
	}
	fill(openRoom(t, db, testRoom))
	copied = dbPath(t)
	copyFile(t, path, copied)
	copyFile(t, path+"-wal", copied+"-wal")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return copied
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err == nil {
		err = os.WriteFile(to, b, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestCrashedDatabaseGoesOn(t *testing.T) {
	path := crash(t, dbPath(t), func(r *Room) { put(t, r, message(bob, 1, "hello")) })
	for i, crashed := range []bool{true, false} {
		db, err := Open(path, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if db.Crashed() != crashed {
			t.Errorf("start %d: crashed is %v", i, db.Crashed())
		}
		if got := texts(scan(t, openRoom(t, db, testRoom))); !slices.Equal(got, []string{"hello"}) {
			t.Errorf("start %d: %q", i, got)
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// A file put back from a backup, and the log of what came after it, are not
// mixed, whichever of them is the older one.
func TestLogOfAnotherFile(t *testing.T) {
	path := dbPath(t)
	c := newChatter()
	fill := func(n int) func(*Room) {
		return func(r *Room) {
			for range n {
				put(t, r, c.batch(100)...)
			}
		}
	}
	db, err := Open(path, Options{base: newDisk()})
	if err != nil {
		t.Fatal(err)
	}
	fill(8)(openRoom(t, db, testRoom))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	old := dbPath(t)
	copyFile(t, path, old)
	db, err = Open(path, Options{base: newDisk()})
	if err != nil {
		t.Fatal(err)
	}
	fill(30)(openRoom(t, db, testRoom))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	recent := crash(t, path, fill(1))

	mixed := dbPath(t)
	copyFile(t, old, mixed)
	copyFile(t, recent+"-wal", mixed+"-wal")
	before, err := os.ReadFile(mixed)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, mixed, Options{}, ErrCorrupt)
	if after, _ := os.ReadFile(mixed); !slices.Equal(before, after) {
		t.Error("the log was written into the file")
	}
	if _, err := os.Stat(mixed + "-wal"); err != nil {
		t.Error("the log is gone:", err)
	}
	newer := dbPath(t)
	copyFile(t, path, newer)
	db, err = Open(newer, Options{base: newDisk()})
	if err != nil {
		t.Fatal(err)
	}
	fill(10)(openRoom(t, db, testRoom))
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, recent+"-wal", newer+"-wal")
	refused(t, newer, Options{}, ErrCorrupt)
	// Without the log that is not its own, the old file is good.
	if err := os.Remove(mixed + "-wal"); err != nil {
		t.Fatal(err)
	}
	if got := len(scan(t, openRoom(t, open(t, mixed, Options{}), testRoom))); got != 800 {
		t.Errorf("%d records", got)
	}
}

func TestMigrate(t *testing.T) {
	// Version 1 as it was first released, with something in it. It stays
	// here as it is.
	text, err := os.ReadFile("testdata/version1.sql")
	if err != nil {
		t.Fatal(err)
	}
	path := dbPath(t)
	c, err := connect("file:"+path, sqlite3.OPEN_READWRITE|sqlite3.OPEN_CREATE)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Exec(string(text)), c.close()); err != nil {
		t.Fatal(err)
	}
	db := open(t, path, Options{})
	r := openRoom(t, db, testRoom)
	got := scan(t, r)
	if !slices.Equal(texts(got), []string{"hello from version one", ""}) {
		t.Errorf("got %q", texts(got))
	}
	if found, err := r.Search("version hello", "", 5); len(found) != 1 || err != nil {
		t.Error(textsOf(found), err)
	}
	if list, err := r.Unshown(5); len(list) != 1 || err != nil {
		t.Error(list, err)
	}
	if open, err := r.Undelivered(5); len(open) != 1 || len(open[0].Reached) != 1 || err != nil {
		t.Error(open, err)
	}
	if v, err := r.Meta("chain"); string(v) != "7" || err != nil {
		t.Errorf("%q, %v", v, err)
	}
	if err := db.Check(context.Background()); err != nil {
		t.Error(err)
	}
	if err := r.Commit(nil, []wire.RecordID{got[0].ID()}); err != nil {
		t.Error(err)
	}
}

// A step that fails leaves the version before it, whole.
func TestMigrateStepByStep(t *testing.T) {
	path := dbPath(t)
	made(t, path, nil, "hello")
	c, err := connect("file:"+path, sqlite3.OPEN_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	defer c.close()
	version := func() int64 {
		n, err := c.number("PRAGMA user_version")
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	steps := append(schemaSteps(), "CREATE TABLE two (x); INSERT INTO two VALUES (2)", "CREATE TABLE three (x); nonsense")
	if err := migrate(c, steps); err == nil {
		t.Error("nonsense was carried out")
	}
	if v := version(); v != schemaVersion+1 {
		t.Errorf("version %d", v)
	}
	if n, err := c.number("SELECT count(*) FROM sqlite_schema WHERE name = 'three'"); n != 0 || err != nil {
		t.Error("half a step was carried out", err)
	}
	steps[len(steps)-1] = "CREATE TABLE three AS SELECT x + 1 AS x FROM two"
	if err := migrate(c, steps); err != nil {
		t.Fatal(err)
	}
	if x, err := c.number("SELECT x FROM three"); x != 3 || version() != schemaVersion+2 || err != nil {
		t.Error(x, version(), err)
	}
	if err := migrate(c, schemaSteps()); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	refused(t, path, Options{}, ErrNewer)
}

func TestReaderOfOlder(t *testing.T) {
	path := dbPath(t)
	made(t, path, nil, "hello")
	c, err := connect("file:"+path, sqlite3.OPEN_READWRITE)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(c.Exec("PRAGMA user_version = 0"), c.close()); err != nil {
		t.Fatal(err)
	}
	refused(t, path, Options{ReadOnly: true}, ErrOlder)
}

func TestPathsWithStrangeCharacters(t *testing.T) {
	for _, name := range []string{"a b.db", "50%.db", "what?.db", "x#y.db", "ünïcode.db", "a&b=c.db", "%41.db"} {
		if runtime.GOOS == "windows" && strings.ContainsAny(name, "?") {
			continue
		}
		dir := t.TempDir()
		path := filepath.Join(dir, name)
		made(t, path, testKey, "hello")
		holds(t, path, testKey, "hello")
		if err := Copy(path, testKey, path+".copy", nil); err != nil {
			t.Error(err)
		}
		holds(t, path+".copy", nil, "hello")
		if err := Destroy(path + ".copy"); err != nil {
			t.Error(err)
		}
		if got := files(t, path); !slices.Equal(got, []string{name, name + "-lock", name + ".copy-lock"}) {
			t.Errorf("made %q", got)
		}
	}
}

func TestParsePlace(t *testing.T) {
	p := place{clk: 0x123, id: wire.RecordID{1, 31: 2}}
	if got, err := parsePlace(p.String()); got != p || err != nil {
		t.Error(got, err)
	}
	r := newRoom(t)
	for _, bad := range []string{"x", p.String()[1:], p.String() + "0", strings.ToUpper(place{id: wire.RecordID{0xab}}.String()), strings.Replace(p.String(), "0", "+", 1), strings.Repeat("é", 38)} {
		if _, err := parsePlace(bad); !errors.Is(err, ErrOrder) {
			t.Errorf("%q: %v", bad, err)
		}
		_, err1 := r.Page(Stored, bad, 1)
		_, err2 := r.After(Stored, bad, 1)
		_, err3 := r.Search("x", bad, 1)
		for _, err := range []error{err1, err2, err3} {
			if !errors.Is(err, ErrOrder) {
				t.Error(err)
			}
		}
	}
	if !(p.String() < place{clk: 0x124}.String()) || !(p.String() < fmt.Sprint(lastPlace)) {
		t.Error("sorts otherwise")
	}
}
