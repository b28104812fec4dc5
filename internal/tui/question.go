package tui

import (
	"fmt"
	"slices"
	"strings"
)

// askedLines is how many line breaks a paste may have without a question.
const askedLines = 5

// question asks what to do with a long paste: it is easily an accident, and a
// room is no place for one.
type question struct {
	fieldless
	pane *pane // where it was pasted
	text string
}

func (q *question) place() place { return asking }

func (q *question) size() string { return fmt.Sprintf("%d lines", strings.Count(q.text, "\n")+1) }

func (q *question) status() []string {
	return []string{
		"send " + q.size() + " as one message? Enter sends, e edits, Esc drops",
		"Enter sends · e edits · Esc drops", "Enter · e edit · Esc",
		"Enter, e or Esc",
	}
}

func (q *question) rows(width, height int) []row {
	rows := paragraph("You pasted "+q.size()+": Enter sends them as one message, e edits, Esc drops.", width, strong)
	if len(rows) > height/2 { // what can be done matters more than all else
		rows = paragraph("Enter sends "+q.size()+", e edits, Esc drops", width, strong)
	} else {
		rows = append(rows, nil)
	}
	for line := range strings.SplitSeq(q.text, "\n") {
		rows = append(rows, paragraph(line, width, plain)...)
		if len(rows) > height {
			break
		}
	}
	if len(rows) > height {
		rows = append(rows[:max(0, height-1)], row{{text: "…", role: faint}})
	}
	return rows[:min(len(rows), max(height, 0))]
}

// sendPasted sends it with what stands in the composer around it. What was
// pasted is a message, also if it looks like a command.
func (m *Model) sendPasted() {
	q, ok := m.overlay.(*question)
	if !ok {
		return
	}
	c, said := &q.pane.composer, q.text
	if c.text == "" && strings.HasPrefix(said, "/") {
		said = "/" + said
	}
	if !c.insert(said) { // a message that came back has the room for it
		m.tooLong()
		return
	}
	m.overlay = nil
	m.enter(q.pane, c.take())
}

// putOff is for a question that another room has come over, which might be taken
// for the one the paste goes to: what was pasted waits in the composer of its own.
func (m *Model) putOff(q *question) {
	if !slices.Contains(m.panes, q.pane) || !q.pane.composer.insert(q.text) {
		m.dismiss()
		return
	}
	m.overlay = nil
	m.hint = "not sent; what you pasted stands in the composer of " + q.pane.name()
}

// editPasted puts it into the composer.
func (m *Model) editPasted() {
	if q, ok := m.overlay.(*question); ok {
		if !q.pane.composer.insert(q.text) {
			m.tooLong()
			return
		}
		m.overlay = nil
	}
}
