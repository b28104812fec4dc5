package e2e

import (
	"strings"
	"syscall"
	"testing"

	"gochat/test/proc"
)

// Of two that are begun in the background with one data directory at the same
// moment one goes on, and the other says why it does not.
func TestTwoDetachAtOnce(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir := w.dir("alice")
	for range 3 {
		var pair [2]*proc.Process
		for i := range pair {
			pair[i] = proc.StartText(t, []string{"one", "other"}[i], w.command("--detach", "--bootnode", w.boot, "--room", w.room, "--data-dir", dir))
		}
		codes := [2]int{pair[0].Exit(patience), pair[1].Exit(patience)}
		loser := 0
		if codes[0] == 0 {
			loser = 1
		}
		if codes[loser] != 1 || codes[1-loser] != 0 {
			t.Errorf("exit codes %v, want 0 and 1", codes)
		}
		pair[loser].WaitStderr(0, patience, "in use")
		if errs := pair[loser].Stderr(); strings.Contains(errs, "goes on in the background") || strings.Contains(errs, "goroutine") {
			t.Errorf("the one that did not begin says:\n%s", errs)
		}
		w.runs(0, "stop", "--data-dir", dir)
		w.runs(1, "stop", "--data-dir", dir) // there was one only
	}
}

// What is attached to is killed: the lines end with what has happened, and the
// exit code says so.
func TestAttachedToIsKilled(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir, pid := w.background("alice")
	reader := proc.StartText(t, "reader", w.attach(dir, "--ui", "plain"))
	reader.WaitStderr(0, patience, w.room)
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	exitsWith(t, reader, 1)
	reader.WaitStderr(0, patience, "gochat: the gochat shown here ended without a word; it may have been killed")
	if errs := reader.Stderr(); strings.Contains(errs, "goes on") {
		t.Errorf("it says:\n%s", errs)
	}
	w.background("alice") // what was left behind keeps nobody out
	w.runs(0, "stop", "--data-dir", dir)
}

// The modes of a terminal, and what a full screen sets, are as before when what is
// attached to is killed.
func TestKilledRestoresTheTerminal(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	dir, pid := w.background("alice")
	x := w.terminal("alice", 80, 24)
	x.write("stty -a > before; " + w.binary + " attach --data-dir " + dir + "; echo left with $?; stty -a > after; echo com''pared")
	x.keys("Enter")
	x.shows("Nobody else is here yet")
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	x.shows("may have been killed", "left with 1", "compared")
	if flags := x.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}#{mouse_any_flag}#{keypad_flag}"); flags != "0100\n" {
		t.Errorf("alternate screen, cursor, mouse, keypad: %s", flags)
	}
	if before, after := read(t, w.home+"/before"), read(t, w.home+"/after"); before != after {
		t.Errorf("the terminal's modes changed:\n%s\n%s", before, after)
	}
}

// Options of attach that have no effect are named, and without a gochat that runs
// there is one to begin.
func TestAttachWarns(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir, _ := w.background("alice")
	guest := proc.StartText(t, "guest", w.attach(dir, "--ui", "plain", "--room", "elsewhere", "--nick", "carol"))
	for _, name := range []string{"--room", "--nick"} {
		guest.WaitStderr(0, patience, "gochat: "+name+" has no effect: gochat attach shows the gochat that runs, as it was started; its commands (/help) change it")
	}
	guest.Type("/detach")
	exitsWith(t, guest, 0)
	if errs := guest.Stderr(); strings.Contains(errs, "--ui has no effect") || strings.Contains(errs, "--data-dir has no effect") {
		t.Errorf("it says:\n%s", errs)
	}
	w.runs(0, "stop", "--data-dir", dir)
	if _, errs := w.runs(1, "attach", "--data-dir", dir); !strings.Contains(errs, "gochat --detach --room NAME begins one in the background") {
		t.Errorf("it says:\n%s", errs)
	}
}

// A bootnode that is named, and runs inside somebody's gochat for other rooms.
func TestBootnodeOfAnotherRoom(t *testing.T) {
	w := newWorld(t)
	alice := w.lan("alice")
	address := alice.Wait(patience, "its own bootnode", proc.Registered).String("address")
	const why = "it serves another room"
	bob := proc.Start(t, "bob", w.command("--bootnode", address, "--room", "another room", "--nick", "bob", "--ui", "json", "--data-dir", w.dir("bob")))
	e := bob.Wait(patience, "the reason", func(e proc.Event) bool {
		return e.Type() == "bootnode" && e.String("state") == "unreachable"
	})
	if e.String("reason") != why {
		t.Errorf("the reason is %q, want %q", e.String("reason"), why)
	}
	carol := proc.StartText(t, "carol", w.command("--bootnode", address, "--room", "another room", "--nick", "carol", "--ui", "plain", "--data-dir", w.dir("carol")))
	carol.WaitStderr(0, patience, "runs inside somebody's gochat, and serves another room; name another bootnode")
	carol.Type("/doctor")
	carol.WaitStderr(0, patience, address+" unreachable: "+why)
	carol.WaitStderr(0, patience, "To do: "+address+" runs inside somebody's gochat")
	if _, errs := w.runs(3, "send", "--bootnode", address, "--room", "another room", "--timeout", "5s", "--data-dir", w.dir("dave"), "hello"); !strings.Contains(errs, address+" runs inside somebody's gochat, and serves another room; name another bootnode") ||
		strings.Contains(errs, "TCP") {
		t.Errorf("send says:\n%s", errs)
	}
	bob.EndInput()
	exitsWith(t, bob, 3)
}
