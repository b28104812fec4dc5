package front_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestRoomCommands(t *testing.T) {
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	for _, c := range []struct {
		input  string
		lines  string // somewhere in the output
		room   string // to go to
		rooms  string // afterwards
		failed bool
	}{
		{input: "/rooms", lines: "* 1  lobby (open, 2 here)\n  2  work (open, 1 here)\n  3  work at night (private, 1 here)"},
		{input: "/room", lines: "what you type goes to lobby"},
		{input: "/room work", room: "work"},
		{input: "/room WORK AT NIGHT", room: "work at night"},
		{input: "/room work at", room: "work at night"},
		{input: "/room 3", room: "work at night"},
		{input: "/room w", lines: "no room called w", failed: true},
		{input: "/room 4", lines: "/rooms lists yours", failed: true},
		{input: "/join tea", room: "tea", rooms: "lobby|work|work at night|tea"},
		{input: "/join  tea and cake ", room: "tea and cake", rooms: "lobby|work|work at night|tea and cake"},
		{input: "/join --secret x tea and cake", room: "tea and cake", rooms: "lobby|work|work at night|tea and cake (private)"},
		{input: "/join --secret-file /x/y tea", room: "tea", rooms: "lobby|work|work at night|tea (private)"},
		{input: "/join work", room: "work"}, // is there already
		{input: "/join --secret x work", lines: "/part it first", failed: true},
		{input: "/join", lines: "usage", failed: true},
		{input: "/join --secret x", lines: "usage", failed: true},
		{input: "/join --secret", lines: "usage", failed: true},
		{input: "/join --secret x --secret-file y z", lines: "usage", failed: true},
		{input: "/join --sekret x z", lines: "usage", failed: true},
		{input: "/part", rooms: "work|work at night"},
		{input: "/part work", rooms: "lobby|work at night"},
		{input: "/part nowhere", lines: "no room called nowhere", failed: true},
		{input: "/peers", lines: "bob#"},
	} {
		sess := fronttest.New()
		sess.SetMembers(bob)
		sess.Add("work")
		sess.Add("work at night").IsPrivate = true
		r := front.Execute(sess, sess.Room, c.input)
		if out := strings.Join(r.Lines, "\n"); !strings.Contains(out, c.lines) || c.lines == "" && out != "" {
			t.Errorf("%q: printed %q, want %q", c.input, out, c.lines)
		}
		if r.Room != c.room || r.Failed != c.failed || r.Quit {
			t.Errorf("%q: %+v", c.input, r)
		}
		var names []string
		for i, room := range sess.Rooms() {
			name := room.Name()
			if i > 1 && room.Private() && name != "work at night" {
				name += " (private)"
			}
			names = append(names, name)
		}
		if c.rooms == "" {
			c.rooms = "lobby|work|work at night"
		}
		if got := strings.Join(names, "|"); got != c.rooms {
			t.Errorf("%q: in the rooms %q, want %q", c.input, got, c.rooms)
		}
	}
}

func TestJoinThatFails(t *testing.T) {
	sess := fronttest.New()
	sess.JoinErr = errors.New("the disk is full")
	if r := front.Execute(sess, sess.Room, "/join x"); !r.Failed || fmt.Sprint(r.Lines) != "[not joined: the disk is full]" {
		t.Errorf("%+v", r)
	}
}

func TestCommandsInNoRoom(t *testing.T) {
	sess := fronttest.New()
	sess.Part()
	for _, input := range []string{"hello", "//hello", "/me waves", "/peers", "/whois bob", "/part", "/room"} {
		if r := front.Execute(sess, nil, input); !r.Failed || !strings.Contains(fmt.Sprint(r.Lines), "you are in no room; /join") {
			t.Errorf("%q: %+v", input, r)
		}
	}
	for _, input := range []string{"/rooms", "/whois", "/nick", "/help", "/join tea"} {
		if r := front.Execute(sess, nil, input); r.Failed {
			t.Errorf("%q: %+v", input, r)
		}
	}
}

func TestSlow(t *testing.T) {
	for input, want := range map[string]bool{
		"/join x": true, "/PART": true, "/rooms": false, "/msg bob hi": true, "join x": false, "//join x": false, "/joi x": false, "": false,
	} {
		if front.Slow(input) != want {
			t.Errorf("%q: %v", input, !want)
		}
	}
}

func TestWaits(t *testing.T) {
	for input, want := range map[string]bool{
		"hello": true, "//hello": true, "/me waves": true, "/EDIT x": true, "/join x": false, "/history": false, "/typo": false,
	} {
		if front.Waits(input) != want {
			t.Errorf("%q: %v", input, !want)
		}
	}
}

func TestMentions(t *testing.T) {
	for text, want := range map[string]bool{
		"alice": true, "hi Alice!": true, "@alice: look": true, "malice": false, "alice2": false, "alice-b": false,
		"malice, and alice": true, "": false, "bob": false, "alícé": false,
	} {
		if front.Mentions(text, "alice") != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
	if front.Mentions("anything", "") {
		t.Error("nobody was mentioned")
	}
}
