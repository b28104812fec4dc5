package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// Model is everything the screen shows. It belongs to one goroutine.
type Model struct {
	sess      front.Session
	now       func() time.Time
	panes     []*pane // in the order the rooms were joined
	current   *pane   // the one shown; in no room, a pane without one
	wanted    string  // the room to have in front as soon as it is there
	bootnodes front.Bootnodes
	hint      string // for the status line, until the next key
	pressed   string // the last key, as the key table calls it
	overlay   overlay
	// completion is under way until another key than Tab is pressed; nil: none is.
	completion *completion
	// composerWidth is that of the last drawing, which Up and Down go by.
	composerWidth int
	outside       outside
	quit          bool // the user wants to leave
	away          bool // another window is in front of the terminal
	calls         calls
	theme         string // as in /theme
	listed        int    // rooms that the column of them has room for, at this drawing

	// joining names the rooms that are still to be joined, the next one first.
	joining func() []string

	// keep has a room remember what was read. It must not wait.
	keep func(r front.Room, order string)
	// beside does work that takes a while on another goroutine; its result
	// comes back by finish.
	beside func(work func() outcome)
}

// outcome is what became of an input line.
type outcome struct {
	then   func() // what to do instead, if it was no input line
	pane   *pane  // where it was typed
	input  string
	result front.Result
	queued bool // it was enqueued
}

// NewModel begins with what the session knows already.
func NewModel(sess front.Session, now func() time.Time) *Model {
	m := &Model{sess: sess, now: now, theme: "auto"}
	for _, r := range sess.Rooms() {
		m.panes = append(m.panes, newPane(r, sess.Nick, now()))
	}
	m.keep = front.Room.SetReadUpTo
	m.joining = func() []string { return nil }
	m.current = m.pick(0)
	m.look()
	for _, p := range m.panes {
		for _, line := range front.Introduction(sess, ", Ctrl-C leaves") {
			p.note(line, peer.Info, now())
		}
	}
	return m
}

// pick is the i-th pane or the nearest there is; one without a room if there
// is none.
func (m *Model) pick(i int) *pane {
	if len(m.panes) == 0 {
		return newPane(nil, m.sess.Nick, m.now())
	}
	return m.panes[min(max(i, 0), len(m.panes)-1)]
}

// pane is the one of a room, nil if there is none; "" is what concerns the
// process, which the current one shows.
func (m *Model) pane(room string) *pane {
	if room == "" {
		return m.current
	}
	i := slices.IndexFunc(m.panes, func(p *pane) bool { return p.name() == room })
	if i < 0 {
		return nil
	}
	return m.panes[i]
}

// Apply takes in one event of the session.
func (m *Model) Apply(e peer.Event) {
	switch e := e.(type) {
	case peer.MessageEvent:
		if p := m.pane(e.Room); p != nil && !p.quieted(e.Message, m.now()) {
			if known := p.log.message(e.Message, m.now()); !known {
				if p != m.current || m.away {
					p.missed(e.Message)
				}
				m.call(p, e.Message)
			}
		}
	case peer.MessageChanged:
		if p := m.pane(e.Room); p != nil {
			p.log.changed(e.Message)
		}
	case peer.HistoryFilled:
		if p := m.pane(e.Room); p != nil {
			p.filled(e, m.now())
		}
	case peer.HolesChanged:
		if p := m.pane(e.Room); p != nil {
			p.log.missing(front.Holes(e.Holes), m.now())
		}
	case peer.Compared:
		if p := m.pane(e.Room); p != nil {
			p.note(front.SameLine(e.Comparison), peer.Info, m.now())
		}
	case peer.Typing:
		if p := m.pane(e.Room); p != nil {
			p.writing(e)
		}
	case peer.Delivered:
		if p := m.pane(e.Room); p != nil {
			p.log.delivered(e)
		}
	case peer.MemberChanged:
		if p := m.pane(e.Room); p != nil {
			p.log.cameOrWent(e, p.watch.Member(e), m.now())
		}
	case peer.BootnodeChanged:
		level := peer.Info
		if e.State == peer.BootnodeUnreachable {
			level = peer.Warning
		}
		m.note(m.bootnodes.Change(e), level)
	case peer.IgnoreChanged:
		m.ignoreChanged(e)
	case peer.Notice:
		if p := m.pane(e.Room); p != nil {
			p.note(front.NoticeLine(e), e.Level, m.now())
		}
	case peer.RoomChanged:
		m.roomChanged(e)
	case peer.RoomReady:
		if p := m.pane(e.Room); p != nil && p.room != nil {
			p.recall(recalled, m.now())
			if p == m.current {
				p.unread, p.mentions = 0, 0 // it is in front
			}
			if f, ok := m.overlay.(*finder); ok && f.pane == p {
				f.edited(m)
			}
		}
	}
	m.look()
}

// look notes that the user sees what is in front, unless it is scrolled away.
func (m *Model) look() {
	if m.current.log.following && !m.away {
		m.current.read(m.keep)
	}
}

// note shows a line of the program's own in front; "" is nothing to show.
func (m *Model) note(s string, level peer.Level) { m.current.note(s, level, m.now()) }

func (m *Model) roomChanged(e peer.RoomChanged) {
	i := slices.IndexFunc(m.panes, func(p *pane) bool { return p.name() == e.Room })
	switch {
	case e.State == peer.RoomParted && i >= 0:
		was := m.panes[i]
		m.panes = slices.Delete(m.panes, i, i+1)
		if m.current == was {
			m.show(m.pick(i - 1))
		}
		if e.Err == nil && !e.Ignored { // else a notice has said why, or the command that did it
			m.note("you left "+e.Room, peer.Info)
		}
	case e.State == peer.RoomJoined && i < 0:
		r := front.Find(m.sess, e.Room)
		if r == nil {
			return // left again meanwhile
		}
		p := newPane(r, m.sess.Nick, m.now())
		p.note(front.Greeting(r), peer.Info, m.now())
		m.panes = append(m.panes, p)
		if m.wanted == e.Room || len(m.panes) == 1 {
			m.show(p)
		}
	}
}

// show has a pane in front.
func (m *Model) show(p *pane) {
	if p == m.current {
		return
	}
	switch o := m.overlay.(type) {
	case *selection, *finder, *submittedSearch, *links:
		m.dismiss() // they are about the room that was in front
	case *page:
		if o.back != nil {
			m.dismissAll() // so is this
		}
	case *question:
		m.putOff(o)
	}
	m.completion = nil
	m.current.log.fresh = "" // seen, and by the next time long ago
	m.current, m.wanted = p, ""
	m.look()
}

// goTo has the n-th room in front, from 1 on.
func (m *Model) goTo(n int) {
	if n > len(m.panes) {
		m.hint = fmt.Sprintf("there is no room %d; /join name enters one", n)
		return
	}
	m.show(m.panes[n-1])
}

// step has the next room but n-1 in front, round the list.
func (m *Model) step(n int) {
	if count := len(m.panes); count > 0 {
		m.show(m.panes[(slices.Index(m.panes, m.current)+n+count)%count])
	}
}

// nextUnread has the next room with something new in front, one that names us
// before others.
func (m *Model) nextUnread() {
	var next *pane
	at := slices.Index(m.panes, m.current)
	for i := range m.panes {
		p := m.panes[(at+1+i)%len(m.panes)]
		if p.unread > 0 && (next == nil || next.mentions == 0 && p.mentions > 0) {
			next = p
		}
	}
	if next == nil {
		m.hint = "nothing new in any room"
		return
	}
	m.show(next)
}

// submit sends what is in the composer, or does what it commands.
func (m *Model) submit() {
	if strings.TrimSpace(m.current.composer.text) == "" {
		return
	}
	m.enter(m.current, m.current.composer.take())
}

// enter does an input line of a room.
func (m *Model) enter(p *pane, input string) {
	if p == m.current && m.local(input) {
		return
	}
	work := func() outcome { return outcome{pane: p, input: input, result: front.Execute(m.sess, p.room, input)} }
	switch {
	case front.Slow(input):
		m.hint = working
		m.beside(work)
	case front.Waits(input) && (p.reading() || p.queued > 0):
		m.beside(p.enqueue(work))
	default:
		m.finish(work())
	}
}

// working is the hint while a slow command is under way.
const working = "one moment …"

// finish shows what became of an input line.
func (m *Model) finish(o outcome) {
	if o.then != nil {
		o.then()
		m.look()
		return
	}
	r := o.result
	if o.queued {
		o.pane.queued--
	}
	if m.hint == working {
		m.hint = ""
	}
	if r.Draft != "" {
		m.hint = "change it and press Enter; Ctrl-C clears"
		if m.replace(o.pane, r.Draft) {
			m.hint = "change it and press Enter; Up brings back what you were writing"
		}
		return
	}
	level := peer.Info
	if r.Failed {
		level = peer.Warning
		m.putBack(o)
	}
	p := o.pane
	if p != m.current && !slices.Contains(m.panes, p) {
		p = m.current // its room is gone
	}
	p.note(strings.Join(r.Lines, "\n"), level, m.now())
	p.log.bottom()
	m.quit = m.quit || r.Quit
	if r.Theme != "" {
		m.theme = r.Theme
		m.hint = "the theme is " + r.Theme + ", in this run; --theme keeps it"
	}
	if r.Room != "" {
		m.wanted = r.Room
		if to := m.pane(r.Room); to != nil {
			m.show(to)
		}
	}
	m.look()
}

// putBack puts a message that was not sent back into the composer; a command
// that failed is only an Up away.
func (m *Model) putBack(o outcome) {
	if !strings.HasPrefix(o.input, "/") || strings.HasPrefix(o.input, "//") {
		if m.replace(o.pane, o.input) {
			m.hint = "not sent, and here again; Up brings back what you were writing"
		}
	}
}

// replace puts a text into the composer of a room. What was being written there
// Up brings back; kept reports whether there was something.
func (m *Model) replace(p *pane, s string) (kept bool) {
	if p == m.current {
		m.completion = nil // its word is gone
	}
	kept = strings.TrimSpace(p.composer.take()) != ""
	p.composer.set(s)
	return kept
}

func (m *Model) tooLong() {
	m.hint = fmt.Sprintf("too long: a message has at most %d KiB; send it in parts", maxDraft>>10)
}

// interrupt is Ctrl-C: it clears what was typed, and leaves if there is nothing.
func (m *Model) interrupt() {
	if m.current.composer.text == "" {
		m.quit = true
		return
	}
	m.current.composer.take() // Up brings it back
	m.hint = "cleared; Up brings it back, Ctrl-C again leaves"
}
