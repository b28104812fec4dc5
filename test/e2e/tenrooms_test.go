package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gochat/test/large"
)

// tenRooms is a terminal in ten rooms of very many messages, and what should be in
// the composer of each.
type tenRooms struct {
	*terminal
	names  [10]string
	drafts [10]string
}

// shows waits until a room is in front with its last messages, and its draft.
func (x *tenRooms) shows(room int) {
	x.t.Helper()
	name, last := x.names[room], ""
	for i := 3; i > 0; i-- {
		last += ".*: " + large.Last(name, i)
	}
	// The header, the list of rooms, the messages and the composer.
	x.terminal.shows(fmt.Sprintf(`(?s)^ %[1]s · .*\n>%[2]d %[1]s .*%[3]s.*\n> %[4]s\n`, name, room+1, last, strings.TrimRight(x.drafts[room], " ")))
	for i, other := range x.names {
		if i != room && strings.Contains(x.screen(), other+", ") {
			x.t.Errorf("%s is in front, with messages of %s:\n%s", name, other, x.screen())
		}
	}
}

// types types into a room's composer, which need not be on the screen yet.
func (x *tenRooms) types(room int, text string) {
	x.write(text)
	x.drafts[room] += text
}

// Twenty switches among ten rooms of 100,000 messages, by all the keys there are
// for it, and typing on at once: it is the right room, with its last messages, and
// what was typed is in the composer of the room it was typed in.
func TestTenLargeRooms(t *testing.T) {
	const messages = 100_000
	if testing.Short() {
		t.Skip("a million messages take half a minute to make")
	}
	needTmux(t)
	w := newPlace(t) // not beside other tests: making the rooms takes all processors
	w.bootnode()
	x := tenRooms{}
	rooms := make([]large.Room, len(x.names))
	for i := range rooms {
		x.names[i] = strings.Repeat(string(rune('a'+i)), 8)
		rooms[i].Name = x.names[i]
	}
	rooms[5].Unread, rooms[8].Unread = 3, 2
	begin := time.Now()
	if err := large.Make(w.dir("alice"), messages, rooms...); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d rooms of %d messages made in %v", len(rooms), messages, time.Since(begin).Round(time.Second))

	x.terminal = w.terminal("alice", 120, 30)
	x.write(fmt.Sprintf("'%s' --bootnode %s --nick alice --data-dir '%s' --room %s; echo left with $?",
		w.binary, w.boot, w.dir("alice"), strings.Join(x.names[:], " --room ")))
	x.keys("Enter")
	x.terminal.shows("registered", `6 ffffffff +3 │`, `9 iiiiiiii +2 │`)
	x.types(0, "begin ")
	x.shows(0)
	for i, step := range []struct {
		keys string // as tmux calls them
		to   int
	}{
		{"M-Down", 1}, {"M-Down", 2}, {"M-Down", 3}, {"M-Up", 2}, {"C-t h h Enter", 7}, {"M-k b Enter", 1},
		{"M-a", 5}, {"M-a", 8}, {"M-Down", 9}, {"M-Down", 0}, {"M-Up", 9}, {"M-7", 6}, {"C-t Down Down Enter", 2},
		{"C-t e e e Enter", 4}, {"M-9", 8}, {"M-4", 3}, {"M-Down", 4}, {"M-1", 0}, {"M-k j Enter", 9}, {"M-3", 2},
	} {
		x.keys(strings.Fields(step.keys)...)
		x.types(step.to, fmt.Sprintf("%d-%s ", i+1, x.names[step.to][:1]))
		x.shows(step.to)
	}
	x.keys("M-a")
	x.terminal.shows("nothing new in any room")

	// Once around without a look at the screen, and once with.
	var keys []string
	for i := range x.names {
		room := (3 + i) % len(x.names)
		keys = append(keys, "M-Down", x.names[room][:1])
		x.drafts[room] += x.names[room][:1]
	}
	x.keys(keys...)
	for i := range x.names {
		x.keys("M-Down")
		x.shows((3 + i) % len(x.names))
	}
	x.keys("C-c", "C-c")
	x.terminal.shows("left with 0")
}
