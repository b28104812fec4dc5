package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"

	"gochat/test/proc"
)

// told is a peer event about somebody.
func told(key string, fits func(proc.Event) bool) func(proc.Event) bool {
	return func(e proc.Event) bool { return e.Type() == "peer" && e.String("peer") == key && fits(e) }
}

func historyOf(p *proc.Process) (texts []string) {
	for _, m := range p.Do(map[string]any{"cmd": "history"}).List("messages") {
		texts = append(texts, m["text"].(string))
	}
	return texts
}

// Who is ignored is not heard of, also after a restart, and what he said is there
// when he is ignored no more.
func TestIgnore(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	key := bob.ReadyKey()
	deliveredTo(bob, bob.Say("before"), 1)
	mark := alice.Mark()
	alice.Do(map[string]any{"cmd": "ignore", "to": "bob"})
	alice.WaitAfter(mark, patience, "the event", func(e proc.Event) bool { return e.Type() == "ignore" && e.String("peer") == key && e.Bool("ignored") })
	alice.WaitAfter(mark, patience, "bob, ignored", told(key, func(e proc.Event) bool { return e.Bool("ignored") }))
	deliveredTo(bob, bob.Say("noise"), 1)
	bob.Do(map[string]any{"cmd": "msg", "to": "alice", "text": "psst"})
	deliveredTo(alice, alice.Say("he hears me"), 1)
	if got := historyOf(alice); !slices.Equal(got, []string{"he hears me"}) {
		t.Errorf("alice's history: %q", got)
	}

	if r := alice.Do(map[string]any{"cmd": "mute"}); r.String("muted") != "but-mentions" {
		t.Errorf("mute: %s", r.Raw)
	}

	alice.Signal(os.Interrupt)
	exitsWith(t, alice, 0)
	out, err := w.command("tail", "--room", w.room, "--data-dir", w.dir("alice")).Output()
	if err != nil || strings.Contains(string(out), "noise") || !strings.Contains(string(out), "he hears me") {
		t.Errorf("tail: %v\n%s", err, out)
	}
	alice = w.json("alice")
	if ready := alice.Wait(patience, "ready", proc.Ready); ready.String("muted") != "but-mentions" {
		t.Errorf("the room is not muted any more: %s", ready.Raw)
	}
	meet(alice, bob)
	deliveredTo(bob, bob.Say("more noise"), 1)
	reply := alice.Do(map[string]any{"cmd": "unignore", "to": "bob"})
	if list := reply.List("ignored"); len(list) != 0 || reply.String("peer") != key {
		t.Errorf("unignore: %s", reply.Raw)
	}
	bob.Say("after")
	alice.Wait(patience, "what bob says now", proc.Message("after"))
	none(t, alice, 0, "what bob said meanwhile", func(e proc.Event) bool {
		return strings.Contains(e.String("text"), "noise")
	})
	if got := historyOf(alice); !slices.Contains(got, "noise") || !slices.Contains(got, "more noise") {
		t.Errorf("alice's history after all: %q", got)
	}
	alice.Wait(patience, "the conversation that bob began", func(e proc.Event) bool {
		return e.Type() == "room" && e.String("state") == "joined" && e.Bool("direct")
	})
}

// Others see that somebody is away, and why, until he is back or starts anew.
func TestAway(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	key := bob.ReadyKey()
	away := func(status string) func(proc.Event) bool {
		return told(key, func(e proc.Event) bool { return e.Bool("away") && e.String("status") == status })
	}
	here := told(key, func(e proc.Event) bool { return e.String("state") == "joined" && !e.Bool("away") })
	bob.Do(map[string]any{"cmd": "away", "text": "tea\nand cake"})
	alice.Wait(patience, "bob, away", away("tea and cake"))
	carol := w.json("carol")
	carol.Wait(patience, "bob, away", away("tea and cake"))
	mark := alice.Mark()
	bob.Do(map[string]any{"cmd": "back"})
	alice.WaitAfter(mark, patience, "bob, back", here)
	mark = alice.Mark()
	bob.Do(map[string]any{"cmd": "away"})
	alice.WaitAfter(mark, patience, "bob, away", away(""))
	bob.Signal(os.Interrupt)
	exitsWith(t, bob, 0)
	alice.WaitAfter(mark, patience, "bob, gone", proc.Left(key))
	mark = alice.Mark()
	w.json("bob")
	alice.WaitAfter(mark, patience, "bob, here", here)
}

// The name of a verified key is refused to others.
func TestVerifiedNameIsRefused(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	alice.Do(map[string]any{"cmd": "verified", "to": "bob"})
	mallory := proc.Start(t, "mallory", w.command("--bootnode", w.boot, "--room", w.room, "--nick", "bob",
		"--ui", "json", "--data-dir", w.dir("mallory")))
	key := mallory.ReadyKey()
	e := alice.Wait(patience, "mallory", proc.JoinedAs(key))
	if e.String("nick") == "bob" || e.String("claims") != "bob" || e.Bool("impostor") {
		t.Errorf("mallory: %s", e.Raw)
	}
	alice.Wait(patience, "the notice", notice("nick-refused"))
	mallory.Say("I am bob")
	if m := alice.Wait(patience, "mallory's message", proc.Message("I am bob")); m.String("nick") != e.String("nick") {
		t.Errorf("the message: %s", m.Raw)
	}
	// The name means bob alone.
	if r := alice.Do(map[string]any{"cmd": "verify", "to": "bob"}); r.String("peer") != bob.ReadyKey() {
		t.Errorf("bob is %s", r.Raw)
	}
}
