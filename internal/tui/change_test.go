package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// enter types a line.
func (s *stage) enter(line string) {
	s.typeText(line)
	s.key(tcell.KeyEnter, tcell.ModNone)
	s.settle()
}

// verbs is a room in which everything was changed that can be.
func verbs(s *stage) {
	bob, carol := fronttest.Person("bob"), fronttest.Person("carol")
	s.emit(fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond))
	s.sess.SetMembers(fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond).Member)
	question := s.sess.Say("bob", "did the bulid go through?")
	s.emit(peer.MessageEvent{Message: question})
	s.enter("/reply yes, an hour ago; the log says so in many more words than fit into one line")
	answer := s.sess.History(1)[0]
	s.sess.Alter(question.ID, func(m *peer.Message) { m.Text, m.Edited = "did the build go through?", true })
	s.sess.Reacted("bob", answer.ID, "🎉")
	s.sess.Reacted("carol", answer.ID, "🎉")
	s.enter("/react +1")
	s.enter("/react ~1 🎉")
	oops := s.sess.Say("carol", "my password is hunter2")
	s.emit(peer.MessageEvent{Message: oops})
	s.sess.Alter(oops.ID, func(m *peer.Message) { m.Content, m.Text = peer.Deleted, "" })
	late := s.sess.Say("carol", "written on the train")
	late.Late, late.Gap, late.ReplyTo = true, true, oops.ID
	s.emit(peer.MessageEvent{Message: late})
	s.enter("on my way")
	own := s.sess.History(1)[0]
	s.emit(peer.Delivered{Room: "lobby", ID: own.ID, Delivered: 1, Of: 2,
		Waiting: []peer.MemberDelivery{{Person: carol, State: peer.NoLink, Reason: "no connection"}}})
	s.sess.SetHoles(peer.Hole{Author: carol, Missing: 2, Holders: []peer.Person{bob}})
	s.enter("/same")
	s.emit(peer.Compared{Room: "lobby", Comparison: peer.Comparison{Peer: bob, Answered: true, Theirs: 2, From: fronttest.Epoch}})
}

func TestGoldenVerbs(t *testing.T) {
	for _, size := range [][2]int{{60, 30}, {100, 28}} {
		name := fmt.Sprintf("testdata/verbs-%dx%d.txt", size[0], size[1])
		play(t, size[0], size[1], fronttest.New, func(s *stage) {
			verbs(s)
			golden(t, name, s.text())
		})
	}
}

func TestChangesInPlace(t *testing.T) {
	play(t, 90, 24, fronttest.New, func(s *stage) {
		verbs(s)
		first := s.sess.History(9)[0]
		s.sess.Alter(first.ID, func(m *peer.Message) { m.Content, m.Text, m.Edited = peer.Deleted, "", false })
		s.sess.SetHoles()
		s.settle()
		s.shows("      > bob#nig4 (message deleted by its author)", "what was missing has come")
		s.hides("did the build")
		s.hides("2 from carol")
		own := s.sess.History(1)[0]
		s.shows("! 1/2 carol#mye5: no connection")
		s.emit(peer.Delivered{Room: "lobby", ID: own.ID, Delivered: 2, Of: 2})
		s.shows("on my way ✓✓")
		s.hides("no connection")
		s.sess.SetHoles(peer.Hole{Author: fronttest.Person("bob"), Missing: 1})
		s.settle()
		s.shows("1 from bob#nig4 missing", "what was missing has come")
	})
}

func TestEditBringsTheTextIntoTheComposer(t *testing.T) {
	play(t, 90, 24, fronttest.New, func(s *stage) {
		s.sess.Alter(s.sess.Say("bob", "x").ID, func(m *peer.Message) { m.ID = strings.Repeat("b", 64) })
		s.enter("helo")
		id := s.sess.History(1)[0].ID
		s.sess.Alter(id, func(m *peer.Message) { m.ID = strings.Repeat("a", 64) })
		s.enter("/edit")
		s.shows("> /edit ~aaaaaaaaaaaaaaaa helo", "change it and press Enter")
		s.key(tcell.KeyBackspace, tcell.ModNone)
		s.enter("lo")
		if m := s.sess.History(1)[0]; m.Text != "hello" {
			t.Errorf("%+v", m)
		}
	})
}

func TestReplyIsAMention(t *testing.T) {
	p := newPane(fronttest.New().Room, func() string { return "alice" }, start)
	own, other := message(1, "mine"), message(2, "bob's")
	own.Own = true
	p.log.message(own, start)
	p.log.message(other, start)
	for _, c := range []struct {
		to   string
		want int
	}{{"", 0}, {other.ID, 0}, {message(7, "").ID, 0}, {own.ID, 1}} {
		m := message(3, "yes")
		m.ReplyTo = c.to
		if p.missed(m); p.mentions != c.want {
			t.Errorf("reply to %q: %d mentions", c.to, p.mentions)
		}
	}
}

// The past is fetched as the user pages back, and the window stays where it is.
func TestPagingBackBeyondWhatIsLoaded(t *testing.T) {
	long := func() *fronttest.Session {
		sess := fronttest.New()
		for i := range recalled + olderPage + 30 {
			sess.Say("bob", fmt.Sprintf("message %d.", i))
		}
		return sess
	}
	play(t, 80, 24, long, func(s *stage) {
		s.shows(fmt.Sprintf("message %d.", recalled+olderPage+29))
		s.key(tcell.KeyHome, tcell.ModNone)
		s.shows(fmt.Sprintf("message %d.", olderPage+30), "↓ more")
		s.hides(fmt.Sprintf("message %d.", olderPage+29))
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.shows(fmt.Sprintf("message %d.", olderPage+29), fmt.Sprintf("message %d.", olderPage+20))
		s.hides(fmt.Sprintf("message %d.", olderPage+32))
		for range olderPage/10 + 3 {
			s.key(tcell.KeyPgUp, tcell.ModNone)
		}
		s.shows("message 0.", "this is the beginning")
		s.key(tcell.KeyEnd, tcell.ModNone)
		s.shows(fmt.Sprintf("message %d.", recalled+olderPage+29))
	})
}

// What streams in of the past takes its place, is no news, and moves nothing.
func TestPastFillsIn(t *testing.T) {
	play(t, 80, 24, fronttest.New, func(s *stage) {
		var past []peer.Message
		for i := range 30 {
			past = append(past, s.sess.Say("bob", fmt.Sprintf("old %d.", i)))
		}
		s.emit(peer.MessageEvent{Message: s.sess.Say("bob", "news")})
		s.hides("old 1.")
		s.emit(peer.HistoryFilled{Room: "lobby", Count: 20, Left: 10, After: past[9].Order, To: past[29].Order})
		s.shows("old 29.", "news")
		s.hides("older records")
		s.emit(peer.HistoryFilled{Room: "lobby", Count: 10, After: "0", To: past[9].Order})
		s.shows("30 older records of before you came; PgUp", "old 29.")
		s.hides("new ")
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.shows("old 0.")
	})
}

func TestPastFillsInAmongWhatIsLoaded(t *testing.T) {
	long := func() *fronttest.Session {
		sess := fronttest.New()
		for i := range recalled {
			sess.Say("bob", fmt.Sprintf("message %d.", i))
		}
		return sess
	}
	play(t, 80, 24, long, func(s *stage) {
		old := s.sess.History(3)
		between := s.sess.Say("carol", "found again")
		s.sess.Alter(between.ID, func(m *peer.Message) { m.Order = old[0].Order + "5" })
		s.emit(peer.HistoryFilled{Room: "lobby", Count: 1, After: old[0].Order, To: old[0].Order + "5"})
		if got := s.text(); strings.Index(got, "found again") > strings.Index(got, fmt.Sprintf("message %d.", recalled-2)) {
			t.Errorf("not in its place:\n%s", got)
		}
		s.shows("found again")
	})
}

func TestChangesOfScrolledMessages(t *testing.T) {
	l := newLog()
	l.resize(60, 3)
	long := message(1, "a\nb\nc\nd\ne\nf")
	l.message(long, start)
	l.message(message(2, "end"), start)
	l.scrollUp(2) // the edge is inside the long message
	long.Text, long.Content = "", peer.Deleted
	l.changed(long)
	l.resize(60, 3)
	expect(t, l, "bob (message deleted by its author)", "end")
	l.changed(message(99, "unknown"))
	answer := message(3, "answer")
	answer.ReplyTo = message(98, "").ID
	l.message(answer, start)
	expect(t, l, "end", "      > a message that is not here", "answer")
}
