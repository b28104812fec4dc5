package e2e

import (
	"strings"
	"testing"

	"gochat/test/proc"
)

// Who follows a room before anything is known of it sees what is said in it later.
func TestFollowFromTheFirst(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	tail := proc.StartText(t, "tail", w.command("tail", "--room", w.room, "--follow", "--data-dir", w.dir("alice")))
	tail.WaitStderr(0, patience, "nothing is stored of the room "+w.room+" here yet; waiting for it")
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	bob.Say("the first word")
	tail.Wait(patience, "the message", func(e proc.Event) bool { return strings.HasSuffix(string(e.Raw), "the first word") })

	if out, errs := w.runs(0, "search", "--room", w.room, "--data-dir", w.dir("alice"), "first"); !strings.Contains(out, "the first word") || errs != "" {
		t.Errorf("%q, %q", out, errs)
	}
	if out, errs := w.runs(0, "search", "--room", w.room, "--data-dir", w.dir("alice"), "second"); out != "" || !strings.Contains(errs, "nothing found in "+w.room) {
		t.Errorf("%q, %q", out, errs)
	}
}
