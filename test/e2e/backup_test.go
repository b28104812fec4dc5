package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"gochat/test/proc"
)

// copyDir copies a data directory as a user would.
func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if out, err := exec.Command("cp", "-a", from, to).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// Somebody's data is put back from a copy that lacks what he wrote last, or the
// messages are gone altogether. He asks for what he wrote before he writes on,
// and no chain forks; if nobody is there to ask, neither.
func TestRestoredBackup(t *testing.T) {
	for name, c := range map[string]struct{ restore, alone bool }{
		"a copy": {restore: true}, "a copy, and nobody there": {restore: true, alone: true},
		"no messages": {}, "no messages, and nobody there": {alone: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			alice, bob := w.life("alice"), w.life("bob")
			deliveredTo(alice.Now(), say(alice.Now(), "before", 3), 1)
			alice.Stop()
			copyDir(t, w.dir("alice"), w.dir("copy"))
			alice.Start()
			meet(alice.Now(), bob.Now())
			deliveredTo(alice.Now(), say(alice.Now(), "after", 3), 1)
			alice.Stop()
			if c.alone {
				bob.Stop()
			}
			if c.restore {
				if err := os.RemoveAll(w.dir("alice")); err != nil {
					t.Fatal(err)
				}
				copyDir(t, w.dir("copy"), w.dir("alice"))
			} else {
				moveAway(t, w.dir("alice"))
			}
			alice.Start()
			if c.restore {
				e := alice.Now().Wait(patience, "a word about the copy", notice("history"))
				if e.String("level") != "info" {
					t.Errorf("%s", e.Raw)
				}
			}
			id := alice.Now().Say("from the copy")
			if c.alone {
				bob.Start()
			}
			deliveredTo(alice.Now(), id, 1)
			deliveredTo(alice.Now(), alice.Now().Say("and on"), 1)
			proc.Equal(t, patience, alice.Now(), bob.Now())
			if n := len(proc.SameHistory(t, alice.Now(), bob.Now())); n != 8 {
				t.Errorf("%d messages are there", n)
			}
			for _, l := range []*proc.Life{alice, bob} {
				for _, p := range l.Runs {
					none(t, p, 0, "a fork", notice("fork"))
				}
			}
		})
	}
}

// moveAway does with the messages in a data directory what gochat advises for
// damaged ones.
func moveAway(t testing.TB, dir string) {
	t.Helper()
	for _, file := range []string{"history.db", "history.db-wal"} {
		path := filepath.Join(dir, file)
		if err := os.Rename(path, path+".away"); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
}

// A snapshot of a disk puts old contents in the very place of the files, which
// cannot be noticed. The fork is seen by both, the talk goes on, and all that
// was said is there.
func TestSnapshotForks(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.life("alice"), w.life("bob")
	deliveredTo(alice.Now(), say(alice.Now(), "before", 3), 1)
	alice.Stop()
	path := filepath.Join(w.dir("alice"), "history.db")
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	alice.Start()
	meet(alice.Now(), bob.Now())
	deliveredTo(alice.Now(), say(alice.Now(), "after", 2), 1)
	alice.Stop()
	bob.Stop()
	if _, err := os.Stat(path + "-wal"); err == nil {
		t.Error("a log is left after an orderly end")
	}
	if err := os.WriteFile(path, old, 0o600); err != nil {
		t.Fatal(err)
	}
	alice.Start()
	say(alice.Now(), "from the snapshot", 2)
	bob.Start()
	for _, l := range []*proc.Life{alice, bob} {
		if e := l.Now().Wait(patience, "the fork", notice("fork")); e.String("level") != "warning" {
			t.Errorf("%s", e.Raw)
		}
	}
	deliveredTo(alice.Now(), alice.Now().Say("and on"), 1)
	proc.Equal(t, patience, alice.Now(), bob.Now())
	if n := len(proc.SameHistory(t, alice.Now(), bob.Now())); n != 8 {
		t.Errorf("%d messages are there", n)
	}
}
