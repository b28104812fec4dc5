package tui

import (
	"testing"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func typing(nick string, on bool) peer.Typing {
	return peer.Typing{Room: "lobby", Person: peer.Person{Key: fronttest.Key(nick), Nick: nick}, On: on}
}

func TestWhoIsWriting(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.emit(typing("bob", true))
		s.shows("bob#nig4 is typing")
		s.emit(typing("carol", true), typing("bob", true))
		s.shows("carol#mye5 and bob#nig4 are typing")
		s.emit(typing("dave", true))
		s.shows("3 people are typing")
		s.resize(30, 8)
		s.shows("typing…")
		s.resize(80, 16)
		s.emit(typing("carol", false), typing("dave", false))
		s.shows("bob#nig4 is typing")
		s.emit(typing("bob", false))
		s.hides("typing")
	})
}

func TestWritingIsTold(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		told := func(want int) {
			t.Helper()
			if got := s.room(0).Typed(); got != want {
				t.Errorf("told %d times, want %d", got, want)
			}
		}
		s.typeText("/whois bob")
		told(0)
		s.key(tcell.KeyCtrlU, tcell.ModCtrl)
		told(0)
		s.typeText("hello")
		told(5)
		s.key(tcell.KeyLeft, tcell.ModNone)
		told(5)
		s.key(tcell.KeyEnter, tcell.ModNone)
		told(5)
		s.typeText("/me waves")
		told(10)
	})
}
