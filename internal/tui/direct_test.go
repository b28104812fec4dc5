package tui

import (
	"testing"

	"github.com/gdamore/tcell/v2"

	"gochat/crypto"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// A conversation is a room among the others: it comes up when somebody writes,
// and what comes there is for us.
func TestConversations(t *testing.T) {
	play(t, 110, 20, threeRooms, func(s *stage) {
		s.emit(fronttest.Joined("bob", peer.PathDirect, 0))
		s.sess.Room.SetMembers(fronttest.Joined("bob", peer.PathDirect, 0).Member)
		s.typeText("half a tho")
		members, _ := crypto.NewMembers(fronttest.Key("alice"), fronttest.Key("carol"))
		r := s.sess.Converse("@carol", members)
		first := r.Say("carol", "psst")
		s.emit(peer.RoomChanged{Room: "@carol", State: peer.RoomJoined, Direct: true}, peer.MessageEvent{Message: first})
		s.shows(">1 lobby", " 4 @carol      1! │", "half a tho")
		s.hides("psst")
		s.alt('a')
		s.shows(">4 @carol", "psst", "conversation @carol (only the two of you are in it)", "only the two of you are in it")
		s.hides("private room")
		s.hides("gochat --room")
		s.shows("Nobody else of @carol is here now.", "What you write is kept")
		s.line("what is it?")
		s.alt('1')
		s.key(tcell.KeyCtrlU, tcell.ModNone)
		s.line("/msg bob are you there?")
		s.shows(">5 @bob", "are you there?")
		s.line("hm")
		if got := s.sess.Sent(); len(got) != 3 || len(s.room(4).History(9)) != 2 || len(s.room(3).History(9)) != 2 {
			t.Errorf("sent %q", got)
		}
		s.line("/msg nobody hello")
		s.shows("nobody in your rooms is called nobody")
		s.line("/part")
		s.shows("you left @bob")
	})
}
