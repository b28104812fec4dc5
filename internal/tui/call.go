package tui

import (
	"fmt"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// callPause is the least time between two calls: who was called a moment ago
// knows that there is something.
const callPause = 5 * time.Second

// calls are the messages the user is to be called for, who looks elsewhere.
type calls struct {
	count int
	rooms map[string]bool
	line  string    // of the last of them
	next  time.Time // not before that
}

// focus notes that the terminal's window has come to the front, or another one.
// What comes meanwhile to the room in front is unread, below a line of its own.
func (m *Model) focus(here bool) {
	m.away = !here
	m.calls = calls{next: m.calls.next}
	if !here && m.current.unread == 0 {
		m.current.log.fresh = ""
	}
	m.look()
}

// call notes a message that has just come, if its room calls for it.
func (m *Model) call(p *pane, msg peer.Message) {
	if !m.away || msg.Own || p.room == nil {
		return
	}
	direct, forUs := p.room.Between() != nil, p.forUs(msg)
	level := p.room.Bell()
	if level == front.BellOff || level == front.BellMention && !direct && !forUs || !p.room.Muted().Counts(direct || forUs) {
		return
	}
	c := &m.calls
	c.count++
	if c.rooms == nil {
		c.rooms = map[string]bool{}
	}
	c.rooms[p.name()] = true
	verb := " wrote in "
	if forUs && !direct {
		verb = " means you in "
	}
	c.line = front.Author(msg) + verb + p.name()
}

// calling is the line to call the user with at this time, "" for none. It has
// nothing of what was written: a notification may be read by others.
func (m *Model) calling(now time.Time) (line string) {
	c := m.calls
	if c.count == 0 {
		return ""
	}
	m.calls = calls{next: c.next}
	if now.Before(c.next) {
		return ""
	}
	m.calls.next = now.Add(callPause)
	switch {
	case c.count == 1:
		return c.line
	case len(c.rooms) == 1:
		return fmt.Sprintf("%d messages; %s", c.count, c.line)
	}
	return fmt.Sprintf("%d messages in %d rooms; %s", c.count, len(c.rooms), c.line)
}

// caller calls the user through the terminal: callBell and so on.
type caller string

// The ways to call, as in the setting.
const (
	callBell   caller = "bell"
	callOSC9   caller = "osc9"   // iTerm2's notification
	callOSC777 caller = "osc777" // urxvt's
	callOff    caller = "off"
)

// newCaller settles auto by what the environment tells of the terminal. A
// multiplexer keeps notifications for itself, and knows what to do with a bell.
func newCaller(notify string, getenv func(string) string) caller {
	if notify != "" && notify != "auto" {
		return caller(notify)
	}
	term, program := getenv("TERM"), getenv("TERM_PROGRAM")
	switch {
	case getenv("TMUX") != "" || getenv("STY") != "" || strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux"):
		return callBell
	case program == "iTerm.app" || program == "WezTerm" || program == "ghostty" || term == "xterm-kitty" || term == "xterm-ghostty":
		return callOSC9
	case strings.HasPrefix(term, "foot") || strings.HasPrefix(term, "rxvt-unicode"):
		return callOSC777
	}
	return callBell
}

// maxCall is how much of a line is shown, in bytes.
const maxCall = 200

// sequence is what the terminal is sent to show a line; "" if it is not shown.
func (c caller) sequence(line string) string {
	line = strings.ReplaceAll(text.Clean(line, maxCall), "\n", " ")
	switch c {
	case callOSC9:
		return "\x1b]9;gochat: " + line + "\x1b\\"
	case callOSC777:
		return "\x1b]777;notify;gochat;" + line + "\x1b\\"
	}
	return ""
}

// call calls the user: a way that cannot be gone is a bell. An error is a
// terminal that is gone, which the loop hears of, too.
func (c caller) call(screen tcell.Screen, line string) {
	if c == callOff {
		return
	}
	if tty, ok := screen.Tty(); ok && c.sequence(line) != "" {
		_, _ = tty.Write([]byte(c.sequence(line)))
		return
	}
	_ = screen.Beep()
}
