package e2e

import (
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// A named bootnode that never answers: the member says so, keeps trying, and
// ends with 3, which goes before 4.
func TestUnreachableBootnode(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.json("alice", "--drain", "1s"), w.plain("bob", "--drain", "1s")
	alice.Say("nobody will read this")
	alice.EndInput()
	exitsWith(t, alice, 3)
	bob.WaitStderr(0, patience, "bootnode "+w.boot+" does not answer")
	bob.EndInput()
	exitsWith(t, bob, 3)
	bob.WaitStderr(0, patience, "no named bootnode answered")
}

func TestBootnodeThatComesLate(t *testing.T) {
	w := newWorld(t)
	alice := w.json("alice")
	alice.Say("hello")
	e := alice.Wait(patience, "unreachable", func(e proc.Event) bool {
		return e.Type() == "bootnode" && e.String("state") == "unreachable"
	})
	if e.String("address") != w.boot {
		t.Errorf("the event does not name the bootnode: %s", e.Raw)
	}
	w.bootnode()
	start := time.Now()
	alice.Wait(patience, "registration", proc.Registered)
	within(t, time.Since(start), 11*time.Second+slack, "registered") // the longest wait between two tries
	bob := w.json("bob")
	bob.Wait(patience, "hello", proc.Message("hello"))
	alice.EndInput()
	exitsWith(t, alice, 0)
}

func TestBootnodeKey(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode()
	_, key, _ := strings.Cut(boot.Stderr(), "key=")
	key, _, _ = strings.Cut(key, "\n")
	other := "b" + key[1:]
	if key[0] == 'b' {
		other = "c" + key[1:]
	}
	alice := w.json("alice", "--bootnode-key", key)
	alice.Wait(patience, "registration", proc.Registered)
	mallory := w.json("mallory", "--bootnode-key", other)
	exitsWith(t, mallory, 5)
	if e := mallory.Wait(patience, "a notice", notice("bootnode-key-mismatch")); !strings.Contains(e.String("text"), key) {
		t.Errorf("the notice does not name the key: %s", e.Raw)
	}
	eve := w.plain("eve", "--bootnode-key", other)
	exitsWith(t, eve, 5)
	eve.WaitStderr(0, patience, key)
	none(t, alice, 0, "joined", proc.Joined)
}

// Two processes cannot have one data directory; the first is not disturbed.
func TestDataDirInUse(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice")
	alice.Wait(patience, "registration", proc.Registered)
	again := w.json("alice")
	exitsWith(t, again, 1)
	again.WaitStderr(0, patience, "--data-dir")
	boot := proc.StartText(t, "second bootnode", w.command("--mode", "bootnode", "--listen", w.boot, "--data-dir", w.dir("other")))
	exitsWith(t, boot, 1)
	boot.WaitStderr(0, patience, "choose another with --listen")
	bob := w.json("bob")
	meet(alice, bob)
}
