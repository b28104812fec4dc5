package e2e

import (
	"fmt"
	"os"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// lan starts a member without naming a bootnode.
func (w *world) lan(nick string, args ...string) *proc.Process {
	w.t.Helper()
	netspace.Need(w.t)
	return proc.Start(w.t, nick, w.command(append([]string{"--room", w.room, "--nick", nick, "--ui", "json",
		"--data-dir", w.dir(nick)}, args...)...))
}

// meetWithin is meet with a limit from now on.
func meetWithin(t *testing.T, limit time.Duration, members ...*proc.Process) {
	t.Helper()
	start := time.Now()
	meet(members...)
	within(t, time.Since(start), limit, "met")
}

// lanLimit is long: machines that test have other work. How long it takes is a
// matter of the benchmarks.
const lanLimit = 20 * time.Second

func TestNoBootnodeAtOnce(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.lan("alice"), w.lan("bob")
	meetWithin(t, lanLimit, alice, bob)
	deliveredTo(alice, alice.Say("hello"), 1)
	bob.Wait(patience, "hello", proc.Message("hello"))
	alice.EndInput()
	exitsWith(t, alice, 0)
}

// One after the other; then whoever runs the bootnode leaves, or dies, and
// those who are left and a newcomer find each other all the same.
func TestNoBootnodeWhenTheFirstLeaves(t *testing.T) {
	for name, sig := range map[string]os.Signal{"leaves": os.Interrupt, "is killed": os.Kill} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			alice := w.lan("alice")
			alice.Wait(patience, "registration", proc.Registered)
			bob := w.lan("bob")
			meetWithin(t, lanLimit, alice, bob)
			carol := w.lan("carol")
			meetWithin(t, lanLimit, alice, bob, carol)
			alice.Signal(sig)
			alice.Exit(patience)
			mark := bob.Mark()
			bob.Say("the first has gone")
			carol.Wait(patience, "bob's message", proc.Message("the first has gone"))
			dave := w.lan("dave")
			limit := lanLimit
			if sig == os.Kill {
				limit += slack // silence must be noticed first
			}
			meetWithin(t, limit, bob, carol, dave)
			dave.Wait(patience, "bob's message", proc.Message("the first has gone"))
			deliveredTo(bob, bob.Say("all of us are here"), 2)
			none(t, bob, mark, "the link to carol was lost", func(e proc.Event) bool {
				return gone(e) && e.String("peer") == carol.ReadyKey()
			})
		})
	}
}

// Rooms do not mix, whoever runs the bootnode.
func TestNoBootnodeTwoRooms(t *testing.T) {
	w := newWorld(t)
	var groups [2][]*proc.Process
	room := w.room
	for i := range 4 {
		w.room = fmt.Sprint(room, " ", i%2)
		groups[i%2] = append(groups[i%2], w.lan(fmt.Sprint("member", i)))
	}
	for _, group := range groups {
		meetWithin(t, lanLimit, group...)
	}
	for i, group := range groups {
		text := fmt.Sprint("for room ", i)
		deliveredTo(group[0], group[0].Say(text), 1)
		group[1].Wait(patience, text, proc.Message(text))
	}
	for i, group := range groups {
		for _, p := range group {
			for _, stranger := range groups[1-i] {
				none(t, p, 0, "somebody of the other room", func(e proc.Event) bool { return e.String("peer") == stranger.ReadyKey() })
			}
		}
	}
}
