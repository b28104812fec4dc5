package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

var words = vocabulary{
	usages: append(usages(), [2]string{"/light [on, off or auto]", "not one of ours"}),
	people: []person{
		{"bob", fronttest.Key("bob")}, {"José", fronttest.Key("jose")},
		{"bob", fronttest.Key("mallory")}, {"carol", fronttest.Key("carol")},
	},
	rooms: []string{"lobby", "family and friends", "@bob"},
}

func TestCandidates(t *testing.T) {
	bob, other := front.Handle("bob", fronttest.Key("bob"), false), front.Handle("bob", fronttest.Key("mallory"), false)
	for _, c := range []struct {
		line  string
		start int
		want  string // what is put, joined by |
	}{
		{"/unv", 0, "/unverify "},
		{"/QUI", 0, "/quit"},
		{"/re", 0, "/reply |/react |/requests "},
		{"/nope", 0, ""},
		{"//he", 0, ""},
		{"/help qu", 6, "quit"},
		{"/room fam", 6, "family and friends"},
		{"/part family an", 6, "family and friends"},
		{"/join ", 6, "lobby|family and friends|@bob"},
		{"/verify car", 8, "carol "},
		{"/verify bo", 8, bob + " |" + other + " "},
		{"/msg carol,jo", 11, "José "},
		{"/msg carol he", 11, ""},
		{"/light o", 7, "on|off"},
		{"/light x", 7, ""},
		{"/whois ca", 7, "carol "},
		{"/react tad", 7, "🎉"},
		{"/react ~9f3c2a rock", 15, "🚀"},
		{"/react ~9f3", 7, ""},
		{"/me sees car", 9, "carol "},
		{"bo", 0, "bob: "},
		{"hi @jos", 3, "@José "},
		{"one\nca", 4, "carol: "},
		{"well done :tad", 10, "🎉"},
		{"well done :", 10, ""},
		{"", 0, ""},
		{"x ", 2, ""},
		{"zed", 0, ""},
	} {
		start, options := candidates(c.line, words)
		var got []string
		for _, o := range options {
			got = append(got, o.put)
		}
		if s := strings.Join(got, "|"); s != c.want || s != "" && start != c.start {
			t.Errorf("%q: %d %q, want %d %q", c.line, start, s, c.start, c.want)
		}
	}
}

func FuzzCandidates(f *testing.F) {
	for _, s := range []string{"/msg a,", "/react :", "/join --secret x", "@\xff", ":\u202e", "/\n/", "/room \x1b[2J", "日本\u0301"} {
		f.Add(s, "nick", "room")
	}
	f.Fuzz(func(t *testing.T, line, nick, room string) {
		line = cleanPaste(line)
		v := words
		if nick, ok := text.CleanNick(nick); ok {
			v.people = append(slices.Clone(v.people), person{nick, fronttest.Key("x")})
		}
		v.rooms = append(slices.Clone(v.rooms), text.Clean(room, 100))
		start, options := candidates(line, v)
		if start < 0 || start > len(line) || !utf8.ValidString(line[start:]) || !utf8.ValidString(line[:start]) {
			t.Fatalf("%q: the word begins at %d", line, start)
		}
		for _, o := range options {
			if len(options) > maxOptions || strings.ContainsAny(o.put, "\x1b\x07") || !utf8.ValidString(o.put) {
				t.Fatalf("%q: %q", line, o)
			}
		}
		fuzzy(text.Clean(room, 100), line)
	})
}

func TestTabGoesRound(t *testing.T) {
	play(t, 90, 12, threeRooms, func(s *stage) {
		s.emit(fronttest.Joined("bob", peer.PathDirect, time.Millisecond), fronttest.Joined("bobby", peer.PathDirect, time.Millisecond))
		s.says(0, "bobby", "morning")
		tab := func() { s.key(tcell.KeyTab, tcell.ModNone) }
		s.typeText("bo")
		tab()
		s.shows("> bobby:\n", "[bobby]  bob") // who spoke last is first
		tab()
		s.shows("> bob:\n", "bobby  [bob]")
		tab()
		s.shows("> bo\n")
		s.key(tcell.KeyBacktab, tcell.ModNone)
		s.shows("> bob:\n")
		s.key(tcell.KeyEsc, tcell.ModNone)
		s.shows("> bo\n")
		s.hides("[bob]")
		tab()
		s.typeText("hi :tad")
		tab()
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.settle()
		if got := fmt.Sprint(s.sess.Sent()); got != "[bobby: hi 🎉]" {
			t.Errorf("sent %s", got)
		}
		s.typeText("/ro")
		tab()
		s.shows("> /rooms", "[/rooms]  /room")
		tab()
		s.typeText("fam")
		tab()
		s.shows("> /room family and friends")
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.shows(">3")
		tab()
		s.shows("nothing to complete here")
	})
}
