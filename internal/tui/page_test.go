package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// numbered is a session whose messages have ids that are told apart.
func numbered() *fronttest.Session {
	sess := fronttest.New()
	sess.ID = func(n int) string { return fmt.Sprintf("%06x%058x", n, n) }
	return sess
}

// A page that was opened from the selection gives the keys back to it: a letter
// that means something there must not be typed and sent.
func TestPagesComeBackToTheSelection(t *testing.T) {
	for _, opens := range []string{"i", "v", "F1"} {
		for _, closes := range []string{"Esc", "q", "Ctrl-C"} {
			play(t, 80, 16, numbered, func(s *stage) {
				s.says(0, "bob", "first")
				s.says(0, "bob", "second")
				s.press("Ctrl-Up", "k", opens, closes)
				if got := s.inReverse(); len(got) != 1 || !strings.Contains(got[0], "first") {
					t.Errorf("%s, then %s: selected %q", opens, closes, got)
				}
				s.press("j", "v", "F1", closes, closes, closes, "x")
				s.shows("> x")
			})
		}
	}
}

// A paste, or another room that comes in front, ends the page and the selection
// below it.
func TestPagesAreLeftWithTheSelection(t *testing.T) {
	play(t, 80, 16, threeRooms, func(s *stage) {
		s.says(0, "bob", "first")
		s.press("Ctrl-Up", "i")
		s.paste("pasted")
		s.shows("> pasted")
		if got := s.inReverse(); len(got) != 0 {
			t.Errorf("still selected: %q", got)
		}
	})
	sess := fronttest.New()
	sess.Add("work")
	sess.Say("bob", "first")
	m := NewModel(sess, func() time.Time { return start })
	m.selectMessage()
	m.informSelected()
	m.show(m.panes[1])
	if m.overlay != nil || m.panes[0].log.chosen != "" {
		t.Errorf("over the other room is %T, and %q is selected there", m.overlay, m.panes[0].log.chosen)
	}
}

// One message takes half of the window and no more than 20 rows, and all of it is
// on a page.
func TestLongMessagesAreClipped(t *testing.T) {
	var lines []string
	for i := range 3000 {
		lines = append(lines, fmt.Sprintf("row %d.", i+1))
	}
	play(t, 100, 60, fronttest.New, func(s *stage) {
		s.emit(fronttest.Joined("bob", peer.PathDirect, time.Millisecond)) // or there is an invitation
		s.says(0, "carol", "before")
		s.says(0, "bob", strings.Join(lines, "\n"))
		s.says(0, "carol", "behind")
		s.shows("before", "row 1.", "row 19.", "… 2981 more lines", "behind")
		s.hides("row 20.")
		s.press("Ctrl-Up", "k", "v")
		s.shows("row 20.", "row 50.")
		s.press("End")
		s.shows("row 3000.")
		s.press("Esc", "Esc")
		s.resize(30, 12)
		s.press("End")
		s.shows("before", "row 3.", "… 2995 more lines", "behind")
		s.hides("row 6.")
	})
}

// What is for us, is behind a long message, or is a link, is there as ever.
func TestClippedLayout(t *testing.T) {
	m := message(1, strings.Repeat("word ", 20_000))
	m.Own, m.Edited = true, true
	m.Reactions = []peer.Reaction{{Emoji: "👍", Count: 2}}
	for width := 1; width < 120; width++ {
		e := &entry{msg: m}
		rows := e.wrap(width, mostClip)
		if len(rows) > mostClip+3 {
			t.Fatalf("%d rows of %d cells", len(rows), width)
		}
		all := 0
		for _, r := range rows {
			for _, s := range r {
				all += strings.Count(s.text, "(edited)") + strings.Count(s.text, "👍 2")
			}
		}
		if width > 20 && all != 2 {
			t.Errorf("at %d cells the marks are not there", width)
		}
	}
}

// Of a long text only the beginning is laid out, and looks as in the whole.
func TestClippedIsTheBeginning(t *testing.T) {
	for _, said := range []string{"", "short", strings.Repeat("word ", 3000), strings.Repeat("a\n", 3000), strings.Repeat("日本語 👨‍👩‍👧‍👦 ", 500), strings.Repeat("e\u0301\u0302\u0303", 3000), strings.Repeat("x", 5000) + "\n\n"} {
		for _, width := range []int{1, 2, 7, 40, 200} {
			body := "bob: " + said
			whole := text.Wrap(body, width)
			begin, spans, more := clipped(body, 3, width, 10)
			if (more == "") != (len(whole) <= 10) || len(spans) != min(len(whole), 10) && len(spans) != 9 || !strings.HasPrefix(body, begin) {
				t.Fatalf("%.20q in %d cells: %d rows of %d, %q", said, width, len(spans), len(whole), more)
			}
			if !slices.Equal(spans, whole[:len(spans)]) {
				t.Errorf("%.20q in %d cells: %v, want %v", said, width, spans, whole[:len(spans)])
			}
		}
	}
}

// "More" is said only of what is out of sight.
func TestNothingMoreBelow(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.says(0, "bob", "needle")
		s.press("Ctrl-S")
		s.typeText("needle")
		s.settle()
		s.press("Enter")
		s.shows("match 1 of 1")
		s.hides("more")
		s.hides("n goes")
		s.press("Esc")
		for i := range 30 {
			s.says(0, fmt.Sprint("m", i%3), "hay")
		}
		s.press("PgUp")
		s.shows("↓ more")
		s.says(0, "bob", "needle 2")
		s.press("Ctrl-S")
		s.typeText("needle")
		s.settle()
		s.press("Enter")
		s.shows("match 1 of 2; n goes to the next")
		s.hides("N back")
		s.press("n")
		s.shows("match 2 of 2, the oldest; N goes back")
	})
}

// Who is away sees it, however narrow the window is.
func TestAwayInTheStatusLine(t *testing.T) {
	play(t, 80, 16, tenRooms, func(s *stage) {
		s.line("/away tea")
		for _, size := range [][2]int{{120, 40}, {80, 24}, {40, 12}, {20, 6}} {
			s.resize(size[0], size[1])
			s.press("x", "Backspace")
			lines := strings.Split(strings.TrimSpace(s.text()), "\n")
			if bar := lines[len(lines)-2]; !strings.Contains(bar, "away") {
				t.Errorf("%v: %q", size, bar)
			}
		}
		s.line("/back")
		lines := strings.Split(strings.TrimSpace(s.text()), "\n")
		if bar := lines[len(lines)-2]; strings.Contains(bar, "away") {
			t.Errorf("back, and it says %q", bar)
		}
	})
}

// Spaces that hang over the edge make no row: of however many, little is laid out.
func TestClippedHangingSpaces(t *testing.T) {
	e := &entry{msg: message(1, "T"+strings.Repeat("\t", 102_000))}
	body, head := e.body()
	for _, width := range []int{1, 40, 80, 200} {
		begin, spans, more := clipped(body, head, width, mostClip)
		if len(begin) > maxLaid || len(spans) == 0 || len(spans) > mostClip || !strings.HasPrefix(more, "… about ") {
			t.Errorf("in %d cells: %d bytes are laid out, %d rows, %q", width, len(begin), len(spans), more)
		}
	}
}

// The row below a clipped message says at 80 columns, too, how to read all of it.
func TestMoreLinesSaysHow(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		s.emit(fronttest.Joined("bob", peer.PathDirect, time.Millisecond))
		s.says(0, "bob", strings.Repeat("word ", 1000))
		s.shows(" more lines; Ctrl-Up, v: all")
		s.press("Ctrl-Up")
		s.shows("v all")
	})
}
