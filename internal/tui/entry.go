package tui

import (
	"strings"
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
	mention // of us
	link
)

// segment is a piece of a row.
type segment struct {
	text string
	role role
	key  crypto.PublicKey // whose, if role is name
	url  string           // where to, if role is link: what the text says, or a part of it
	// chosen is a piece of what is selected, drawn in reverse.
	chosen bool
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

	quote   string // what the message answers; "" for nothing
	waiting string // for whom an own message waits, and why; "" for nobody

	whose crypto.PublicKey // of a note that folds a flood: the flooder
	fold  *front.PastFold  // of one that folds a flood of the past

	forUs bool // it names us, answers us or is to us alone
	// The last layout, kept since most draws change nothing.
	width, most int
	rows        []row
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

// layout breaks the entry into rows of at most width cells, of a message's text
// at most so many.
func (e *entry) layout(width, most int) []row {
	if e.width != width || e.most != most {
		e.width, e.most, e.rows = width, most, e.wrap(width, most)
	}
	return e.rows
}

// changed throws the layout away.
func (e *entry) changed() { e.width = 0 }

func (e *entry) wrap(width, most int) []row {
	indent := clockCells
	if width < 5*clockCells {
		indent = 0 // no room for the time
	}
	if e.isNote() {
		return e.noteRows(width, indent)
	}
	rows := e.above(width, indent)
	body, head := e.body()
	body, spans, more := clipped(body, head, width-indent, most)
	links := text.Links(body[head:])
	last := 0
	for i, span := range spans {
		rows = append(rows, append(e.margin(indent, i == 0), e.segments(body, head, links, span)...))
		last = indent + span.Width
	}
	if more != "" {
		rows, last = append(rows, under(moreLines(more, width-indent), faint, width, indent)), width
	}
	rows = addTail(rows, last, width, e.tail())
	if s := front.Reactions(e.msg); s != "" {
		rows = append(rows, under(s, plain, width, indent))
	}
	return rows
}

// noteRows are those of a line of the program's own.
func (e *entry) noteRows(width, indent int) (rows []row) {
	role := faint
	if e.level != peer.Info {
		role = warning
	}
	for i, line := range hang(e.note, width-indent) {
		rows = append(rows, append(e.margin(indent, i == 0), segment{text: line, role: role}))
	}
	return rows
}

// margin begins a row: with the time, if it is the first.
func (e *entry) margin(indent int, first bool) row {
	switch {
	case indent == 0:
		return nil
	case first:
		return row{{text: front.Clock(e.at()), role: faint}, e.sign()}
	}
	return row{{text: "      "}}
}

// body is a message's name and text, and how long the name is.
func (e *entry) body() (body string, head int) {
	body = front.Author(e.msg)
	action := e.msg.Kind == peer.Action
	if action {
		body = "* " + body
	}
	head = len(body)
	missing, said := front.Missing(e.msg), text.ExpandTabs(e.msg.Text)
	switch {
	case missing != "":
		return body + " (" + missing + ")", head
	case action:
		return body + " " + said, head
	}
	return body + ": " + said, head
}

// above are the rows above a message: that something is missing there, and
// what it answers.
func (e *entry) above(width, indent int) (rows []row) {
	if e.msg.Gap {
		rows = append(rows, separator("something is missing here"))
	}
	if e.quote != "" {
		rows = append(rows, under(e.quote, faint, width, indent))
	}
	return rows
}

// under is a row of its own that belongs to a message.
func under(s string, role role, width, indent int) row {
	return row{{text: strings.Repeat(" ", indent)}, {text: text.Clip(s, width-indent), role: role}}
}

// sign stands behind the time: what is for us has a mark, as in the list of rooms.
func (e *entry) sign() segment {
	if e.forUs {
		return segment{text: "!", role: mention}
	}
	return segment{text: " "}
}

// segments splits a wrapped line of a message's body where the author's name ends, and
// around links, whose places are counted from there.
func (e *entry) segments(body string, head int, links [][2]int, span text.Span) []segment {
	split := min(max(head, span.Start), span.End)
	said := plain
	switch {
	case front.Missing(e.msg) != "":
		said = faint
	case e.forUs:
		said = mention
	}
	out := []segment{{text: body[span.Start:split], role: name, key: e.msg.Author}}
	for _, l := range links {
		from, to := max(head+l[0], split), min(head+l[1], span.End)
		if from < to {
			out = append(out,
				segment{text: body[split:from], role: said},
				segment{text: body[from:to], role: link, url: body[head+l[0] : head+l[1]]})
			split = to
		}
	}
	return append(out, segment{text: body[split:span.End], role: said})
}

// tail is what stands behind a message: what became of an own one, and what
// is odd about its time.
func (e *entry) tail() (tail []segment) {
	if e.msg.Own {
		tail = append(tail, e.deliveryMark())
	}
	if e.msg.Edited && front.Missing(e.msg) == "" {
		tail = append(tail, segment{text: "(edited)", role: faint})
	}
	if e.msg.Late {
		tail = append(tail, segment{text: "(late)", role: faint})
	}
	if e.msg.Ahead {
		tail = append(tail, segment{text: "(" + e.msg.Nick + "'s clock is ahead)", role: warning})
	}
	return tail
}

// deliveryMark shows what became of an own message.
func (e *entry) deliveryMark() segment {
	mark := front.DeliveryMark(e.msg.Delivered, e.msg.Of, e.waiting != "")
	switch {
	case e.msg.Complete:
		return segment{text: front.DeliveryMark(1, 1, false), role: good}
	case e.msg.Delivered > 0 && e.msg.Delivered >= e.msg.Of:
		return segment{text: mark, role: good}
	case e.waiting != "":
		return segment{text: mark + " " + e.waiting, role: warning}
	}
	return segment{text: mark, role: faint}
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
