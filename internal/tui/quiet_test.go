package tui

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// Who is ignored is gone from the screen, quotes included, and is back with what
// was said meanwhile.
func TestIgnoring(t *testing.T) {
	play(t, 100, 20, fronttest.New, func(s *stage) {
		bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
		s.sess.SetMembers(bob.Member)
		s.emit(bob)
		s.says(0, "bob", "first words")
		s.says(0, "carol", "hello")
		first := s.sess.History(2)[0]
		s.line("/reply ~2 so what")
		s.shows("first words", "> bob#")
		s.line("/ignore bob")
		s.hides("first words")
		s.shows("you ignore bob#", "ignored", "> a message of somebody you ignore", "hello")
		s.says(0, "carol", "still here")
		s.sess.Say("bob", "meanwhile")
		s.line("/unignore bob")
		s.shows("first words", "meanwhile", "> bob#"+first.Author.Suffix()+": first words")
		s.hides("  ignored")
	})
}

// A room that shows nothing but an ignored member's words comes back, too.
func TestIgnoringAll(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.says(0, "bob", "first words")
		s.line("/ignore ~1")
		s.hides("first words")
		s.line("/unignore bob")
		s.shows("first words")
	})
}

func TestMutedRooms(t *testing.T) {
	play(t, 110, 16, threeRooms, func(s *stage) {
		s.line("/mute work")
		s.line("/mute --all 3")
		s.says(1, "carol", "the build is red")
		s.says(2, "dave", "Alice, dinner?")
		s.hides("1 │")
		s.hides("1! │")
		s.says(1, "carol", "alice, look")
		s.shows("work        1! │")
		s.line("/unmute 3")
		s.says(2, "dave", "hello?")
		s.shows("1 │")
	})
}

// A flood is one line that counts; others are shown as ever.
func TestFloodIsFolded(t *testing.T) {
	play(t, 100, 40, numbered, func(s *stage) {
		for i := range 134 {
			s.says(0, "bob", fmt.Sprintf("noise %d", i))
		}
		s.shows("114 are folded; /history 114 shows them")
		s.says(0, "carol", "what is this?")
		s.says(0, "carol", "stop")
		s.shows("noise 19", "bob#nig4 sent 134 messages in 1 s: 114 are folded; /history 114 ~000087 shows", "what is this?")
		s.hides("noise 20")
		s.hides("noise 133")
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.key(tcell.KeyEnd, tcell.ModNone)
		s.line("/history 3 ~2")
		s.shows("noise 132")
	})
}

// A match that is folded in a flood is jumped to, with what is around it; the
// rest stays folded, and what comes of the flood, too.
func TestSearchJumpsIntoAFlood(t *testing.T) {
	play(t, 100, 20, fronttest.New, func(s *stage) {
		s.says(0, "carol", "good morning")
		for i := range 134 {
			s.says(0, "bob", fmt.Sprintf("noise %d.", i))
		}
		s.says(0, "carol", "what is this?")
		s.press("Ctrl-S")
		s.typeText("noise 100.")
		s.settle()
		s.press("Enter")
		s.shows("match 1 of 1", "noise 99.", "noise 101.")
		if got := s.inReverse(); len(got) != 1 || !strings.Contains(got[0], "noise 100.") {
			t.Errorf("selected: %q", got)
		}
		s.press("Esc", "Ctrl-S")
		s.typeText("noise 133.")
		s.settle()
		s.press("Enter")
		s.shows("noise 132.", "noise 133.", "what is this?")
		s.says(0, "bob", "noise 134.")
		s.press("Esc", "End")
		s.hides("noise 134.")
		s.press("Home", "PgUp")
		s.shows("good morning", "noise 1.")
		s.press("PgDn")
		s.shows("noise 19.", "115 are folded", "noise 50.")
		s.hides("noise 49.")
	})
}

// What is gone from the history meanwhile is not waited for.
func TestJumpToNothing(t *testing.T) {
	sess := fronttest.New()
	sess.Say("bob", "one")
	sess.Say("bob", "two")
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	m.beside = func(work func() outcome) { m.finish(work()) }
	for _, order := range []string{sess.History(2)[0].Order, afterAll} {
		m.jump(m.current, peer.Message{ID: "gone", Order: order}, "there")
		if m.place() != composing || !strings.Contains(m.hint, "not in the history any more") {
			t.Errorf("at %s: in mode %d with %q", order, m.place(), m.hint)
		}
	}
}

func TestAwayInTheRoster(t *testing.T) {
	play(t, 100, 16, fronttest.New, func(s *stage) {
		bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
		s.emit(bob)
		bob.Was, bob.Away, bob.Status = bob.State, true, "tea"
		s.emit(bob)
		s.shows("  away: tea", "bob#nig4 is away: tea")
		bob.Away, bob.Status, bob.Claims = false, "", "alice"
		s.emit(bob)
		s.shows("! claims to be alice", "bob#nig4 is back")
		s.line("/away")
		s.shows("alice#3nmw (you, away)")
		s.hides("  away")
	})
}

// However messages come and go, the window is within the log.
func TestDropWherever(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	sess := fronttest.New()
	l := newLog()
	for range 500 {
		switch rng.IntN(6) {
		case 0:
			who := fronttest.Key(fmt.Sprint("m", rng.IntN(5)))
			l.drop(func(e *entry) bool { return !e.isNote() && e.msg.Author == who })
		case 1:
			l.scrollUp(rng.IntN(8))
		case 2:
			l.scrollDown(rng.IntN(8))
		case 3:
			l.note("a note", peer.Info, fronttest.Epoch)
		default:
			l.message(sess.Say(fmt.Sprint("m", rng.IntN(5)), "words that are wrapped"), fronttest.Epoch)
		}
		l.resize(12, 1+rng.IntN(9))
		if n := len(l.visible()); n > l.height {
			t.Fatalf("%d rows in %d", n, l.height)
		}
		if len(l.entries) > 0 && (l.anchor < 0 || l.anchor >= len(l.entries)) {
			t.Fatalf("the window hangs at %d of %d", l.anchor, len(l.entries))
		}
	}
	l.drop(func(*entry) bool { return true })
	if len(l.byID)+len(l.answers) != 0 {
		t.Error("something is kept of what was dropped")
	}
}

// What somebody ignored has said is not counted as new any more, in no room.
func TestIgnoredIsNotNew(t *testing.T) {
	play(t, 110, 16, threeRooms, func(s *stage) {
		carol := fronttest.Joined("carol", peer.PathDirect, time.Millisecond)
		s.sess.SetMembers(carol.Member)
		s.emit(carol)
		s.says(1, "carol", "alice, look")
		s.says(1, "carol", "alice, look here")
		s.shows("work        2! │")
		s.says(1, "dave", "the build is red")
		s.shows("work        3! │")
		s.line("/ignore carol")
		s.shows("work         1 │")
	})
}

// Nor is it below a window that is scrolled away.
func TestDropCountsWhatIsBelow(t *testing.T) {
	sess := fronttest.New()
	l := newLog()
	for i := range 20 {
		if i == 14 {
			l.resize(40, 5)
			l.scrollUp(3)
		}
		m := sess.Say([]string{"bob", "carol"}[i%2], "words")
		l.message(m, fronttest.Epoch)
		if i == 15 {
			l.fresh = m.ID
		}
	}
	carol := fronttest.Key("carol")
	l.drop(func(e *entry) bool { return e.msg.Author == carol })
	if l.unread != 3 || l.fresh != "" {
		t.Errorf("%d new below the window, the first new one is %q", l.unread, l.fresh)
	}
}

// Who is ignored is not shown to write.
func TestIgnoredDoesNotWrite(t *testing.T) {
	sess := fronttest.New()
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	bob := peer.Typing{Room: "lobby", Person: fronttest.Person("bob"), On: true}
	m.Apply(bob)
	if len(m.current.writers) != 1 {
		t.Fatal("bob does not write")
	}
	bob.Ignored = true
	m.Apply(peer.IgnoreChanged{Person: bob.Person})
	if len(m.current.writers) != 0 {
		t.Error("bob still writes")
	}
}

// In a muted room, too, the line stands above the first message that is new.
func TestNewInAMutedRoom(t *testing.T) {
	play(t, 110, 16, threeRooms, func(s *stage) {
		s.line("/mute --all work")
		for _, said := range []string{"one.", "two.", "three."} {
			s.says(1, "carol", said)
		}
		s.press("Alt-2")
		text := s.text()
		if strings.Count(text, "── new ──") != 1 || strings.Index(text, "── new ──") > strings.Index(text, "one.") {
			t.Errorf("%s", text)
		}
	})
}

// A selection whose message is gone is left, and goes nowhere else.
func TestSelectedIsGone(t *testing.T) {
	sess := fronttest.New()
	for _, nick := range []string{"carol", "bob"} {
		sess.Say(nick, "words")
	}
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	m.selectMessage()
	bob := fronttest.Key("bob")
	m.current.log.drop(func(e *entry) bool { return !e.isNote() && e.msg.Author == bob })
	m.selectNext(1)
	if m.place() != composing || m.current.log.chosen != "" || m.hint != "the message is gone" {
		t.Errorf("in mode %d, %q is selected; %q", m.place(), m.current.log.chosen, m.hint)
	}
}
