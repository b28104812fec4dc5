package e2e

import (
	"fmt"
	"testing"

	"gochat/test/proc"
)

// opened matches the event of a conversation that was opened.
func opened(room string) func(proc.Event) bool {
	return func(e proc.Event) bool {
		return e.Type() == "room" && e.String("room") == room && e.String("state") == "joined" && e.Bool("direct")
	}
}

// Of four in a room, three write to each other alone; the fourth sees nothing.
func TestDirect(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	carol, dave := w.plain("carol"), w.json("dave")
	for _, p := range []*proc.Process{alice, bob, dave} {
		for _, q := range []*proc.Process{alice, bob, dave} {
			if p != q {
				p.Wait(patience, q.Name, proc.JoinedAs(q.ReadyKey()))
			}
		}
		carol.WaitStderr(0, patience, p.Name+"#")
	}
	mark := dave.Mark()

	// To one, by nick.
	r := alice.Do(map[string]any{"cmd": "msg", "to": "bob", "text": "psst"})
	if !r.Bool("ok") || r.String("room") != "@bob" || !r.Bool("direct") || r.String("message_id") == "" {
		t.Fatalf("msg: %s", r.Raw)
	}
	bob.Wait(patience, "the conversation", opened("@alice"))
	bob.Wait(patience, "the message", in("@alice", proc.Message("psst")))
	deliveredTo(alice, r.String("message_id"), 1)
	sayIn(t, bob, "@alice", "what is it?")
	alice.Wait(patience, "the answer", in("@bob", proc.Message("what is it?")))

	// By key, and a wrong name.
	if again := alice.Do(map[string]any{"cmd": "msg", "to": []string{bob.ReadyKey()}, "text": "by key"}); again.String("room") != "@bob" {
		t.Errorf("by key: %s", again.Raw)
	}
	if bad := alice.Do(map[string]any{"cmd": "msg", "to": "erin", "text": "x"}); bad.Fields("error")["code"] != "bad_recipient" {
		t.Errorf("to nobody: %s", bad.Raw)
	}
	if bad := alice.Do(map[string]any{"cmd": "join", "room": "@bob"}); bad.Fields("error")["code"] != "not_joined" {
		t.Errorf("a room called like a conversation: %s", bad.Raw)
	}

	// To two, from the plain front.
	carol.Type("/msg alice,bob the three of us")
	three := func(p *proc.Process) string {
		e := p.Wait(patience, "carol's message", proc.Message("the three of us"))
		if r := p.Do(map[string]any{"cmd": "whoami", "room": e.String("room")}); len(r.Strings("members")) != 3 {
			t.Errorf("%s: %s", p.Name, r.Raw)
		}
		return e.String("room")
	}
	inA, inB := three(alice), three(bob)
	sayIn(t, alice, inA, "agreed, says alice")
	sayIn(t, bob, inB, "agreed, says bob")
	for _, name := range []string{"alice", "bob"} {
		carol.Wait(patience, name+"'s answer", proc.Line("agreed, says "+name))
	}
	carol.WaitStderr(0, patience, "what you type goes to @")
	carol.Type("and a plain line")
	alice.Wait(patience, "a plain line", in(inA, proc.Message("and a plain line")))
	bob.Wait(patience, "a plain line", in(inB, proc.Message("and a plain line")))

	none(t, dave, mark, "something of a conversation", func(e proc.Event) bool {
		return e.Type() == "message" || e.Type() == "room" || e.Has("room") && e.String("room") != w.room
	})
	if r := dave.Do(map[string]any{"cmd": "rooms"}); len(r.List("rooms")) != 1 {
		t.Errorf("dave is in %s", r.Raw)
	}
	for _, p := range []*proc.Process{alice, bob, carol, dave} {
		p.EndInput()
	}
	for _, p := range []*proc.Process{alice, bob, carol, dave} {
		exitsWith(t, p, 0)
	}
}

// What is written to somebody by key, who is not there, arrives when he comes; no
// room has to be shared. Both have to name the other.
func TestDirectByKeyAlone(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	bob := w.json("bob")
	key := bob.ReadyKey()
	alice := w.inRooms("alice", "json", []string{"elsewhere"})
	mark := alice.Mark()
	r := alice.Do(map[string]any{"cmd": "msg", "to": key, "text": "come here"})
	if !r.Bool("ok") {
		t.Fatalf("%s", r.Raw)
	}
	none(t, alice, mark, "bob, who does not know of it", proc.Joined)
	if r := bob.Do(map[string]any{"cmd": "msg", "to": alice.ReadyKey()}); !r.Bool("ok") || r.Has("message_id") {
		t.Fatalf("%s", r.Raw)
	}
	bob.Wait(patience, "the message", proc.Message("come here"))
	deliveredTo(alice, r.String("message_id"), 1)
	if list := fmt.Sprint(alice.Do(map[string]any{"cmd": "peers", "room": r.String("room")}).List("peers")); list == "[]" {
		t.Error("bob is not in the conversation")
	}
	for _, p := range []*proc.Process{alice, bob} {
		p.EndInput()
		exitsWith(t, p, 0)
	}
}

// Without a bootnode a conversation goes on when the room it was begun in is
// left, and comes up again for who comes back.
func TestDirectNoBootnode(t *testing.T) {
	w := newWorld(t)
	alice, bob := w.lan("alice"), w.lan("bob")
	meet(alice, bob)
	r := alice.Do(map[string]any{"cmd": "msg", "to": "bob", "text": "one"})
	bob.Wait(patience, "one", in("@alice", proc.Message("one")))
	deliveredTo(alice, r.String("message_id"), 1)
	for _, p := range []*proc.Process{alice, bob} {
		p.Do(map[string]any{"cmd": "part", "room": w.room})
	}
	deliveredTo(bob, sayIn(t, bob, "@alice", "two"), 1)
	alice.Wait(patience, "two", in("@bob", proc.Message("two")))
	alice.EndInput()
	exitsWith(t, alice, 0)
	bob.Wait(patience, "alice leaving", in("@alice", proc.Left(alice.ReadyKey())))
	sayIn(t, bob, "@alice", "three")
	alice = proc.Start(t, "alice", w.command("--room", "elsewhere", "--nick", "alice", "--ui", "json", "--data-dir", w.dir("alice")))
	if r := alice.Do(map[string]any{"cmd": "msg", "to": bob.ReadyKey()}); !r.Bool("ok") {
		t.Fatalf("%s", r.Raw)
	}
	alice.Wait(patience, "three", proc.Message("three"))
	for _, p := range []*proc.Process{alice, bob} {
		p.EndInput()
		exitsWith(t, p, 0)
	}
}

// Conversations and what was written in them outlive the processes.
func TestDirectOverRestarts(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	start := func() (alice, bob, carol *proc.Process) {
		alice, bob, carol = w.json("alice"), w.json("bob"), w.json("carol")
		meet(alice, bob, carol)
		return alice, bob, carol
	}
	alice, bob, carol := start()
	r := alice.Do(map[string]any{"cmd": "msg", "to": "bob", "text": "one"})
	deliveredTo(alice, r.String("message_id"), 1)
	r = alice.Do(map[string]any{"cmd": "msg", "to": []string{"bob", "carol"}, "text": "two"})
	deliveredTo(alice, r.String("message_id"), 2)
	bob.EndInput()
	exitsWith(t, bob, 0)
	alice.Wait(patience, "bob leaving", in("@bob", proc.Left(bob.ReadyKey())))
	sayIn(t, alice, "@bob", "while bob was away")
	carol.Do(map[string]any{"cmd": "part", "room": carol.Wait(patience, "two", proc.Message("two")).String("room")})
	for _, p := range []*proc.Process{alice, carol} {
		p.Do(map[string]any{"cmd": "quit"})
		p.Exit(patience)
	}

	alice, bob, carol = start()
	for p, want := range map[*proc.Process][]string{
		alice: {"@bob", "@bob,carol"}, bob: {"@alice", "@alice,carol"}, carol: nil,
	} {
		var got []string
		for _, r := range p.Wait(patience, "ready", proc.Ready).List("rooms")[1:] {
			got = append(got, fmt.Sprint(r["room"]))
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%s is back in %v, want %v", p.Name, got, want)
		}
	}
	bob.Wait(patience, "what was written meanwhile", in("@alice", proc.Message("while bob was away")))
	deliveredTo(bob, sayIn(t, bob, "@alice,carol", "three"), 1)
	alice.Wait(patience, "three", in("@bob,carol", proc.Message("three")))
	none(t, bob, 0, "a message shown twice", proc.Message("one"))
	none(t, carol, 0, "something of what was left", func(e proc.Event) bool { return e.Type() == "message" })
	for _, p := range []*proc.Process{alice, bob, carol} {
		p.EndInput()
		exitsWith(t, p, 0)
	}
}
