package tui

import (
	"fmt"
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// role says what a piece of text is; the view gives each a look.
type role int

const (
	plain role = iota
	faint
	name
	good
	warning
	strong
)

// segment is a piece of a row.
type segment struct {
	text string
	role role
	key  crypto.PublicKey // whose, if role is name
}

// row is one line of the message list.
type row []segment

// entry is a message, or a note: a line of the program's own.
type entry struct {
	order string // of the message; of the message before a note
	seen  time.Time
	note  string // "" for a message
	level peer.Level
	msg   peer.Message
	late  bool // came in among messages that had been on the screen

	// The last layout, kept since most draws change nothing.
	width int
	rows  []row
}

func (e *entry) isNote() bool { return e.note != "" }

// at is the time shown.
func (e *entry) at() time.Time {
	if e.isNote() {
		return e.seen
	}
	return e.msg.Time
}

// clockCells is the column of the time and the indentation of what follows.
const clockCells = 6

// layout breaks the entry into rows of at most width cells.
func (e *entry) layout(width int) []row {
	if e.width != width {
		e.width, e.rows = width, e.wrap(width)
	}
	return e.rows
}

// changed throws the layout away.
func (e *entry) changed() { e.width = 0 }

func (e *entry) wrap(width int) []row {
	indent := clockCells
	if width < 5*clockCells {
		indent = 0 // no room for the time
	}
	body, head := e.note, 0
	if !e.isNote() {
		lead, author := "", front.Author(e.msg)
		if e.msg.Kind == peer.Action {
			lead = "* "
		}
		head = len(lead) + len(author)
		said := text.ExpandTabs(e.msg.Text)
		body = lead + author + ": " + said
		if e.msg.Kind == peer.Action {
			body = lead + author + " " + said
		}
	}
	var rows []row
	last := 0
	for i, span := range text.Wrap(body, width-indent) {
		var r row
		switch {
		case indent > 0 && i == 0:
			r = row{{text: front.Clock(e.at()) + " ", role: faint}}
		case indent > 0:
			r = row{{text: "      "}}
		}
		rows = append(rows, append(r, e.segments(body, head, span)...))
		last = indent + span.Width
	}
	return addTail(rows, last, width, e.tail())
}

// segments splits a wrapped line of body where the author's name ends.
func (e *entry) segments(body string, head int, span text.Span) []segment {
	if e.isNote() {
		role := faint
		if e.level != peer.Info {
			role = warning
		}
		return []segment{{text: body[span.Start:span.End], role: role}}
	}
	split := min(max(head, span.Start), span.End)
	return []segment{
		{text: body[span.Start:split], role: name, key: e.msg.Author},
		{text: body[split:span.End]},
	}
}

// tail is what stands behind a message: what became of an own one, and what
// is odd about its time.
func (e *entry) tail() (tail []segment) {
	if e.isNote() {
		return nil
	}
	if e.msg.Own {
		tail = append(tail, deliveryMark(e.msg.Delivered, e.msg.Of))
	}
	if e.late {
		tail = append(tail, segment{text: "(came late)", role: faint})
	}
	if e.msg.Ahead {
		tail = append(tail, segment{text: "(" + e.msg.Nick + "'s clock is ahead)", role: warning})
	}
	return tail
}

// deliveryMark shows what became of an own message: stored, with some, with all.
func deliveryMark(delivered, of int) segment {
	switch {
	case delivered == 0:
		return segment{text: "·", role: faint}
	case delivered < of:
		return segment{text: fmt.Sprintf("✓ %d/%d", delivered, of), role: faint}
	}
	return segment{text: "✓✓", role: good}
}

// addTail puts tail behind the last row, or below it where there is no room.
func addTail(rows []row, used, width int, tail []segment) []row {
	for _, s := range tail {
		cells := 1 + text.Width(s.text)
		if used+cells > width {
			rows, used = append(rows, nil), 0
			s.text = text.Clip(s.text, width-1)
		}
		n := len(rows) - 1
		rows[n] = append(rows[n], segment{text: " "}, s)
		used += cells
	}
	return rows
}

// daySeparator is the row above the first entry of another day.
func daySeparator(day time.Time) row {
	return separator(day.Local().Format("Mon 2 Jan 2006"))
}

func separator(what string) row { return row{{text: "── " + what + " ──", role: faint}} }
