package e2e

import (
	"fmt"
	"os"
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// At the end of input everything is delivered before a member leaves.
func TestEndOfInput(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.json("bob"), w.plain("carol")
	meet(alice, bob)
	alice.Wait(patience, "carol", func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == "carol" })
	for i := range 20 {
		alice.Post(map[string]any{"cmd": "send", "text": fmt.Sprint("message ", i)})
	}
	alice.EndInput()
	exitsWith(t, alice, 0)
	bob.Wait(patience, "alice leaving", proc.Left(alice.ReadyKey()))
	if got := len(all(bob, proc.AnyMessage)); got != 20 {
		t.Errorf("bob has %d messages of 20", got)
	}
	carol.Wait(patience, "the last message", proc.Line(": message 19"))
}

// With something to deliver and nobody there, a member waits for somebody.
func TestEndOfInputWaitsForSomebody(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.plain("alice", "--drain", "60")
	alice.Type("is anybody there?")
	alice.EndInput()
	alice.WaitStderr(0, patience, "registered")
	bob := w.json("bob")
	bob.Wait(patience, "the question", proc.Message("is anybody there?"))
	exitsWith(t, alice, 0)
}

func TestEndOfInputAlone(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice", "--drain", "1s")
	w.room += "!" // another one
	bob := w.plain("bob", "--drain", "1s")
	alice.Say("is anybody there?")
	alice.Wait(patience, "registration", proc.Registered)
	bob.Type("nor here?")
	bob.WaitStderr(0, patience, "registered")
	start := time.Now()
	alice.EndInput()
	bob.EndInput()
	exitsWith(t, alice, 4)
	if d := time.Since(start); d < 900*time.Millisecond {
		t.Errorf("gave up after %v already", d)
	}
	exitsWith(t, bob, 4)
	bob.WaitStderr(0, patience, "not delivered: of 1 messages 1 reached no one")
}

// A member who has joined and says nothing more counts as somebody to wait
// for.
func TestEndOfInputWithADeafMember(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice", "--drain", "1s"), w.json("bob"), w.json("carol")
	meet(alice, bob, carol)
	freeze(t, bob)
	id := alice.Say("bob does not hear this")
	alice.Wait(patience, "delivery to carol", func(e proc.Event) bool {
		return e.Type() == "ack" && e.String("id") == id && e.Number("delivered") == 1 && e.Number("of") == 2
	})
	alice.EndInput()
	exitsWith(t, alice, 4)
	alice.WaitStderr(0, patience, "1 did not reach everyone who stayed")
}

// A named bootnode is given time to answer before a member with nothing to
// say leaves.
func TestEndOfInputWithNothingToSay(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice", "--drain", "60")
	start := time.Now()
	alice.EndInput()
	exitsWith(t, alice, 0)
	if d := time.Since(start); d > 30*time.Second {
		t.Errorf("waited %v for nothing", d)
	}
}

func TestSignals(t *testing.T) {
	for name, sig := range map[string]os.Signal{"interrupt": os.Interrupt, "terminate": syscall.SIGTERM} {
		for _, delivered := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " delivered ", delivered), func(t *testing.T) {
				w := newWorld(t)
				w.bootnode()
				alice, bob := w.json("alice", "--drain", "60"), w.json("bob")
				meet(alice, bob)
				want := 0
				if delivered {
					deliveredTo(alice, alice.Say("hello"), 1)
				} else {
					want = 4
					freeze(t, bob)
					alice.Say("bob does not hear this")
					alice.EndInput() // waits for delivery, but not after a signal
				}
				start := time.Now()
				alice.Signal(sig)
				exitsWith(t, alice, want)
				within(t, time.Since(start), 10*time.Second, "the end")
				if delivered {
					left := bob.Wait(patience, "alice leaving", proc.Left(alice.ReadyKey()))
					within(t, left.At.Sub(start), 10*time.Second, "the news of it")
				}
			})
		}
	}
}

// In the middle of a flood of messages, too, a member leaves in order, and
// those who are left talk on.
func TestLeavingAFlood(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.json("bob"), w.json("carol")
	meet(alice, bob, carol)
	const count = 300
	for i := range count {
		bob.Post(map[string]any{"cmd": "send", "text": fmt.Sprint("message ", i)})
	}
	alice.Wait(patience, "some of the flood", proc.Message("message 50"))
	alice.Signal(os.Interrupt)
	exitsWith(t, alice, 0)
	if s := alice.Stderr(); s != "" {
		t.Errorf("alice complains: %s", s)
	}
	carol.Wait(patience, "the end of the flood", proc.Message(fmt.Sprint("message ", count-1)))
	bob.EndInput()
	exitsWith(t, bob, 0)
	if got := len(all(carol, proc.AnyMessage)); got != count {
		t.Errorf("carol has %d of %d messages", got, count)
	}
}

// What a member has shown counts as delivered, even if it leaves at once.
func TestAcknowledgedBeforeLeaving(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice", "--drain", "1s")
	for i := range 5 {
		bob := w.json(fmt.Sprint("bob", i))
		meet(alice, bob)
		text := fmt.Sprint("message ", i)
		alice.Say(text)
		bob.Wait(patience, text, proc.Message(text))
		bob.Signal(os.Interrupt)
		exitsWith(t, bob, 0)
		alice.Wait(patience, "bob leaving", proc.Left(bob.ReadyKey()))
	}
	alice.EndInput()
	exitsWith(t, alice, 0)
}

// Who leaves is told to all, whatever the front and the way out.
func TestQuit(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.plain("bob"), w.plain("carol")
	for _, nick := range []string{"alice#", "bob#"} {
		carol.WaitStderr(0, patience, nick)
	}
	alice.Wait(patience, "bob", proc.Joined)
	start := time.Now()
	if r := alice.Do(map[string]any{"cmd": "quit"}); !r.Bool("ok") {
		t.Errorf("reply %s", r.Raw)
	}
	bob.Type("/quit")
	exitsWith(t, alice, 0)
	exitsWith(t, bob, 0)
	carol.WaitStderr(0, patience, " left\n")
	within(t, time.Since(start), 10*time.Second, "the end of both")
	carol.Signal(syscall.SIGHUP)
	exitsWith(t, carol, 0)
}
