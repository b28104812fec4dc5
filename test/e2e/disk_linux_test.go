package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// mount mounts for one test, or skips it, loudly, without the right to.
func mount(t testing.TB, source, target, kind string, flags uintptr, data string) {
	t.Helper()
	if err := syscall.Mount(source, target, kind, flags, data); err != nil {
		netspace.Skip(t, "the right to mount: "+err.Error())
	}
	t.Cleanup(func() { _ = syscall.Unmount(target, syscall.MNT_DETACH) })
}

// smallDisk puts somebody's data on a disk of its own.
func (w *world) smallDisk(nick, size string) (dir string) {
	w.t.Helper()
	dir = w.dir(nick)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	mount(w.t, "gochat-e2e", dir, "tmpfs", 0, "mode=700,size="+size)
	return dir
}

// fill leaves no room on a disk until free is called.
func fill(t testing.TB, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, 4096))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		t.Fatal(err)
	}
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// The disk fills up in the middle of a talk: what cannot be stored is refused
// and said so, what was accepted stays, and once there is room all goes on.
func TestDiskFull(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir := w.smallDisk("alice", "8m")
	alice, bob := w.life("alice"), w.life("bob")
	alice.Expected = "store"
	meet(alice.Now(), bob.Now())
	deliveredTo(alice.Now(), alice.Now().Say("before"), 1)

	free := fill(t, dir)
	refused := 0
	for i := 0; i < 500 && refused < 3; i++ {
		text := fmt.Sprint(strings.Repeat("filling the disk ", 1000), i)
		r := alice.Now().Do(map[string]any{"cmd": "send", "text": text})
		if r.Bool("ok") {
			continue
		}
		refused++
		why := r.Fields("error")
		if why["code"] != "not_sent" || !strings.Contains(fmt.Sprint(why["message"]), "the disk is full") {
			t.Errorf("%s", r.Raw)
		}
	}
	if refused == 0 {
		t.Fatal("a full disk takes everything")
	}
	alice.Now().Wait(patience, "a word about the disk", notice("store"))
	bob.Now().Say("alice cannot store this yet")

	free()
	for start := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		if alice.Now().Do(map[string]any{"cmd": "send", "text": "there is room"}).Bool("ok") {
			break
		}
		if time.Since(start) > patience {
			t.Fatal("nothing can be sent after space was freed")
		}
	}
	alice.Now().Wait(patience, "bob's message", proc.Message("alice cannot store this yet"))
	proc.Equal(t, patience, alice.Now(), bob.Now())
	alice.Kill()
	alice.Start()
	proc.Equal(t, patience, alice.Now(), bob.Now())
	proc.LostNothing(t, proc.SameHistory(t, alice.Now(), bob.Now()), alice, bob)

	// Nor does it start on a full disk without a word.
	alice.Stop()
	free = fill(t, dir)
	exitsWith(t, alice.Start(), 1)
	if said := alice.Now().Stderr(); !strings.Contains(said, dir) || !strings.Contains(said, "space") {
		t.Errorf("a full disk at start: %s", said)
	}
	free()
	alice.Start()
	proc.Equal(t, patience, alice.Now(), bob.Now())
	proc.LostNothing(t, proc.SameHistory(t, alice.Now(), bob.Now()), alice, bob)
}

// A directory that cannot be written to.
func TestReadOnlyDirectory(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.life("alice")
	say(alice.Now(), "before", 2)
	alice.Stop()
	dir := w.dir("alice")
	mount(t, dir, dir, "", syscall.MS_BIND, "")
	mount(t, "", dir, "", syscall.MS_REMOUNT|syscall.MS_BIND|syscall.MS_RDONLY, "")
	exitsWith(t, alice.Start(), 1)
	if said := alice.Now().Stderr(); !strings.Contains(said, dir) || !strings.Contains(said, "--data-dir") {
		t.Errorf("it said: %s", said)
	}
	if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
		t.Fatal(err)
	}
	if got := texts(alice.Start()); len(got) != 2 {
		t.Errorf("afterwards there is %q", got)
	}
}
