package tui

import (
	"fmt"
	"strings"
	"time"

	"gochat/internal/front"
	"gochat/peer"
)

// recalled is how many messages of the past a session begins with.
const recalled = 1000

// Model is everything the screen shows. It belongs to one goroutine.
type Model struct {
	sess     front.Session
	now      func() time.Time
	watch    *front.Watch
	log      *log
	composer composer
	hint     string // for the status line, until the next key
	quit     bool   // the user wants to leave
}

// NewModel begins with what the session knows already.
func NewModel(sess front.Session, now func() time.Time) *Model {
	m := &Model{sess: sess, now: now, watch: front.NewWatch(sess.Members()), log: newLog()}
	for _, msg := range sess.History(recalled) {
		m.log.message(msg, now())
	}
	m.note("you are "+m.self()+"; /help lists the commands, Ctrl-C leaves", peer.Info)
	return m
}

// Apply takes in one event of the session.
func (m *Model) Apply(e peer.Event) {
	switch e := e.(type) {
	case peer.MessageEvent:
		m.log.message(e.Message, m.now())
	case peer.Delivered:
		m.log.delivered(e)
	case peer.MemberChanged:
		m.note(m.watch.Member(e), peer.Info)
	case peer.BootnodeChanged:
		level := peer.Info
		if e.State == peer.BootnodeUnreachable {
			level = peer.Warning
		}
		m.note(m.watch.BootnodeChange(e), level)
	case peer.Notice:
		m.note(front.NoticeLine(e), e.Level)
	}
}

// note shows a line of the program's own; "" is nothing to show.
func (m *Model) note(s string, level peer.Level) {
	if s != "" {
		m.log.note(s, level, m.now())
	}
}

// submit sends what is in the composer, or does what it commands.
func (m *Model) submit() {
	if strings.TrimSpace(m.composer.text) == "" {
		return
	}
	input := m.composer.take()
	if strings.EqualFold(strings.TrimSpace(input), "/help") {
		m.help()
		return
	}
	r := front.Execute(m.sess, input)
	level := peer.Info
	if r.Failed {
		level = peer.Warning
		m.keep(input)
	}
	m.note(strings.Join(r.Lines, "\n"), level)
	m.log.bottom()
	m.quit = m.quit || r.Quit
}

// keyHelp is what /help says here besides the commands.
const keyHelp = `Ctrl-J or Alt-Enter: a new line in the message; Up and Down: what you sent before
PgUp, PgDn, Home, End: scroll (Home and End while nothing is typed, or with Ctrl)
Ctrl-A E B F K U W Y: as in a shell; Ctrl-L: draw anew; Ctrl-C: clear, then leave`

func (m *Model) help() {
	r := front.Execute(m.sess, "/help")
	m.note(strings.Join(r.Lines, "\n")+"\n"+keyHelp, peer.Info)
	m.log.bottom()
}

// keep puts a message that was not sent back into the composer; a command
// that failed is only an Up away.
func (m *Model) keep(input string) {
	if !strings.HasPrefix(input, "/") || strings.HasPrefix(input, "//") {
		m.composer.set(input)
	}
}

// paste takes in a block of text.
func (m *Model) paste(s string) {
	m.hint = ""
	if !m.composer.pasted(s) {
		m.tooLong()
	}
}

func (m *Model) tooLong() {
	m.hint = fmt.Sprintf("too long: a message has at most %d KiB; send it in parts", maxDraft>>10)
}

// interrupt is Ctrl-C: it clears what was typed, and leaves if there is nothing.
func (m *Model) interrupt() {
	if m.composer.text == "" {
		m.quit = true
		return
	}
	m.composer.take() // Up brings it back
	m.hint = "cleared; Up brings it back, Ctrl-C again leaves"
}

// self is the own name as others see it.
func (m *Model) self() string { return front.Handle(m.sess.Nick(), m.sess.Key(), false) }

// alone reports whether nobody else is in the room.
func (m *Model) alone() bool { return len(m.watch.Members()) == 0 }
