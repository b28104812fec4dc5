package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"gochat/test/proc"
)

// A conversation that both know waits in the mailbox, too: edits and reactions
// go the same way.
func TestMailboxDirect(t *testing.T) {
	w := newWorld(t)
	w.bootnode("--mailbox-dir", filepath.Join(w.home, "mail"))
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	key := bob.ReadyKey()
	r := alice.Do(map[string]any{"cmd": "msg", "to": []string{key}, "text": "between us"})
	bob.Wait(patience, "the first", proc.Message("between us"))
	deliveredTo(alice, r.String("message_id"), 1)
	for _, p := range []*proc.Process{bob, alice} {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}

	alice = w.json("alice")
	r = alice.Do(map[string]any{"cmd": "msg", "to": []string{key}, "text": "while you are away"})
	if !r.Bool("ok") {
		t.Fatalf("not sent: %s", r.Raw)
	}
	alice.Wait(patience, "her own", func(e proc.Event) bool { return e.Type() == "message" && e.Bool("own") })
	e := alice.Do(map[string]any{"cmd": "edit", "room": r.String("room"), "message_id": r.String("message_id"), "text": "while you were away"})
	if !e.Bool("ok") {
		t.Fatalf("not edited: %s", e.Raw)
	}
	alice.EndInput()
	exitsWith(t, alice, 4)

	bob = w.json("bob")
	bob.Wait(patience, "what waited", func(e proc.Event) bool {
		return (e.Type() == "message" || e.Type() == "changed") && e.String("text") == "while you were away"
	})
	for _, e := range all(bob, proc.AnyMessage) {
		if e.String("room") == w.room {
			t.Errorf("in the room: %s", e.Raw)
		}
	}
}

// A conversation that bob never opened has no box of his: alice is told, and bob
// has the message when they meet.
func TestMailboxDirectUnopened(t *testing.T) {
	w, _, _ := mailboxWorld(t)
	bob := w.json("bob")
	key := bob.ReadyKey()
	bob.Do(map[string]any{"cmd": "quit"})
	exitsWith(t, bob, 0)
	alice := w.json("alice")
	r := alice.Do(map[string]any{"cmd": "msg", "to": []string{key}, "text": "between us"})
	if !r.Bool("ok") {
		t.Fatalf("not sent: %s", r.Raw)
	}
	e := alice.Wait(patience, "that it cannot be kept", notice("mailbox-unknown"))
	if !strings.Contains(e.String("text"), "bob") || !strings.Contains(e.String("text"), "has not opened this conversation") {
		t.Errorf("said: %s", e.Raw)
	}
	bob = w.json("bob")
	gets(t, bob, "between us")
}
