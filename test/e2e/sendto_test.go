package e2e

import (
	"testing"

	"gochat/test/proc"
)

// A message to a key, in groups as /whois shows it, arrives without a running gochat: the other is met in a
// room that is named, or in one that was joined before.
func TestSendToKey(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	bob, dave := w.json("bob"), w.json("dave")
	meet(bob, dave)
	send := func(text string, more ...string) *proc.Process {
		args := append([]string{"send", "--data-dir", w.dir("carol"), "--bootnode", w.boot, "--to", bob.ReadyKey()[:20] + " " + bob.ReadyKey()[20:]}, more...)
		return proc.StartText(t, "carol", w.command(append(args, text)...))
	}
	exitsWith(t, send("never met", "--timeout", "5s"), 4)
	exitsWith(t, send("by a named room", "--room", w.room), 0)
	e := bob.Wait(patience, "the message", proc.Message("by a named room"))
	bob.Wait(patience, "the conversation", opened(e.String("room")))
	bob.Wait(patience, "what was kept", proc.Message("never met"))
	exitsWith(t, send("by a remembered room"), 0)
	bob.Wait(patience, "the message", in(e.String("room"), proc.Message("by a remembered room")))
	none(t, dave, 0, "something of the conversation", func(e proc.Event) bool {
		return e.Type() == "message" || e.Type() == "room"
	})
	// Whoever is sought leaves no trace in the room.
	if r := dave.Do(map[string]any{"cmd": "same"}); r.Number("records") != 2 {
		t.Errorf("besides the nicks of two there is more: %s", r.Raw)
	}

	bob.EndInput()
	exitsWith(t, bob, 0)
	exitsWith(t, send("nobody there", "--timeout", "5s"), 4)
}
