package tui

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func env(pairs ...string) func(string) string {
	return func(key string) string {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == key {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func TestWayToCall(t *testing.T) {
	for _, c := range []struct {
		set  string
		env  []string
		want caller
	}{
		{"auto", nil, callBell},
		{"", []string{"TERM", "xterm-256color"}, callBell},
		{"auto", []string{"TERM_PROGRAM", "iTerm.app"}, callOSC9},
		{"auto", []string{"TERM", "xterm-kitty", "TMUX", "/tmp/x"}, callBell},
		{"auto", []string{"TERM", "foot"}, callOSC777},
		{"osc777", []string{"TERM_PROGRAM", "iTerm.app"}, callOSC777},
		{"off", nil, callOff},
	} {
		if got := newCaller(c.set, env(c.env...)); got != c.want {
			t.Errorf("%q with %q: %s, want %s", c.set, c.env, got, c.want)
		}
	}
}

func FuzzCallSequence(f *testing.F) {
	f.Add("bob wrote in lobby")
	f.Add("\x1b\\\x1b]52;c;eA==\a\u009c\n;x")
	f.Fuzz(func(t *testing.T, line string) {
		for _, c := range []caller{callOSC9, callOSC777} {
			s := c.sequence(line)
			inner := strings.TrimSuffix(strings.TrimPrefix(s, "\x1b]"), "\x1b\\")
			if len(inner)+4 != len(s) || strings.ContainsFunc(inner, func(r rune) bool { return r < ' ' || 0x7f <= r && r < 0xa0 }) {
				t.Fatalf("%q", s)
			}
		}
	})
}

// ringing is a screen that notes what it is sent besides cells.
type ringing struct {
	*simScreen
	bells int
	tty   *fakeTty
}

func (r *ringing) Beep() error { r.bells++; return nil }

func (r *ringing) Tty() (tcell.Tty, bool) { return r.tty, r.tty != nil }

type fakeTty struct {
	tcell.Tty
	bytes.Buffer
}

func (f *fakeTty) Write(p []byte) (int, error) { return f.Buffer.Write(p) }
func (f *fakeTty) Read(p []byte) (int, error)  { return f.Buffer.Read(p) }
func (f *fakeTty) Close() error                { return nil }

func TestCallerCalls(t *testing.T) {
	r := &ringing{simScreen: newSimScreen()}
	callOff.call(r, "x")
	callBell.call(r, "x")
	callOSC9.call(r, "without a terminal")
	r.tty = &fakeTty{}
	callOSC777.call(r, "bob wrote\nin \x1b lobby")
	if got := r.tty.String(); r.bells != 2 || got != "\x1b]777;notify;gochat;bob wrote in \ufffd lobby\x1b\\" {
		t.Errorf("%d bells, %q", r.bells, got)
	}
}

// The user is called only while another window is in front, for what the room's
// level says, and not again at once.
func TestCalls(t *testing.T) {
	sess := threeRooms()
	m := NewModel(sess, func() time.Time { return fronttest.Epoch })
	at := fronttest.Epoch
	say := func(room int, nick, text string) {
		r := sess.Rooms()[room].(*fronttest.Room)
		m.Apply(peer.MessageEvent{Message: r.Say(nick, text)})
	}
	expect := func(want string) {
		t.Helper()
		at = at.Add(callPause)
		if got := m.calling(at); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("called with %q, want %q", got, want)
		}
	}
	say(0, "bob", "alice?")
	expect("")
	m.focus(false)
	say(0, "bob", "just talking")
	expect("")
	say(0, "bob", "Alice, are you there?")
	expect("bob#nig4 means you in lobby")
	sess.Rooms()[1].SetBell(front.BellAll)
	sess.Rooms()[2].SetBell(front.BellOff)
	say(2, "bob", "alice!")
	expect("")
	say(1, "bob", "one")
	say(1, "bob", "two")
	expect("2 messages; bob#nig4 wrote in work")
	say(0, "bob", "alice")
	if got := m.calling(at.Add(time.Second)); got != "" {
		t.Errorf("called again at once: %q", got)
	}
	say(0, "bob", "alice")
	say(1, "bob", "three")
	expect("2 messages in 2 rooms; bob#nig4 wrote in work")
	m.focus(true)
	say(0, "bob", "alice")
	expect("")
}

// What comes while another window is in front is unread, and marked where it
// begins.
func TestUnreadWhileAway(t *testing.T) {
	play(t, 80, 16, fronttest.New, func(s *stage) {
		s.says(0, "bob", "seen")
		s.post(tcell.NewEventFocus(false))
		s.settle()
		s.says(0, "bob", "not seen")
		if r, last := s.room(0).ReadUpTo(), s.room(0).History(1)[0].Order; r >= last {
			t.Error("read without being seen")
		}
		s.shows("── new ──")
		s.post(tcell.NewEventFocus(true))
		s.settle()
		if r, last := s.room(0).ReadUpTo(), s.room(0).History(1)[0].Order; r != last {
			t.Errorf("read up to %s, not %s", r, last)
		}
		s.shows("── new ──", "not seen")
		s.post(tcell.NewEventFocus(false))
		s.settle()
		s.hides("── new ──")
		s.post(tcell.NewEventPaste(true)) // the news of a focus waits for its end
		s.post(tcell.NewEventFocus(true))
		s.post(tcell.NewEventPaste(false))
		s.settle()
		s.says(0, "bob", "seen again")
		s.hides("── new ──")
	})
}
