package e2e

import (
	"testing"

	"gochat/test/proc"
)

// changed matches the event of a message that was changed, as it is then.
func changed(id string, as func(proc.Event) bool) func(proc.Event) bool {
	return func(e proc.Event) bool { return e.Type() == "changed" && e.String("id") == id && as(e) }
}

func TestVerbs(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	must := func(p *proc.Process, command map[string]any) proc.Event {
		t.Helper()
		r := p.Do(command)
		if !r.Bool("ok") {
			t.Fatalf("%v: %s", command, r.Raw)
		}
		return r
	}

	first := alice.Say("helo")
	bob.Wait(patience, "the message", proc.Message("helo"))
	deliveredTo(alice, must(alice, map[string]any{"cmd": "edit", "message_id": first, "text": "hello"}).String("message_id"), 1)
	bob.Wait(patience, "the edit", changed(first, func(e proc.Event) bool { return e.String("text") == "hello" && e.Bool("edited") }))

	must(bob, map[string]any{"cmd": "react", "message_id": first, "emoji": "👍"})
	alice.Wait(patience, "the reaction", changed(first, func(e proc.Event) bool {
		list := e.List("reactions")
		return len(list) == 1 && list[0]["emoji"] == "👍" && list[0]["own"] == false
	}))
	mark := alice.Mark()
	must(bob, map[string]any{"cmd": "react", "message_id": first, "emoji": "👍", "retract": true})
	alice.WaitAfter(mark, patience, "the reaction taken back", changed(first, func(e proc.Event) bool { return !e.Has("reactions") }))

	must(bob, map[string]any{"cmd": "send", "text": "hi", "reply_to": first})
	reply := alice.Wait(patience, "the reply", proc.Message("hi"))
	if reply.String("reply_to") != first {
		t.Errorf("no reply: %s", reply.Raw)
	}
	r := must(bob, map[string]any{"cmd": "delivery", "message_id": reply.String("id")})
	if list := r.List("delivery"); len(list) != 1 || list[0]["peer"] != alice.ReadyKey() {
		t.Errorf("delivery: %s", r.Raw)
	}

	for command, code := range map[string]string{"edit": "not_own", "delete": "not_own"} {
		r := bob.Do(map[string]any{"cmd": command, "message_id": first, "text": "x"})
		if r.Fields("error")["code"] != code {
			t.Errorf("%s of another's message: %s", command, r.Raw)
		}
	}
	deliveredTo(alice, must(alice, map[string]any{"cmd": "delete", "message_id": first}).String("message_id"), 1)
	bob.Wait(patience, "the delete", changed(first, func(e proc.Event) bool {
		return e.String("content") == "deleted" && e.String("text") == ""
	}))

	for _, p := range []*proc.Process{alice, bob} {
		all := must(p, map[string]any{"cmd": "history"}).List("messages")
		if len(all) != 2 || all[0]["content"] != "deleted" || all[1]["text"] != "hi" {
			t.Fatalf("%s has the history %v", p.Name, all)
		}
		page := must(p, map[string]any{"cmd": "history", "before": all[1]["order"]}).List("messages")
		if len(page) != 1 || page[0]["id"] != first {
			t.Errorf("%s has before the reply: %v", p.Name, page)
		}
		page = must(p, map[string]any{"cmd": "history", "after": all[0]["order"]}).List("messages")
		if len(page) != 1 || page[0]["text"] != "hi" {
			t.Errorf("%s has after the first: %v", p.Name, page)
		}
		if holes := must(p, map[string]any{"cmd": "holes"}); len(holes.List("holes")) != 0 {
			t.Errorf("%s: %s", p.Name, holes.Raw)
		}
	}
	ours := must(alice, map[string]any{"cmd": "same"})
	same := alice.Wait(patience, "the comparison", func(e proc.Event) bool { return e.Type() == "same" })
	theirs := must(bob, map[string]any{"cmd": "same"})
	if !same.Bool("equal") || same.String("peer") != bob.ReadyKey() || ours.Number("asked") != 1 ||
		ours.String("digest") != theirs.String("digest") || ours.Number("records") != theirs.Number("records") {
		t.Errorf("not the same: %s, %s, %s", same.Raw, ours.Raw, theirs.Raw)
	}
	for _, p := range []*proc.Process{alice, bob} {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}
}
