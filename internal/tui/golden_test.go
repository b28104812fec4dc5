package tui

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// The golden screens: each state of states at each of sizes, in one file.
var sizes = [][2]int{{20, 6}, {60, 16}, {100, 24}, {160, 40}}

var registered = peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"}

// states are what a user can find himself in.
var states = map[string]struct {
	sess func() *fronttest.Session
	act  func(s *stage)
}{
	"first-run":  {fronttest.New, func(*stage) {}},
	"connecting": {fronttest.New, connecting},
	"unreachable": {fronttest.New, func(s *stage) {
		s.emit(peer.BootnodeChanged{State: peer.BootnodeUnreachable, Address: "203.0.113.5:9595",
			Reason: "no answer; is the address right, and UDP let through?"})
	}},
	"alone":     {fronttest.New, func(s *stage) { s.emit(registered) }},
	"talking":   {fronttest.New, scene},
	"unread":    {fronttest.New, unread},
	"rooms":     {tenRooms, manyRooms},
	"comings":   {fronttest.New, comings},
	"reactions": {fronttest.New, reactions},
	"typing": {fronttest.New, func(s *stage) {
		s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond), typing("bob", true))
		s.says(0, "bob", "wait, I am writing it down")
		s.typeText("so am")
	}},
	"emoji": {fronttest.New, emoji},
	"whois": {fronttest.New, func(s *stage) {
		bob := fronttest.Joined("bob", peer.PathRelay, 40*time.Millisecond)
		bob.Reason = "both behind symmetric NATs: relayed through 203.0.113.5:9595"
		s.room(0).SetMembers(bob.Member)
		s.emit(registered, bob)
		s.line("/whois bob")
	}},
	"reading": {reading, func(*stage) {}},
	"pasted":  {fronttest.New, func(s *stage) { s.paste("one\rtwo\rthree\rfour\rfive\rsix\rseven") }},
	"selected": {fronttest.New, func(s *stage) {
		s.says(0, "bob", "look at this")
		s.press("Ctrl-Up")
	}},
	"away": {tenRooms, func(s *stage) {
		s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond))
		s.line("/away tea")
	}},
	"long": {fronttest.New, long},
	"long-viewed": {fronttest.New, func(s *stage) {
		long(s)
		s.press("Ctrl-Up", "k", "v", "PgDn")
	}},
	"info": {fronttest.New, func(s *stage) {
		m := s.room(0).Say("bob", "waves")
		m.Kind = peer.Action
		s.sess.Alter(m.ID, func(x *peer.Message) { x.Kind = peer.Action })
		s.emit(peer.MessageEvent{Message: m})
		s.press("Ctrl-Up", "i")
	}},
	"flooded": {noisy(300), func(s *stage) { s.press("PgUp") }},
}

func TestGoldenStates(t *testing.T) {
	for state, c := range states {
		t.Run(state, func(t *testing.T) {
			var b strings.Builder
			for _, size := range sizes {
				play(t, size[0], size[1], c.sess, func(s *stage) {
					c.act(s)
					fmt.Fprintf(&b, "== %dx%d ==\n%s", size[0], size[1], s.text())
				})
			}
			golden(t, filepath.Join("testdata", "states", state+".txt"), b.String())
		})
	}
}

func connecting(s *stage) {
	bob := fronttest.Joined("bob", peer.PathNone, 0)
	bob.State, bob.Was, bob.Reason = peer.Connecting, peer.Left, "opening a path"
	s.emit(peer.BootnodeChanged{State: peer.BootnodeConnecting, Address: "203.0.113.5:9595"}, bob)
}

// unread leaves something below the window, and something marked as new in it.
func unread(s *stage) {
	s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond))
	s.says(0, "bob", "this was seen")
	s.post(tcell.NewEventFocus(false))
	s.settle()
	for i := range 3 {
		s.says(0, "bob", fmt.Sprintf("this was not: %d", i+1))
	}
	s.says(0, "bob", "and this is for Alice")
	for i := range 40 {
		// By several, since of one it would be a flood.
		s.says(0, []string{"bob", "carol", "dave"}[i%3], fmt.Sprintf("nor this: %d", i+1))
	}
	s.post(tcell.NewEventFocus(true))
	s.settle()
	for !strings.Contains(s.text(), "── new ──") {
		s.key(tcell.KeyPgUp, tcell.ModNone)
	}
	s.says(0, "carol", "below the edge")
}

func tenRooms() *fronttest.Session {
	sess := fronttest.New()
	for _, name := range []string{"work", "family", "日本語", "ops", "release", "chess", "films", "garden", "lunch"} {
		sess.Add(name)
	}
	return sess
}

func manyRooms(s *stage) {
	s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond))
	s.says(0, "bob", "ten rooms, and still reading?")
	for i := range 120 {
		s.says(4, "bob", fmt.Sprint("alarm ", i))
	}
	s.says(9, "carol", "Alice, lunch?")
	s.says(3, "carol", "こんにちは")
}

func comings(s *stage) {
	s.emit(registered)
	for i := range 3 {
		s.emit(fronttest.Joined(fmt.Sprint("member", i), peer.PathDirect, time.Duration(i+1)*time.Millisecond))
	}
	left := fronttest.Joined("member1", peer.PathNone, 0)
	left.State, left.Was = peer.Left, peer.Joined
	s.emit(left)
	s.says(0, "member0", "who was that?")
	for i := range 5 {
		s.emit(fronttest.Joined(fmt.Sprint("guest", i), peer.PathRelay, 0))
	}
	left = fronttest.Joined("member2", peer.PathNone, 0)
	left.State, left.Was = peer.Left, peer.Joined
	s.emit(left)
}

func reactions(s *stage) {
	s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond))
	s.line("lunch at one?")
	own := s.room(0).History(1)[0]
	own.Delivered, own.Of, own.Edited, own.Text = 1, 1, true, "lunch at two?"
	own.Reactions = []peer.Reaction{{Emoji: "👍🏽", Count: 2}, {Emoji: "🎉", Count: 1, Own: true}}
	reply := s.room(0).Say("bob", "two it is; see https://lunch.example/menu.")
	reply.ReplyTo, reply.Reactions = own.ID, []peer.Reaction{{Emoji: "❤️", Count: 1}}
	gone := s.room(0).Say("bob", "")
	gone.Content = peer.Deleted
	late := s.room(0).Say("bob", "this was under way for long")
	late.Late, late.Gap = true, true
	s.emit(peer.MessageChanged{Message: own}, peer.MessageEvent{Message: reply},
		peer.MessageEvent{Message: gone}, peer.MessageEvent{Message: late})
}

// hardText is what terminals get wrong: each must leave the column behind it
// where it belongs.
var hardText = []string{
	"👍🏽 👋🏿 ☝🏻 skin tones", "👨‍👩‍👧‍👦 👩🏽‍💻 🏳️‍🌈 joined", "🇩🇪 🇯🇵 🇺🇳 flags", "1️⃣ #️⃣ ❤️ ☕ with a selector",
	"日本語 한국어 ｆｕｌｌ wide", "e\u0301 n\u0303 o\u0308\u0323 combining", "שלום עולם and مرحبا", "ไทย हिन्दी தமிழ்", "क्षि ਪੰਜਾਬੀ ខ្មែរ",
}

func emoji(s *stage) {
	s.emit(registered, fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond), fronttest.Joined("日本👍🏽", peer.PathRelay, 0))
	for _, line := range hardText {
		s.says(0, "bob", line)
	}
	s.typeText("a👍🏽b ")
}

// long has somebody send more lines than there are screens for.
func long(s *stage) {
	s.says(0, "bob", strings.Repeat("a line of many\n", 3000))
	s.says(0, "carol", "so what?")
}

// looked describes a screen with its looks: below the text the same cells, a
// letter for each look, and what the letters mean.
func looked(s *stage) string {
	var b, grid strings.Builder
	var legend []string
	w, h := s.screen.Size()
	for y := range h {
		line := ""
		for x := range w {
			c, style, _ := s.screen.Get(x, y)
			what := describe(style)
			if c == " " && !strings.Contains(what, "reverse") {
				line += " "
				continue
			}
			i := slices.Index(legend, what)
			if i < 0 {
				legend, i = append(legend, what), len(legend)
			}
			line += string(rune('a' + i))
		}
		grid.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	b.WriteString(s.text() + "\n" + grid.String() + "\n")
	for i, what := range legend {
		fmt.Fprintf(&b, "%c: %s\n", rune('a'+i), what)
	}
	return b.String()
}

func describe(style tcell.Style) string {
	fg, bg, attrs := style.Decompose()
	var words []string
	if fg != tcell.ColorDefault {
		words = append(words, fg.Name())
	}
	if bg != tcell.ColorDefault {
		words = append(words, "on "+bg.Name())
	}
	for _, a := range []struct {
		mask tcell.AttrMask
		word string
	}{{tcell.AttrBold, "bold"}, {tcell.AttrDim, "dim"}, {tcell.AttrReverse, "reverse"}, {tcell.AttrUnderline, "underline"}} {
		if attrs&a.mask != 0 {
			words = append(words, a.word)
		}
	}
	if words == nil {
		return "plain"
	}
	return strings.Join(words, " ")
}

func TestGoldenThemes(t *testing.T) {
	for _, theme := range []string{"auto", "dark", "light", "mono"} {
		t.Run(theme, func(t *testing.T) {
			play(t, 78, 16, fronttest.New, func(s *stage) {
				s.line("/theme " + theme)
				reactions(s)
				s.says(0, "carol", "Alice, are you coming?")
				golden(t, filepath.Join("testdata", "states", "theme-"+theme+".txt"), looked(s))
			})
		})
	}
}

func TestTheme(t *testing.T) {
	for _, c := range []struct {
		name string
		env  []string
		want string
	}{
		{"auto", nil, "auto"}, {"", nil, "auto"}, {"auto", []string{"NO_COLOR", "1"}, "mono"},
		{"dark", []string{"NO_COLOR", "1"}, "dark"}, // asked for by name
		{"auto", []string{"COLORFGBG", "0;15"}, "light"}, {"auto", []string{"COLORFGBG", "15;default;0"}, "dark"},
		{"auto", []string{"COLORFGBG", "junk"}, "auto"},
	} {
		if got := chooseTheme(c.name, env(c.env...)); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.name, c.env, got, c.want)
		}
	}
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.line("/theme mono")
		s.shows("the theme is mono")
		s.line("/theme pink")
		s.shows("/theme pink is unknown: it takes auto, dark,")
	})
}

// A link leads where its text says, and no other cell leads anywhere.
func TestLinks(t *testing.T) {
	play(t, 40, 12, fronttest.New, func(s *stage) {
		s.says(0, "bob", "at https://a.example/a/long/path/that/goes/on/and/on?x=1;y=2, not https://a@b.example")
		linked := ""
		for y := range 12 {
			for x := range 40 {
				c, style, _ := s.screen.Get(x, y)
				want := tcell.StyleDefault.Underline(true).Url("https://a.example/a/long/path/that/goes/on/and/on?x=1;y=2")
				if style == want.UrlId(linkID("https://a.example/a/long/path/that/goes/on/and/on?x=1;y=2")) {
					linked += c
				}
			}
		}
		if linked != "https://a.example/a/long/path/that/goes/on/and/on?x=1;y=2" {
			t.Errorf("linked %q", linked)
		}
	})
}
