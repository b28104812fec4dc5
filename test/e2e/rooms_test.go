package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gochat/test/proc"
)

// in matches what concerns a room.
func in(room string, match func(proc.Event) bool) func(proc.Event) bool {
	return func(e proc.Event) bool { return e.String("room") == room && match(e) }
}

// sayIn sends a message to a room and returns its id.
func sayIn(t testing.TB, p *proc.Process, room, text string) string {
	t.Helper()
	r := p.Do(map[string]any{"cmd": "send", "room": room, "text": text})
	if !r.Bool("ok") {
		t.Fatalf("%s: send to %s was refused: %s", p.Name, room, r.Raw)
	}
	return r.String("message_id")
}

// meetIn waits until each of the members has joined every other in a room.
func meetIn(room string, members ...*proc.Process) {
	for _, p := range members {
		for _, q := range members {
			if p != q {
				p.Wait(patience, q.Name+" in "+room, in(room, proc.JoinedAs(q.ReadyKey())))
			}
		}
	}
}

// rooms are the arguments for several rooms.
func rooms(names ...string) (args []string) {
	for _, name := range names {
		args = append(args, "--room", name)
	}
	return args
}

// inRooms starts a member of rooms other than the world's.
func (w *world) inRooms(nick, ui string, names []string, args ...string) *proc.Process {
	w.t.Helper()
	room := w.room
	w.room = names[0]
	defer func() { w.room = room }()
	args = append(rooms(names[1:]...), args...)
	if ui == "json" {
		return w.json(nick, args...)
	}
	return w.plain(nick, args...)
}

// Two members share three rooms, others one of them. What is said in a room
// stays there, and rooms are joined and parted meanwhile.
func TestSeveralRooms(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.inRooms("alice", "json", []string{"a", "b", "a, b and c"})
	bob := w.inRooms("bob", "json", []string{"a, b and c", "b", "a"})
	carol := w.inRooms("carol", "json", []string{"a"})
	dave := w.inRooms("dave", "json", []string{"b"})
	meetIn("a", alice, bob, carol)
	meetIn("b", alice, bob, dave)
	meetIn("a, b and c", alice, bob)
	var listed []string
	for _, r := range alice.Wait(patience, "ready", proc.Ready).List("rooms") {
		listed = append(listed, fmt.Sprint(r["room"]))
	}
	if got := strings.Join(listed, "|"); got != "a|b|a, b and c" {
		t.Errorf("ready lists the rooms %s", got)
	}

	deliveredTo(alice, alice.Say("to the first"), 2)
	deliveredTo(bob, sayIn(t, bob, "b", "to b"), 2)
	deliveredTo(bob, bob.Say("to us two"), 1)
	carol.Wait(patience, "the message", in("a", proc.Message("to the first")))
	dave.Wait(patience, "the message", in("b", proc.Message("to b")))
	alice.Wait(patience, "the message", in("a, b and c", proc.Message("to us two")))

	// Dave comes to another room, and alice leaves one.
	if r := dave.Do(map[string]any{"cmd": "join", "room": "a"}); !r.Bool("ok") || r.Bool("private") || r.String("room_word") == "" {
		t.Errorf("join: %s", r.Raw)
	}
	dave.Wait(patience, "joining", func(e proc.Event) bool {
		return e.Type() == "room" && e.String("room") == "a" && e.String("state") == "joined"
	})
	meetIn("a", alice, bob, carol, dave)
	dave.Wait(patience, "the past", in("a", proc.Message("to the first")))
	mark := bob.Mark()
	if r := alice.Do(map[string]any{"cmd": "part", "room": "b"}); !r.Bool("ok") {
		t.Errorf("part: %s", r.Raw)
	}
	for _, p := range []*proc.Process{bob, dave} {
		p.Wait(patience, "alice leaving b", in("b", proc.Left(alice.ReadyKey())))
	}
	alice.Wait(patience, "leaving b", func(e proc.Event) bool {
		return e.Type() == "room" && e.String("room") == "b" && e.String("state") == "parted"
	})
	parted := alice.Mark()
	deliveredTo(bob, sayIn(t, bob, "b", "without alice"), 1)
	deliveredTo(alice, sayIn(t, alice, "a, b and c", "and on we go"), 1)
	none(t, bob, mark, "alice left another room", func(e proc.Event) bool { return gone(e) && e.String("room") != "b" })
	none(t, alice, parted, "something of a room that was left", func(e proc.Event) bool { return e.String("room") == "b" })
	if r := alice.Do(map[string]any{"cmd": "send", "room": "b", "text": "x"}); r.Fields("error")["code"] != "unknown_room" {
		t.Errorf("send to a room that was left: %s", r.Raw)
	}

	// Back again, with what was said meanwhile.
	alice.Do(map[string]any{"cmd": "join", "room": "b"})
	alice.Wait(patience, "what was missed", in("b", proc.Message("without alice")))
	for _, p := range []*proc.Process{carol} {
		none(t, p, 0, "something of another room", func(e proc.Event) bool { return e.Has("room") && e.String("room") != "a" })
	}
	for _, p := range []*proc.Process{alice, bob, carol, dave} {
		p.EndInput()
	}
	for _, p := range []*proc.Process{alice, bob, carol, dave} {
		exitsWith(t, p, 0)
	}
}

// What is not delivered in any of the rooms counts, in one that was left too.
func TestExitCodeOfSeveralRooms(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	for name, leave := range map[string]bool{"stays": false, "parts": true} {
		a, b := "a"+name, "b"+name
		alice := w.inRooms("alice "+name, "json", []string{a, b}, "--nick", "alice", "--drain", "1s")
		bob := w.inRooms("bob "+name, "json", []string{a}, "--nick", "bob")
		meetIn(a, alice, bob)
		deliveredTo(alice, sayIn(t, alice, a, "hello"), 1)
		sayIn(t, alice, b, "nobody hears this")
		if leave {
			alice.Do(map[string]any{"cmd": "part", "room": b})
		}
		alice.EndInput()
		exitsWith(t, alice, 4)
		alice.WaitStderr(0, patience, "of 2 messages 1 reached no one")
	}
}

// Each private room has its own secret, and an open one has none.
func TestSecretsOfSeveralRooms(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	for name, secret := range map[string]string{"family": "swordfish", "work": "sardine"} {
		if err := os.WriteFile(filepath.Join(w.home, name), []byte(secret+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	all := []string{"lobby", "family", "work"}
	alice := w.inRooms("alice", "json", all, "--secret-file", "family=family", "--secret-file", "work=work")
	bob := w.inRooms("bob", "json", []string{"lobby"})
	meetIn("lobby", alice, bob)
	for name, secret := range map[string]string{"family": "swordfish", "work": "wrong"} {
		if r := bob.Do(map[string]any{"cmd": "join", "room": name, "secret": secret}); !r.Bool("private") {
			t.Errorf("%s", r.Raw)
		}
	}
	meetIn("family", alice, bob)
	deliveredTo(alice, sayIn(t, alice, "family", "dinner"), 1)
	sayIn(t, bob, "work", "is anybody here?")
	deliveredTo(bob, sayIn(t, bob, "family", "coming"), 1)
	for _, p := range []*proc.Process{alice, bob} {
		none(t, p, 0, "met without the same secret", in("work", proc.Joined))
	}
	none(t, alice, 0, "read without the same secret", proc.Message("is anybody here?"))
}

// The plain front with several rooms: every line says which room it is about.
func TestPlainSeveralRooms(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.inRooms("alice", "plain", []string{"tea", "cake"})
	bob := w.inRooms("bob", "plain", []string{"cake"})
	bob.WaitStderr(0, patience, "alice#")
	bob.Type("one\\n")
	alice.Wait(patience, "bob's message", proc.Line("cake: "))
	alice.WaitStderr(0, patience, "what you type goes to tea; ")
	alice.Type("/room cake")
	alice.WaitStderr(0, patience, "what you type goes to cake; ")
	alice.Type("to cake")
	e := bob.Wait(patience, "alice's message", proc.Line(": to cake"))
	if strings.HasPrefix(string(e.Raw), "cake: ") {
		t.Errorf("with one room a line has a prefix: %s", e.Raw)
	}
	bob.Type("/join tea")
	bob.WaitStderr(0, patience, "tea: alice#")
	bob.Type("to tea")
	alice.Wait(patience, "bob's message", proc.Line(": to tea"))
	mark := len(alice.Stderr())
	bob.Type("/part")
	alice.WaitStderr(mark, patience, "tea: bob#")
	bob.WaitStderr(0, patience, "tea: you left\nwhat you type goes to cake; ")
	bob.Type("to cake again")
	alice.Wait(patience, "bob's message", proc.Line(": to cake again"))
	for _, e := range alice.Events() {
		if line := string(e.Raw); !strings.HasPrefix(line, "tea: ") && !strings.HasPrefix(line, "cake: ") {
			t.Errorf("a line without its room: %s", line)
		}
	}
	for _, p := range []*proc.Process{alice, bob} {
		p.EndInput()
		exitsWith(t, p, 0)
	}
}

// Without a bootnode: one process's bootnode serves all its rooms, and stays
// for the other when one is parted.
func TestNoBootnodeSeveralRooms(t *testing.T) {
	w := newWorld(t)
	a, b := w.room+" a", w.room+" b"
	w.room = a
	alice := w.lan("alice", "--room", b)
	alice.Wait(patience, "registration", proc.Registered)
	bob := w.lan("bob")
	w.room = b
	carol := w.lan("carol")
	meetIn(a, alice, bob)
	meetIn(b, alice, carol)
	deliveredTo(alice, sayIn(t, alice, a, "for a"), 1)
	deliveredTo(alice, sayIn(t, alice, b, "for b"), 1)
	mark := bob.Mark()
	alice.Do(map[string]any{"cmd": "part", "room": b})
	carol.Wait(patience, "alice leaving", proc.Left(alice.ReadyKey()))
	dave := w.lan("dave", "--room", a)
	meetIn(b, carol, dave)
	meetIn(a, alice, bob, dave)
	deliveredTo(dave, sayIn(t, dave, a, "for a again"), 2)
	none(t, bob, mark, "a link was lost", gone)
	for _, p := range []*proc.Process{bob, carol} {
		room := map[*proc.Process]string{bob: a, carol: b}[p]
		none(t, p, 0, "something of another room", func(e proc.Event) bool { return e.Has("room") && e.String("room") != room })
	}
}

// Two terminals, one wide enough for the list of rooms.
func TestTerminalSeveralRooms(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	start := func(nick string, columns, rows int, names ...string) *terminal {
		x := w.terminal(nick, columns, rows)
		x.write(fmt.Sprintf("'%s' --bootnode %s --room '%s' --nick %s --data-dir '%s'; echo left with $?",
			w.binary, w.boot, strings.Join(names, "' --room '"), nick, w.dir(nick)))
		x.keys("Enter")
		return x
	}
	alice := start("alice", 110, 24, "tea", "cake")
	bob := start("bob", 60, 16, "cake", "tea")
	alice.shows(`(?m)^>1 tea +│`, `(?m)^ 2 cake +│`, "bob#")
	bob.shows(`>1 cake  2 tea`)
	bob.write("hello cake")
	bob.keys("Enter")
	alice.shows(`(?m)^ 2 cake +1 │`)
	alice.hides("hello cake")
	alice.keys("M-2")
	alice.shows(`(?m)^>2 cake +│`, "── new ──", "hello cake")
	alice.write("/me waves at bob")
	alice.keys("Enter")
	bob.shows(`alice#[a-z2-7]{4} waves at bob`)
	bob.write("half a tho")
	bob.keys("M-Down")
	bob.shows(`1 cake  >2 tea`)
	bob.hides("half a tho")
	alice.write("bob, look")
	alice.keys("Enter")
	bob.shows(`1 cake \(1!\)`)
	bob.keys("M-a")
	bob.shows("bob, look", "> half a tho")
	bob.keys("C-u")
	bob.write("/join a third one")
	bob.keys("Enter")
	bob.shows(">3 a third one", "room a third one")
	alice.write("/join a third one")
	alice.keys("Enter")
	alice.shows(`(?m)^>3 a third one +│`, `bob#[a-z2-7]{4} +direct (<1|\d+) ms`)
	bob.write("found you")
	bob.keys("Enter")
	alice.shows("found you")
	alice.write("/part")
	alice.keys("Enter")
	alice.shows(`(?m)^>2 cake +│`, "you left a third one")
	bob.shows(`alice#[a-z2-7]{4} left`)
	for _, x := range []*terminal{alice, bob} {
		x.keys("C-c", "C-c")
		x.shows("left with 0")
	}
}

// What was not looked at is counted as unread in the next run too, and only
// that; killed or not.
func TestUnreadOverRestarts(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	bob := w.inRooms("bob", "json", []string{"tea", "cake"})
	alice := w.terminal("alice", 110, 24)
	start := func() {
		alice.write(fmt.Sprintf("clear; '%s' --bootnode %s --room tea --room cake --nick alice --data-dir '%s'; clear; echo left with $?",
			w.binary, w.boot, w.dir("alice")))
		alice.keys("Enter")
		alice.shows("bob#")
	}
	leave := func() {
		alice.keys("C-c", "C-c")
		alice.shows("left with 0")
	}
	start()
	deliveredTo(bob, sayIn(t, bob, "cake", "one"), 1)
	alice.shows(`(?m)^ 2 cake +1 │`)
	leave()
	sayIn(t, bob, "cake", "two, while she is away")
	start()
	alice.shows(`(?m)^ 2 cake +2 │`)
	alice.keys("M-2")
	alice.shows(`(?m)^>2 cake +│`, "── new ──", "two, while")
	leave()
	start()
	alice.shows(`(?m)^ 2 cake +│`)
	deliveredTo(bob, sayIn(t, bob, "cake", "three"), 1)
	alice.shows(`(?m)^ 2 cake +1 │`)
	leave()
	start()
	alice.shows(`(?m)^ 2 cake +1 │`)
	leave()
}

// The full screen is there while the keys of new rooms are derived; in the end they are
// all there, in the order they were named.
func TestScreenBeforeAllRooms(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	names := []string{"tea", "cake", "pie", "jam", "milk", "rice", "salt"}
	alice := w.terminal("alice", 110, 24)
	record := filepath.Join(w.home, "drawn")
	alice.tmux("pipe-pane", "cat > '"+record+"'")
	command := fmt.Sprintf("'%s' --bootnode %s --nick alice --data-dir '%s' --room %s; echo left with $?",
		w.binary, w.boot, w.dir("alice"), strings.Join(names, " --room "))
	alice.write(command)
	alice.keys("Enter")
	for i, name := range names {
		alice.shows(fmt.Sprintf(`(?m)^[> ]%d %s +│`, i+1, name))
	}
	alice.shows(">1 tea")
	alice.hides("joining")
	if drawn := read(t, record); !regexp.MustCompile(`joining \w+…, then \d more`).MatchString(drawn) {
		t.Error("the screen came when all rooms were there")
	}
	bob := w.inRooms("bob", "json", []string{"salt"})
	bob.Wait(patience, "alice in the last room", in("salt", proc.Joined))
	alice.keys("C-c", "C-c")
	alice.shows("left with 0")
}
