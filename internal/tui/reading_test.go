package tui

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// reading is a session whose first room is being read.
func reading() *fronttest.Session {
	sess := fronttest.New()
	sess.Room.Reading = make(chan struct{})
	for i := range 300 {
		sess.Say("bob", fmt.Sprintf("line %d", i+1))
	}
	return sess
}

// The past is on the screen while a room is read, and what is written then is
// sent in order, afterwards.
func TestReading(t *testing.T) {
	play(t, 80, 16, reading, func(s *stage) {
		s.shows("reading history…", "line 300")
		s.hides("nobody else here")
		s.line("one")
		s.line("/me waves")
		s.line("three")
		s.pass(time.Minute)
		s.shows("reading history…, then 3 to send")
		s.line("/rooms")
		s.shows("1  lobby")
		if got := s.sess.Sent(); len(got) > 0 {
			t.Errorf("sent %q", got)
		}
		s.key(tcell.KeyHome, tcell.ModCtrl)
		s.shows("line 101")
		s.key(tcell.KeyEnd, tcell.ModCtrl)
		close(s.sess.Room.Reading)
		s.emit(peer.RoomReady{Room: "lobby"})
		s.hides("reading history")
		s.line("four")
		if got := s.sess.Sent(); !slices.Equal(got, []string{"one", "waves", "three", "four"}) {
			t.Errorf("sent %q", got)
		}
		s.key(tcell.KeyHome, tcell.ModCtrl)
		s.shows("line 1\n")
	})
}

// A room that cannot be read says so, once.
func TestReadingFails(t *testing.T) {
	play(t, 80, 16, reading, func(s *stage) {
		s.emit(peer.Notice{Room: "lobby", Level: peer.Failure, Text: "cannot read the messages"})
		s.shows("cannot read the messages")
		s.emit(peer.RoomChanged{Room: "lobby", State: peer.RoomParted, Err: fmt.Errorf("cannot read")})
		s.hides("you left")
	})
}
