package tui

import (
	"strings"

	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// wrapNote breaks a note into rows. What of a line has no room on its row goes on
// below where the line began, or, in a table of two columns, below the second.
func (e *entry) wrapNote(width, indent int) (rows []row) {
	role := faint
	if e.level != peer.Info {
		role = warning
	}
	put := func(pad int, s string) {
		r := row{{text: strings.Repeat(" ", indent+pad)}}
		if len(rows) == 0 && indent > 0 {
			r = row{{text: front.Clock(e.at()), role: faint}, e.sign()}
		}
		rows = append(rows, append(r, segment{text: s, role: role}))
	}
	width -= indent
	for line := range strings.SplitSeq(e.note, "\n") {
		first := text.Wrap(line, width)[0]
		put(0, line[first.Start:first.End])
		hang := hangOf(line, width)
		if line = strings.TrimLeft(line[first.End:], " "); line == "" {
			continue
		}
		for _, span := range text.Wrap(line, width-hang) {
			put(hang, line[span.Start:span.End])
		}
	}
	return rows
}

// hangOf is how far the rows below the first of a line are indented: as the
// line is, and a line of a table up to what stands in its second column.
func hangOf(line string, width int) int {
	rest := strings.TrimLeft(line, " ")
	begin := len(line) - len(rest)
	hang := begin
	if label := strings.IndexByte(rest, ' '); begin == tableIndent && label > 0 {
		value := strings.TrimLeft(rest[label:], " ")
		hang = begin + text.Width(rest[:label]) + len(rest) - label - len(value)
	}
	switch {
	case hang <= width/3:
		return hang
	case begin <= width/3:
		return begin
	}
	return 0
}

// tableIndent is how far lines of a table are indented that have a label.
const tableIndent = 2
