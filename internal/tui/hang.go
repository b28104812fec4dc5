package tui

import (
	"strings"

	"gochat/internal/text"
)

// hang breaks a text of the program's own into rows of width cells. What of a line
// has no room on its row goes on below where the line began, or, in a table of two
// columns, below the second.
func hang(s string, width int) (rows []string) {
	for line := range strings.SplitSeq(s, "\n") {
		first := text.Wrap(line, width)[0]
		rows = append(rows, line[first.Start:first.End])
		indent := hangOf(line, width)
		if line = strings.TrimLeft(line[first.End:], " "); line == "" {
			continue
		}
		for _, span := range text.Wrap(line, width-indent) {
			rows = append(rows, strings.Repeat(" ", indent)+line[span.Start:span.End])
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
