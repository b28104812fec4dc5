package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// press presses keys by their names in the key table.
func (s *stage) press(keys ...string) {
	s.t.Helper()
	for _, key := range keys {
		ev := pressed(s.t, key)
		s.screen.InjectKey(ev.Key(), ev.Rune(), ev.Modifiers())
		s.settle()
	}
}

// inReverse lists the rows of the screen that are drawn in reverse, without the bars.
func (s *stage) inReverse() (rows []string) {
	cells, w, h := s.screen.GetContents()
	for y := 1; y < h; y++ {
		row := ""
		for x := range w {
			if _, _, attr := cells[y*w+x].Style.Decompose(); attr&tcell.AttrReverse != 0 {
				row += string(cells[y*w+x].Runes)
			}
		}
		if row = strings.TrimRight(row, " "); row != "" && len([]rune(row)) < w-20 {
			rows = append(rows, row)
		}
	}
	return rows
}

func TestHelpIsThere(t *testing.T) {
	play(t, 90, 20, fronttest.New, func(s *stage) {
		s.typeText("half a tho")
		s.press("F1")
		s.shows("Everywhere", "this help", "Ctrl-Z", "Esc closes; Up, Down")
		s.hides("half a tho")
		s.press("End")
		s.shows("/copy [message]", "two slashes at its beginning send one")
		s.press("PgUp", "k", "Home", "Down")
		s.hides("Everywhere")
		s.press("q")
		s.shows("> half a tho")
		s.press("Ctrl-C")
		s.line("/help")
		s.shows("Commands", "/help [command]")
		s.hides("Everywhere")
		s.press("Home")
		s.shows("Everywhere")
		s.press("Ctrl-C")
		s.line("/help nick")
		s.shows("/nick name", "change your nick")
	})
}

func TestLongPasteAsks(t *testing.T) {
	long := "/quit\n2\n3\n4\n5\n6"
	play(t, 90, 24, fronttest.New, func(s *stage) {
		s.paste("1\n2\n3\n4\n5")
		s.shows("> 1\n", "  5\n") // five lines are no question
		s.press("Ctrl-C")
		s.paste(long)
		s.shows("You pasted 6 lines:", "send 6 lines as one message? Enter sends, e edits, Esc drops")
		s.paste("more")
		s.typeText("xyz")
		s.emit(peer.MessageEvent{Message: s.sess.Say("bob", "meanwhile")})
		s.press("F1", "Esc")
		s.shows("not sent; 6 lines dropped", "meanwhile")
		s.hides("more")
		s.paste(long)
		s.press("e")
		s.shows("> /quit\n", "  6\n")
		s.press("Ctrl-C")
		if sent := s.sess.Sent(); len(sent) > 0 {
			t.Fatalf("sent %q", sent)
		}
		s.paste(long)
		s.press("Enter")
		s.typeText("two ")
		s.paste(long)
		s.press("Enter")
		if got := s.sess.Sent(); !slices.Equal(got, []string{long, "two " + long}) {
			t.Errorf("sent %q", got)
		}
	})
}

func TestSearchSubmitted(t *testing.T) {
	play(t, 90, 16, fronttest.New, func(s *stage) {
		s.press("Ctrl-R")
		s.shows("you have sent nothing here")
		for _, sent := range []string{"first deploy", "lunch?", "second\ndeploy"} {
			s.paste(sent)
			s.press("Enter")
		}
		s.typeText("a draft")
		s.press("Ctrl-R")
		s.typeText("dep")
		s.shows("  first deploy\n> second deploy\n")
		s.press("Ctrl-R")
		s.shows("> first deploy\n")
		s.press("Enter")
		s.shows("> first deploy\n", "lunch?")
		s.press("Up")
		s.shows("> a draft")
		s.press("Ctrl-R")
		s.typeText("zzz")
		s.shows("you sent nothing with that in it")
		s.press("Enter")
		s.shows("> a draft")
		s.press("Ctrl-C", "Alt-.", "Alt-.")
		s.shows("> deploy\n")
	})
}

func TestSwitcher(t *testing.T) {
	play(t, 110, 16, threeRooms, func(s *stage) {
		inRooms(s)
		s.press("Ctrl-T")
		s.shows("> family and friends (2!)\n  work (2)\n  lobby\n") // by the need to look
		s.typeText("wk")
		s.shows("> work (2)\n")
		s.hides("family and friends")
		s.press("Enter")
		s.shows(">2 work", "the build is red")
		s.press("Alt-K")
		s.typeText("xyz")
		s.shows("none of your rooms has these letters")
		s.press("Enter", "Alt-K", "Down", "Up", "Tab")
		s.press("Enter")
		s.shows(">1 lobby", "> half a tho")
	})
}

func TestFuzzyNames(t *testing.T) {
	for _, c := range []struct{ better, worse, filter string }{
		{"work", "homework", "wo"}, {"the work", "homework", "wo"}, {"homework", "woodshark", "wor"}, {"abc", "axbxc", "AC"},
	} {
		x, ok := fuzzy(c.better, c.filter)
		if y, also := fuzzy(c.worse, c.filter); !ok || !also || x >= y {
			t.Errorf("%+v: %d, %d", c, x, y)
		}
	}
	if _, ok := fuzzy("work", "krow"); ok {
		t.Error("letters in another order fit")
	}
}

// A match beyond what is on the screen is paged in from the history.
func TestSearchJumpsIntoThePast(t *testing.T) {
	old := func() *fronttest.Session {
		sess := fronttest.New()
		for i := range 4000 {
			what := "message"
			if i%1500 == 7 {
				what = "needle"
			}
			sess.Say("bob", fmt.Sprintf("%s %d", what, i))
		}
		return sess
	}
	play(t, 90, 16, old, func(s *stage) {
		s.press("Ctrl-S")
		s.shows("type words that a message has")
		s.typeText("nee")
		s.settle()
		s.shows("needle 7\n", "needle 1507\n", "> 23 Nov 2025 14:08 bob#", "1 of 3")
		s.press("Enter")
		s.shows("needle 3007", "match 1 of 3")
		s.press("n")
		s.shows("needle 1507", "message 1506", "message 1508", "match 2 of 3")
		s.press("n")
		s.shows("needle 7", "message 9")
		if got := s.inReverse(); len(got) != 1 || !strings.Contains(got[0], "needle 7") {
			t.Errorf("selected: %q", got)
		}
		s.press("n")
		s.shows("that was the oldest match")
		s.press("N")
		s.shows("needle 1507")
		s.press("Esc")
		if got := s.inReverse(); len(got) != 0 {
			t.Errorf("still selected: %q", got)
		}
		s.line("/search needle 7")
		s.shows("1 of 1")
		s.press("Esc", "End")
		s.shows("message 3999")
		s.press("Ctrl-S")
		s.typeText("nowhere")
		s.settle()
		s.shows("nothing said here has all these words")
	})
}

func TestSearchWaitsForTheRoomToBeRead(t *testing.T) {
	reading := func() *fronttest.Session {
		sess := fronttest.New()
		sess.Reading = make(chan struct{})
		sess.Say("bob", "a needle")
		return sess
	}
	play(t, 90, 16, reading, func(s *stage) {
		s.press("Ctrl-S")
		s.typeText("needle")
		s.shows("then the search begins")
		close(s.sess.Reading)
		s.emit(peer.RoomReady{Room: "lobby"})
		s.shows("1 of 1")
		s.press("Enter")
		s.shows("match 1 of 1")
	})
}

// Who types on while the past is being read goes on typing.
func TestJumpDoesNotInterrupt(t *testing.T) {
	sess := fronttest.New()
	for range 3000 {
		sess.Say("bob", "x")
	}
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	var later []func() outcome
	m.beside = func(work func() outcome) { later = append(later, work) }
	first := sess.History(3000)[0]
	for _, key := range []string{"", "d"} {
		m.jump(m.current, first, "there")
		if key != "" {
			m.press(key)
		}
		for ; len(later) > 0; later = later[1:] {
			m.finish(later[0]())
		}
		if got := m.place(); (got == selecting) != (key == "") || m.hint == "" {
			t.Errorf("after %q: at %d, %q", key, got, m.hint)
		}
		m.dismiss()
		m.current.log = newLog()
		m.current.log.place(sess.History(1)[0], m.now())
	}
	if got := m.current.composer.text; got != "d" {
		t.Errorf("typed %q", got)
	}
}

func TestThePastIsReadUpToABound(t *testing.T) {
	sess := fronttest.New()
	for range 3 * jumpPage {
		sess.Say("bob", "x")
	}
	last := sess.History(1)[0].Order
	for most, want := range map[int]int{3 * jumpPage: 2*jumpPage + 999, 2 * jumpPage: 0} {
		past, reached := pastUpTo(sess.Room, last, sess.History(3 * jumpPage)[500].Order, most)
		if len(past) < want || len(past) > 3*jumpPage || reached != (want > 0) {
			t.Errorf("at most %d: %d, %v", most, len(past), reached)
		}
		for i := range past[:max(0, len(past)-1)] {
			if past[i].Order >= past[i+1].Order {
				t.Fatal("out of order")
			}
		}
	}
	if _, reached := pastUpTo(sess.Room, sess.History(3 * jumpPage)[0].Order, "", 10); reached {
		t.Error("there is something before the beginning")
	}
}

func TestSelectedMessage(t *testing.T) {
	distinct := func() *fronttest.Session {
		sess := fronttest.New()
		sess.ID = func(n int) string { return fmt.Sprintf("%016x%048x", n, n) }
		return sess
	}
	play(t, 90, 16, distinct, func(s *stage) {
		s.press("Ctrl-Up")
		s.shows("there is no message here yet")
		s.emit(
			fronttest.Joined("bob", peer.PathDirect, time.Millisecond),
			peer.MessageEvent{Message: s.sess.Say("bob", "see https://example.org/a?b and http://other.example.")},
		)
		s.line("mine")
		id := s.sess.History(2)[0].ID
		s.typeText("a draft")
		s.press("Ctrl-Up")
		if got := s.inReverse(); len(got) != 1 || !strings.Contains(got[0], "mine") {
			t.Errorf("selected: %q", got)
		}
		s.shows("r reply", "> a draft")
		s.press("o")
		s.shows("there is no http or https link")
		s.press("k", "y")
		s.shows("copied, if the terminal allows it")
		if got := string(s.screen.GetClipboardData()); got != s.sess.History(2)[0].Text {
			t.Errorf("copied %q", got)
		}
		s.press("e")
		s.shows("only its author can change a message")
		s.press("o", "Down")
		s.shows("to example.org", "> to other.example", "Enter opens the link in your browser")
		s.press("Enter")
		s.shows("opened http://other.example")
		if !slices.Equal(s.opened, []string{"http://other.example"}) {
			t.Errorf("opened %q", s.opened)
		}
		s.press("Ctrl-Up", "Up", "r")
		s.shows("> /reply ~"+id[:16]+" a draft", "your answer to bob#")
		s.press("Enter")
		if m := s.sess.History(1)[0]; m.ReplyTo != id || m.Text != "a draft" {
			t.Errorf("sent %+v", m)
		}
		s.press("Ctrl-Up", "e")
		s.shows("> /edit ~", "a draft", "change it and press Enter")
		s.press("Ctrl-C", "Ctrl-Up", "d")
		s.shows("> /delete ~", "Enter deletes it for everybody")
		s.press("Ctrl-C", "Ctrl-Up", "t")
		s.typeText("tad")
		s.press("Tab", "Enter")
		s.shows("🎉 you")
		s.line("/copy ~1")
		if got := string(s.screen.GetClipboardData()); got != "a draft" {
			t.Errorf("copied %q", got)
		}
		s.line("/open ~99")
		s.shows("there are only 3 messages here")
		s.press("Alt-L")
		s.hides("open room")
		s.hides("bob#nig4   direct")
		s.press("Alt-L")
		s.shows("open room")
	})
}

func TestSuspendKey(t *testing.T) {
	play(t, 90, 16, fronttest.New, func(s *stage) {
		s.typeText("half a tho")
		s.press("Ctrl-Z")
		s.shows("> half a tho")
		if s.suspended != 1 {
			t.Errorf("suspended %d times", s.suspended)
		}
	})
}

// In a terminal that is attached nothing happens where gochat runs.
func TestAttachedTerminal(t *testing.T) {
	o := newOutside(nil, &screenTap{Screen: newSimScreen()}, Options{Screen: newSimScreen()})
	if hint := o.suspend(); !strings.Contains(hint, "gochat attach") {
		t.Errorf("suspended: %q", hint)
	}
	if err := o.open("https://example.org"); err == nil {
		t.Error("opened")
	}
}
