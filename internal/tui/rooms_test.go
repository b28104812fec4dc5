package tui

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front/fronttest"
	"gochat/peer"
)

// threeRooms is a session in lobby, work and family.
func threeRooms() *fronttest.Session {
	sess := fronttest.New()
	sess.Add("work")
	sess.Add("family and friends").IsPrivate = true
	return sess
}

func (s *stage) room(i int) *fronttest.Room { return s.sess.Rooms()[i].(*fronttest.Room) }

func (s *stage) alt(r rune) {
	s.screen.InjectKey(tcell.KeyRune, r, tcell.ModAlt)
	s.settle()
}

func (s *stage) line(text string) {
	s.typeText(text)
	s.key(tcell.KeyEnter, tcell.ModNone)
	s.settle()
}

// says lets somebody say something in a room.
func (s *stage) says(room int, nick, text string) {
	s.emit(peer.MessageEvent{Message: s.room(room).Say(nick, text)})
}

// inRooms is a scene with three rooms, two of them with something new.
func inRooms(s *stage) {
	bob := fronttest.Joined("bob", peer.PathDirect, 12*time.Millisecond)
	carol := fronttest.Joined("carol", peer.PathRelay, 48*time.Millisecond)
	carol.Room = "work"
	s.emit(peer.BootnodeChanged{State: peer.BootnodeRegistered, Address: "203.0.113.5:9595"}, bob, carol)
	s.says(0, "bob", "morning!")
	s.says(1, "carol", "the build is red")
	s.says(1, "carol", "and green again")
	s.says(2, "dave", "Alice, dinner at eight?")
	s.says(2, "dave", "or at nine")
	s.typeText("half a tho")
}

func TestGoldenRooms(t *testing.T) {
	for _, size := range [][2]int{{60, 16}, {110, 16}, {200, 60}} {
		name := fmt.Sprintf("rooms-%dx%d.txt", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			play(t, size[0], size[1], threeRooms, func(s *stage) {
				inRooms(s)
				golden(t, filepath.Join("testdata", name), s.text())
			})
		})
	}
}

func TestSwitchingRooms(t *testing.T) {
	play(t, 110, 20, threeRooms, func(s *stage) {
		inRooms(s)
		s.shows(">1 lobby", " 2 work         2 │", " 3 family and… 2! │", "morning!", "bob#")
		s.hides("the build is red")
		s.alt('a') // the one that names us first
		s.shows(">3 family and f…", "Alice, dinner at eight?", "── new ──", "private room")
		s.hides("morning!")
		s.hides("half a tho")
		s.hides("2!")
		s.typeText("at eight")
		s.alt('a')
		s.shows(">2 work", "and green again", "carol#")
		s.hides("at eight")
		s.alt('a')
		s.shows("nothing new in any room", ">2 work")
		s.alt('1')
		s.shows(">1 lobby", "> half a tho")
		s.key(tcell.KeyUp, tcell.ModAlt)
		s.shows(">3 family", "> at eight")
		s.hides("── new ──")
		s.key(tcell.KeyDown, tcell.ModAlt)
		s.key(tcell.KeyDown, tcell.ModAlt)
		s.shows(">2 work")
		s.alt('7')
		s.shows("there is no room 7", ">2 work")
		s.line("to work")
		s.alt('3')
		s.key(tcell.KeyEnter, tcell.ModNone)
		s.settle()
		if got := fmt.Sprint(len(s.room(1).History(10)), len(s.room(2).History(10)), s.sess.Sent()); got != "3 3 [to work at eight]" {
			t.Errorf("sent %s", got)
		}
	})
}

// Each room keeps its window, and what was seen is known to the session.
func TestReadAndUnread(t *testing.T) {
	play(t, 110, 12, threeRooms, func(s *stage) {
		for i := range 30 {
			s.says(1, fmt.Sprint("bob", i%3), fmt.Sprintf("work %d", i))
		}
		s.shows(" 2 work        30 │")
		if r := s.room(1).ReadUpTo(); r >= s.room(1).History(30)[0].Order {
			t.Errorf("read up to %s without being shown", r)
		}
		s.alt('2')
		s.shows("work 29")
		if r, last := s.room(1).ReadUpTo(), s.room(1).History(1)[0].Order; r != last {
			t.Errorf("read up to %s, want %s", r, last)
		}
		s.key(tcell.KeyPgUp, tcell.ModNone)
		s.hides("work 29")
		seen := s.room(1).ReadUpTo()
		s.says(1, "bob", "below the edge")
		s.shows("↓ 1 new")
		s.alt('1')
		s.alt('2')
		s.shows("↓ 1 new")
		if r := s.room(1).ReadUpTo(); r != seen {
			t.Error("what is below the edge counts as read")
		}
		s.key(tcell.KeyEnd, tcell.ModNone)
		s.shows("below the edge")
		if r, last := s.room(1).ReadUpTo(), s.room(1).History(1)[0].Order; r != last {
			t.Errorf("read up to %s, want %s", r, last)
		}
	})
}

// What came to a room that was never looked at is unread in the next run, once
// though it may be told of again; what was there before the first run is not.
func TestNeverRead(t *testing.T) {
	session := func(read string, texts ...string) func() *fronttest.Session {
		return func() *fronttest.Session { // a bubble has its own
			sess := threeRooms()
			work := sess.Rooms()[1].(*fronttest.Room)
			for _, text := range texts {
				work.Say("bob", text)
			}
			work.SetReadUpTo(read)
			return sess
		}
	}
	read := ""
	play(t, 110, 20, session("", "long ago"), func(s *stage) {
		s.shows(" 2 work           │")
		read = s.room(1).ReadUpTo()
	})
	play(t, 110, 20, session(read, "long ago", "one", "two"), func(s *stage) {
		s.shows(" 2 work         2 │")
		s.emit(peer.MessageEvent{Message: s.room(1).History(1)[0]})
		s.shows(" 2 work         2 │")
	})
}

// A room that was left and is joined again begins with its past, and with what
// came unseen.
func TestUnreadOfThePast(t *testing.T) {
	play(t, 110, 20, func() *fronttest.Session {
		sess := threeRooms()
		work := sess.Rooms()[1].(*fronttest.Room)
		work.SetReadUpTo(work.Say("bob", "seen").Order)
		work.Say("bob", "unseen")
		work.Say("bob", "alice: unseen too")
		return sess
	}, func(s *stage) {
		s.shows(" 2 work        2! │")
		s.alt('2')
		s.shows("seen", "unseen too")
		lines := strings.Split(s.text(), "\n")
		for i, line := range lines {
			if strings.Contains(line, "── new ──") && !(strings.Contains(lines[i-1], ": seen") && strings.Contains(lines[i+1], ": unseen")) {
				t.Errorf("the mark is at the wrong place:\n%s", s.text())
			}
		}
		s.shows("── new ──")
	})
}

func TestJoinAndPart(t *testing.T) {
	play(t, 110, 20, fronttest.New, func(s *stage) {
		s.hides("1 lobby") // no list of one room
		s.line("/join tea")
		s.shows(">2 tea", " 1 lobby", "room tea (open room", "Looking for others")
		s.line("hello tea")
		s.line("/join lobby")
		s.shows(">1 lobby")
		s.hides("not joined")
		s.line("/room te")
		s.shows(">2 tea", "hello tea")
		s.line("/part")
		s.shows("you left tea", "lobby")
		s.hides(" 1 lobby")
		s.line("/part")
		s.shows("in no room", "/join name enters one; /quit", "you left lobby")
		s.line("hello?")
		s.shows("you are in no room; /join", "> hello?")
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		s.key(tcell.KeyUp, tcell.ModAlt)
		s.alt('a')
		s.alt('1')
		s.shows("there is no room 1")
		s.line("/join lobby")
		s.shows("room lobby (open room", "Looking for others")
		s.hides("in no room")
	})
}

// Input goes on while a room is being joined.
func TestSlowJoin(t *testing.T) {
	play(t, 110, 20, fronttest.New, func(s *stage) {
		s.sess.JoinTakes = 300 * time.Millisecond
		s.line("/join tea")
		s.shows("one moment", "lobby")
		s.typeText("typed meanwhile")
		s.shows("> typed meanwhile")
		s.pass(300 * time.Millisecond)
		s.shows(">2 tea")
		s.hides("one moment")
		s.alt('1')
		s.shows("> typed meanwhile")
		s.line("")
		s.sess.JoinErr = fmt.Errorf("the disk is full")
		s.line("/join cake")
		s.pass(time.Second)
		s.shows("not joined: the disk is full")
	})
}

// What the session is still to join is said until it is, whatever was said before.
func TestStillJoining(t *testing.T) {
	joining := []string{"a room with a rather long name", "cake"}
	sess := fronttest.New()
	m := NewModel(sess, time.Now)
	m.joining = func() []string { return joining }
	for width, want := range map[int]string{100: " joining a room with a rather long name…, then 1 more", 40: " joining 2 rooms…", 14: " joining…"} {
		if got := m.statusRows(width, 1)[0]; !strings.HasPrefix(got, want) {
			t.Errorf("%d columns: %q", width, got)
		}
	}
	joining = joining[1:]
	if got := m.statusRows(60, 1)[0]; !strings.HasPrefix(got, " joining cake…") {
		t.Errorf("%q", got)
	}
	joining = nil
	if got := m.statusRows(60, 1)[0]; strings.Contains(got, "joining") {
		t.Errorf("%q", got)
	}
}

// A session ends while a room is being joined.
func TestLeaveDuringSlowJoin(t *testing.T) {
	play(t, 110, 20, fronttest.New, func(s *stage) {
		s.sess.JoinTakes = 300 * time.Millisecond
		s.line("/join tea")
		s.key(tcell.KeyCtrlC, tcell.ModCtrl)
		s.pass(time.Second)
		if !s.left() {
			t.Error("still there")
		}
	})
}

// More rooms than rows, and than the status line holds.
func TestManyRooms(t *testing.T) {
	many := func() *fronttest.Session {
		sess := fronttest.New()
		for i := range 29 {
			sess.Add(fmt.Sprint("room ", i+2))
		}
		return sess
	}
	play(t, 110, 12, many, func(s *stage) {
		s.shows(">1 lobby", " 9 room 9")
		s.hides("30 room 30")
		for range 20 {
			s.key(tcell.KeyDown, tcell.ModAlt)
		}
		s.shows(">21 room 21", " 20 room 20")
		s.hides("1 lobby")
		s.key(tcell.KeyUp, tcell.ModAlt)
		for range 20 {
			s.key(tcell.KeyUp, tcell.ModAlt)
		}
		s.shows(">30 room 30")
		s.resize(60, 16)
		s.shows("room 30 of 30")
		s.says(4, "bob", "hello")
		s.shows("5 room 5 (1)")
		for i := range 20 {
			s.says(i, "bob", "hello alice")
		}
		s.shows("21! unread")
		s.resize(20, 5)
		s.resize(1, 1)
	})
}
