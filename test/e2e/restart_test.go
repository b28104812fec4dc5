package e2e

import (
	"fmt"
	"os"
	"slices"
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// The bootnode ends and comes back with the same address and key. Links
// survive, everybody registers anew within a beat, newcomers find all.
func TestBootnodeRestart(t *testing.T) {
	for name, sig := range map[string]os.Signal{"terminated": syscall.SIGTERM, "killed": os.Kill} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			boot := w.bootnode(quick...)
			alice, bob := w.json("alice"), w.json("bob")
			meet(alice, bob)
			for _, p := range []*proc.Process{alice, bob} {
				p.Wait(patience, "a direct path", proc.JoinedBy("direct"))
			}
			mark := map[*proc.Process]int{alice: alice.Mark(), bob: bob.Mark()}
			boot.Signal(sig)
			if code := boot.Exit(patience); sig == syscall.SIGTERM && code != 0 {
				t.Errorf("the bootnode ended with %d", code)
			}
			deliveredTo(alice, alice.Say("without a bootnode"), 1)
			w.bootnode(quick...)
			carol := w.json("carol")
			start := carol.Wait(patience, "registration", proc.Registered).At
			meet(alice, bob, carol)
			for _, p := range []*proc.Process{alice, bob} {
				e := p.WaitAfter(mark[p], patience, "carol", proc.JoinedAs(carol.ReadyKey()))
				within(t, e.At.Sub(start), 7*time.Second, fmt.Sprint(p.Name, " met the newcomer"))
				none(t, p, mark[p], "a link was lost", gone)
			}
			sameRoom(t, []*proc.Process{alice, bob, carol}, []string{"without a bootnode"})
		})
	}
}

// While the bootnode is away members learn of it, and that it is back.
func TestBootnodeAway(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode(quick...)
	alice, bob := w.json("alice"), w.plain("bob")
	alice.Wait(patience, "bob", proc.JoinedBy("direct")) // else the link goes with the bootnode
	boot.Kill()
	alice.Wait(patience, "unreachable", func(e proc.Event) bool {
		return e.Type() == "bootnode" && e.String("state") == "unreachable"
	})
	bob.WaitStderr(0, patience, "does not answer")
	mark, lines := alice.Mark(), len(bob.Stderr())
	w.bootnode(quick...)
	alice.WaitAfter(mark, patience, "registration", proc.Registered)
	bob.WaitStderr(lines, patience, "registered")
	none(t, alice, 0, "a link was lost", gone)
	alice.EndInput()
	exitsWith(t, alice, 0)
}

// A bootnode that was set up anew has another key: a warning, and on it goes.
func TestBootnodeWithAnotherKey(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode(quick...)
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	bob.Signal(os.Interrupt)
	exitsWith(t, bob, 0)
	boot.Kill()
	boot.Exit(patience)
	if err := os.RemoveAll(w.dir("bootnode")); err != nil {
		t.Fatal(err)
	}
	mark := alice.Mark()
	w.bootnode(quick...)
	bob = w.json("bob") // started anew, but remembers
	for _, p := range []*proc.Process{alice, bob} {
		e := p.WaitAfter(map[*proc.Process]int{alice: mark}[p], patience, "a warning", notice("bootnode-key-changed"))
		if e.String("level") != "warning" {
			t.Errorf("%s: %s", p.Name, e.Raw)
		}
	}
	alice.WaitAfter(mark, patience, "bob again", proc.JoinedAs(bob.ReadyKey()))
	bob.Wait(patience, "alice", proc.JoinedAs(alice.ReadyKey()))
	deliveredTo(alice, alice.Say("and on it goes"), 1)
	bob.Signal(os.Interrupt)
	exitsWith(t, bob, 0)
	mark = alice.Mark()
	again := w.json("bob") // warned once is enough
	alice.WaitAfter(mark, patience, "bob", proc.Joined)
	none(t, again, 0, "warned again", notice("bootnode-key-changed"))
}

// A member dies without a word. The others notice within the timeout and
// three seconds; with the same data it comes back as the same member.
func TestKilledMember(t *testing.T) {
	w := newWorld(t)
	w.bootnode(quick...)
	alice, bob, carol := w.json("alice"), w.json("bob"), w.plain("carol")
	meet(alice, bob)
	carol.WaitStderr(0, patience, "alice#")
	key := alice.ReadyKey()
	deliveredTo(alice, alice.Say("before"), 2)
	start, mark := time.Now(), bob.Mark()
	alice.Kill()
	alice.Exit(patience)
	left := bob.Wait(patience, "alice leaving", proc.Left(key))
	within(t, left.At.Sub(start), 4*time.Second+3*time.Second+slack, "missed")
	carol.WaitStderr(0, patience, " left\n")
	carolSaw := len(carol.Stderr())
	none(t, bob, mark, "carol was missed too", func(e proc.Event) bool { return gone(e) && e.String("peer") != key })

	bob.Say("while alice was away")
	mark = bob.Mark()
	again := w.json("alice")
	if k := again.ReadyKey(); k != key {
		t.Errorf("came back as %s, was %s", k, key)
	}
	if e := bob.WaitAfter(mark, patience, "alice again", proc.JoinedAs(key)); e.Bool("impostor") {
		t.Errorf("marked: %s", e.Raw)
	}
	carol.WaitStderr(carolSaw, patience, "alice#")
	again.Wait(patience, "what was missed", proc.Message("while alice was away"))
	deliveredTo(again, again.Say("after"), 2)
	bob.Wait(patience, "after", proc.Message("after"))
	for _, p := range []*proc.Process{again, bob} { // each was told of everything once, and has it all
		var texts []string
		for _, m := range p.Do(map[string]any{"cmd": "history"}).List("messages") {
			texts = append(texts, m["text"].(string))
		}
		if want := []string{"before", "while alice was away", "after"}; !slices.Equal(texts, want) {
			t.Errorf("%s has %q", p.Name, texts)
		}
	}
	none(t, again, 0, "told what she had said herself", proc.Message("before"))
	for _, p := range []*proc.Process{again, bob} {
		none(t, p, 0, "a warning", proc.Complaint)
	}
}
