package e2e

import (
	"fmt"
	"slices"
	"testing"

	"gochat/test/proc"
)

// say sends as many messages and returns the last one's id.
func say(p *proc.Process, what string, n int) (last string) {
	for i := range n {
		last = p.Say(fmt.Sprint(what, " ", i+1))
	}
	return last
}

// Two who are never there at the same time write, each alone, and end. When
// they meet both have everything, each message is shown once, and what was
// written in an earlier run is acknowledged in this one.
func TestDaysApart(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.life("alice")
	fromAlice := say(alice.Now(), "alice, alone", 3)
	alice.Stop()
	bob := w.life("bob")
	fromBob := say(bob.Now(), "bob, alone", 3)
	bob.Stop()
	alice.Start()
	bob.Start()
	for l, id := range map[*proc.Life]string{alice: fromAlice, bob: fromBob} {
		deliveredTo(l.Now(), id, 1)
		r := l.Now().Do(map[string]any{"cmd": "delivery", "message_id": id})
		if d := r.List("delivery"); len(d) != 1 || d[0]["state"] != "reached" {
			t.Errorf("%s: %s", l.Now().Name, r.Raw)
		}
	}
	proc.Equal(t, patience, alice.Now(), bob.Now())
	said := proc.SameHistory(t, alice.Now(), bob.Now())
	if len(said) != 6 {
		t.Errorf("%d messages are there", len(said))
	}
	proc.LostNothing(t, said, alice, bob)

	// Undelivered, restarted, killed, restarted: still on its way.
	bob.Stop()
	waits := say(alice.Now(), "bob is away", 2)
	alice.Stop()
	alice.Start().ReadyKey()
	alice.Kill()
	alice.Start()
	bob.Start()
	deliveredTo(alice.Now(), waits, 1)

	// Who comes late has the past, after a restart too, and is told of it once.
	alice.Stop()
	carol := w.life("carol")
	proc.Equal(t, patience, bob.Now(), carol.Now())
	bob.Stop()
	carol.Stop()
	carol.Start()
	if got := texts(carol.Now()); len(got) != 8 {
		t.Errorf("carol, alone again, lists %q", got)
	}
	alice.Start()
	bob.Start()
	deliveredTo(carol.Now(), carol.Now().Say("all there"), 2)
	proc.Equal(t, patience, alice.Now(), bob.Now(), carol.Now())
	proc.LostNothing(t, proc.SameHistory(t, alice.Now(), bob.Now(), carol.Now()), alice, bob, carol)
}

// texts are what a member's history says.
func texts(p *proc.Process) (out []string) {
	for _, m := range p.History() {
		out = append(out, fmt.Sprint(m["text"]))
	}
	return out
}

// The past comes in pages, the latest first, also after a restart.
func TestPagesOfThePast(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.life("alice")
	say(alice.Now(), "line", 25)
	alice.Stop()
	alice.Start()
	var pages [][]string
	before := ""
	for {
		command := map[string]any{"cmd": "history", "limit": 10}
		if before != "" {
			command["before"] = before
		}
		list := alice.Now().Do(command).List("messages")
		if len(list) == 0 {
			break
		}
		before = fmt.Sprint(list[0]["order"])
		var page []string
		for _, m := range list {
			page = append(page, fmt.Sprint(m["text"]))
		}
		pages = append(pages, page)
	}
	slices.Reverse(pages)
	if got := slices.Concat(pages...); len(pages) != 3 || !slices.Equal(got, texts(alice.Now())) || len(got) != 25 {
		t.Errorf("pages %q", pages)
	}
	none(t, alice.Now(), 0, "shown again", isMessage)
}
