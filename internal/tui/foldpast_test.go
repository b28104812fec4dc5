package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// noisy is a room whose past has a flood of one member between what others said.
func noisy(noise int) func() *fronttest.Session {
	return func() *fronttest.Session {
		sess := fronttest.New()
		sess.Say("carol", "good morning")
		flooded(sess, noise)
		sess.Say("carol", "what was that?")
		return sess
	}
}

// flooded has bob say much within a second.
func flooded(sess *fronttest.Session, noise int) {
	at := time.Time{}
	for i := range noise {
		m := sess.Say("bob", fmt.Sprintf("noise %d.", i))
		if at.IsZero() {
			at = m.Time
		}
		sess.Alter(m.ID, func(x *peer.Message) { x.Time = at })
	}
}

// foldLines counts the lines of floods that the screen shows.
func foldLines(s *stage) int { return strings.Count(s.text(), "folded") }

// A flood of the past is folded as one that comes, and /history shows it.
func TestFloodOfThePastIsFolded(t *testing.T) {
	play(t, 100, 40, noisy(300), func(s *stage) {
		s.shows("good morning", "noise 19.", "bob#nig4 sent 300 messages in 1 s: 280 are folded; /history 280 ~", "what was that?")
		s.hides("noise 20.")
		s.hides("noise 299.")
		s.line("/history 3 ~1")
		s.shows("noise 299.")
	})
}

// The line of a flood that was the end of the past stays right when more comes.
func TestFloodAtTheEndOfThePast(t *testing.T) {
	sess := func() *fronttest.Session {
		sess := numbered()
		flooded(sess, 30)
		return sess
	}
	play(t, 100, 40, sess, func(s *stage) {
		s.shows("10 are folded; /history 10 shows them")
		s.says(0, "carol", "hello")
		s.shows("10 are folded; /history 10 ~00001f shows them")
		s.line("/history 10 ~00001f")
		s.shows("noise 20.", "noise 29.")
	})
}

// Paged back, a flood is one line, however many pages it takes.
func TestPagingThroughAFlood(t *testing.T) {
	play(t, 100, 40, noisy(2500), func(s *stage) {
		s.shows("what was that?", "folded")
		s.press("PgUp", "PgUp", "PgUp")
		s.shows("good morning", "noise 0.", "noise 19.")
		s.press("PgUp")
		s.shows("this is the beginning")
		if n := foldLines(s); n != 1 {
			t.Errorf("%d lines of the flood:\n%s", n, s.text())
		}
	})
}

// A newcomer to whom the past comes in pieces sees one line, too.
func TestFloodOfThePastThatComes(t *testing.T) {
	play(t, 100, 40, fronttest.New, func(s *stage) {
		s.sess.Say("carol", "good morning")
		for range 5 {
			after := s.sess.History(1)[0].Order
			flooded(s.sess, 64)
			s.emit(peer.HistoryFilled{Room: "lobby", Count: 64, After: after, To: s.sess.History(1)[0].Order})
		}
		s.shows("bob#nig4", "are folded")
		if n := foldLines(s); n > 2 {
			t.Errorf("%d lines of the flood:\n%s", n, s.text())
		}
	})
}

// A match inside is jumped to, with what is around it; the rest stays folded.
func TestSearchJumpsIntoAFloodOfThePast(t *testing.T) {
	for _, noise := range []int{300, 2500} {
		play(t, 100, 20, noisy(noise), func(s *stage) {
			s.press("Ctrl-S")
			s.typeText("noise 100.")
			s.settle()
			s.press("Enter")
			s.shows("match 1 of 1", "noise 99.", "noise 100.", "noise 101.")
			s.press("Esc", "End", "PgUp", "PgUp", "PgUp")
			s.hides("noise 299.")
		})
	}
}

// Who is ignored is gone with the line of the flood, and comes back with it.
func TestIgnoringAFlooder(t *testing.T) {
	play(t, 100, 40, noisy(300), func(s *stage) {
		s.line("/ignore ~2")
		s.hides("folded")
		s.hides("noise")
		s.line("/unignore bob")
		s.shows("noise 19.", "280 are folded")
		s.hides("noise 20.")
		if n := foldLines(s); n != 1 {
			t.Errorf("%d lines of the flood:\n%s", n, s.text())
		}
	})
}
