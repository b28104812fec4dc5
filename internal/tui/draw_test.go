package tui

import (
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// hostile are beginnings for the fuzzers: escapes, floods of marks, and what is
// as wide as nobody expects.
var hostile = append([]string{
	"", "\x1b[2J\x1b]8;;https://evil.example\a", "\u202ertl \u2066isolated", "a" + strings.Repeat("\u0301", 60), "\u0301", "\u200d\u200d",
	"\u1100\u1100\u1161\u11a8", strings.Repeat("⸻", 9), "\t\t\r\n\v\f", "\xff\xfe", "https://a.example/" + strings.Repeat("x", 90) + ".",
	"🇩🇪🇩", "☝🏻☝🏻☝🏻", strings.Repeat("👨‍👩‍👧‍👦", 20), "\u0600\u0600\u0600a", "ﷺ", "𒐫", "꧅",
}, hardText...)

// FuzzDraw shows that no text, from whomever, gets a byte of its own to the
// terminal, leaves its columns, or shifts what stands behind it.
func FuzzDraw(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, "bob", 1+i*5%70)
	}
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		f.Fatal(err)
	}
	look := newTheme("dark")
	f.Fuzz(func(t *testing.T, said, nick string, width int) {
		width = 1 + max(0, width)%120
		m := message(1, text.Clean(said, 4000))
		if nick, ok := text.CleanNick(nick); ok {
			m.Nick = nick
		}
		m.Own = width%2 == 0
		e := &entry{msg: m, forUs: width%3 == 0}
		rows := e.layout(width, mostClip)
		screen.SetSize(width+1, len(rows))
		screen.Clear()
		a := area{0, 0, width, len(rows)}
		for y, r := range rows {
			screen.SetContent(width, y, '|', nil, base)
			x, want := 0, ""
			for _, s := range r {
				want += s.text
				x = a.put(screen, x, y, s.text, look.look(s))
			}
			checkRow(t, screen, y, width, want)
		}
	})
}

// checkRow compares a row's cells with what was to be there, up to the mark
// behind its last column.
func checkRow(t *testing.T, screen tcell.Screen, y, width int, want string) {
	t.Helper()
	got := ""
	x := 0
	for x < width {
		s, _, cells := screen.Get(x, y)
		got += s
		x += cells
		for _, r := range s {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q is on the screen", s)
			}
		}
	}
	if mark, _, _ := screen.Get(width, y); x != width || mark != "|" {
		t.Fatalf("row %q of %d columns ends in column %d; behind it is %q", want, width, x, mark)
	}
	shown := strings.Map(func(r rune) rune { // blanks may stand for what takes no cell
		if r == ' ' || r == vs16 {
			return -1
		}
		return r
	}, got)
	for cluster, cells := range text.Clusters(want) {
		if cells > 0 && text.Width(want) <= width && !strings.Contains(shown, strings.NewReplacer(" ", "", string(vs16), "").Replace(cluster)) {
			t.Fatalf("%q of %q is not on the screen: %q", cluster, want, got)
		}
	}
	if text.Width(want) > width && text.Width(want) > 4 {
		t.Fatalf("row %q has %d columns, not %d", want, text.Width(want), width)
	}
}

// The composer draws its rows right, wherever the cursor is.
func FuzzComposerRows(f *testing.F) {
	for i, s := range hostile {
		f.Add(s, 1+i*3%40)
	}
	f.Fuzz(func(t *testing.T, typed string, width int) {
		width = 1 + max(0, width)%100
		var c composer
		c.insert(cleanPaste(text.Clip(typed, 2000)))
		rows := c.rows(width)
		last := 0
		for _, r := range rows {
			if r.Start < last || r.End < r.Start || r.End > len(c.text) || r.Width != text.Width(c.text[r.Start:r.End]) {
				t.Fatalf("%q: %+v behind %d", c.text, r, last)
			}
			if r.Width > max(width-1, 4) {
				t.Fatalf("%q: row of %d columns, %d wanted", c.text, r.Width, width)
			}
			last = r.End
		}
		for c.cursor = 0; ; c.right() {
			row, column := c.place(rows)
			if row >= len(rows) || column > rows[row].Width {
				t.Fatalf("%q: cursor %d at %d, %d", c.text, c.cursor, row, column)
			}
			if c.cursor == len(c.text) {
				break
			}
		}
	})
}

// Hostile text does not disturb a whole screen of any size, nor a storm of sizes.
func TestHostileTextOnTheScreen(t *testing.T) {
	play(t, 100, 24, threeRooms, func(s *stage) {
		s.emit(fronttest.Joined("bob", peer.PathDirect, time.Millisecond)) // or there is no roster
		for _, line := range hostile {
			m := s.room(0).Say("bob", text.Clean(line, 4000))
			m.Reactions = []peer.Reaction{{Emoji: "👨‍👩‍👧‍👦", Count: 3}}
			s.sess.Emit(peer.MessageEvent{Message: m})
		}
		s.settle()
		s.typeText("👍🏽 日本 e\u0301")
		for _, size := range [][2]int{{20, 6}, {19, 5}, {1, 1}, {3, 200}, {200, 2}, {71, 9}, {2, 2}, {160, 40}} {
			s.resize(size[0], size[1])
			s.key(tcell.KeyPgUp, tcell.ModNone)
			s.key(tcell.KeyPgDn, tcell.ModNone)
		}
		s.resize(100, 24)
		for y := 1; y < 22; y++ {
			for x, want := range map[int]string{18: "│", 71: "│"} {
				if got, _, _ := s.screen.Get(x, y); got != want {
					t.Fatalf("column %d of row %d is %q:\n%s", x, y, got, s.text())
				}
			}
		}
	})
}
