package tui

import (
	"slices"
	"strings"

	"gochat/internal/front"
	"gochat/peer"
)

// selection is the mode in which a message is selected and letters act on it.
// Which one it is the log knows, which shows it.
type selection struct {
	fieldless
	pane *pane
}

func (s *selection) place() place        { return selecting }
func (s *selection) rows(int, int) []row { return nil }

func (s *selection) status() []string {
	return []string{
		"Esc back · r reply · t react · v all · y copy · e edit · d delete · F1",
		"Esc back · r reply · t react · v all · y copy · F1 keys",
		"Esc back · r reply · v all · F1 keys",
		"Esc back · F1 keys", "Esc · F1",
	}
}

// end leaves the mode; the window stays where it is, unless that is the end.
func (s *selection) end() {
	l := s.pane.log
	l.chosen = ""
	l.scrollDown(0)
}

// selectMessage selects the last message in the window.
func (m *Model) selectMessage() {
	l := m.current.log
	for i := min(l.anchor, len(l.entries)-1); i >= 0; i-- {
		if e := l.entries[i]; !e.isNote() {
			m.selectIn(m.current, e.msg.ID)
			return
		}
	}
	m.hint = "there is no message here yet"
}

// selectIn selects a message of a room that is in front.
func (m *Model) selectIn(p *pane, id string) {
	if i := p.log.index(id); i >= 0 {
		p.log.chosen = id
		p.log.following = false // what comes does not move it away
		p.log.reveal(i)
		m.overlay = &selection{pane: p}
	}
}

// chosenRows are the rows of an entry as they look while it is selected.
func chosenRows(rows []row) []row {
	marked := make([]row, len(rows))
	for i, r := range rows {
		marked[i] = slices.Clone(r)
		for j := range marked[i] {
			marked[i][j].chosen = true
		}
	}
	return marked
}

// selectNext selects the message n further down. If the selected one is gone the
// mode is left.
func (m *Model) selectNext(n int) {
	l := m.current.log
	at := l.index(l.chosen)
	if at < 0 {
		m.dismiss()
		m.hint = "the message is gone"
		return
	}
	for i := at + n; i >= 0 && i < len(l.entries); i += n {
		if e := l.entries[i]; !e.isNote() {
			m.selectIn(m.current, e.msg.ID)
			return
		}
	}
	if n < 0 {
		m.hint = "this is the oldest message on the screen; PgUp fetches older ones"
	}
}

// chosen is the selected message, with its text if it has one. If it is gone
// the mode is left.
func (m *Model) chosen() (msg peer.Message, ok bool) {
	l := m.current.log
	e := l.byID[l.chosen]
	if e == nil {
		m.dismiss()
		m.hint = "the message is gone"
		return msg, false
	}
	if missing := front.Missing(e.msg); missing != "" {
		m.hint = missing
		return msg, false
	}
	return e.msg, true
}

// draft leaves the mode and puts a command into the composer, to be completed;
// what was being written comes back with Up.
func (m *Model) draft(command, hint string) {
	m.dismiss()
	m.replace(m.current, command)
	m.hint = hint
}

func (m *Model) replyToSelected() {
	msg, ok := m.chosen()
	if !ok {
		return
	}
	said := m.current.composer.text
	if strings.HasPrefix(said, "/") {
		said = ""
	}
	m.draft("/reply "+front.LongRef(msg.ID)+" "+said, "your answer to "+front.Brief(msg))
}

func (m *Model) editSelected() {
	if msg, ok := m.chosen(); ok && m.isOwn(msg) {
		m.dismiss()
		m.current.composer.take()
		m.enter(m.current, "/edit "+front.LongRef(msg.ID))
	}
}

func (m *Model) deleteSelected() {
	if msg, ok := m.chosen(); ok && m.isOwn(msg) {
		m.draft("/delete "+front.LongRef(msg.ID), "Enter deletes it for everybody; Ctrl-C clears")
	}
}

func (m *Model) isOwn(msg peer.Message) bool {
	if !msg.Own {
		m.hint = "only its author can change a message"
	}
	return msg.Own
}

func (m *Model) reactToSelected() {
	if msg, ok := m.chosen(); ok {
		m.draft("/react "+front.LongRef(msg.ID)+" ", "an emoji, or its name and Tab: tada, heart, +1")
	}
}

func (m *Model) copySelected() {
	if msg, ok := m.chosen(); ok {
		m.copyText(msg)
	}
}

func (m *Model) openSelected() {
	if msg, ok := m.chosen(); ok {
		m.offerLinks(msg)
	}
}
