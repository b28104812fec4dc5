package tui

import (
	"regexp"
	"strings"

	"gochat/internal/text"
)

// labelled is the beginning of a line with a label before what it says, or of one
// that continues such a line.
var labelled = regexp.MustCompile(`^ {2}\S+ {2,}|^ {8,}`)

// hang breaks a text of the program's own into rows of width cells. What continues
// a labelled line stands below what the label is of, if there is room.
func hang(s string, width int) (rows []string) {
	for line := range strings.SplitSeq(s, "\n") {
		indent := len(labelled.FindString(line))
		left, said := line[:indent], line[indent:]
		if 2*indent > width { // a label is followed on the same row, then
			said = strings.TrimLeft(line, " ")
			indent = min(2, width-1)
			left = strings.Repeat(" ", indent)
		}
		for _, span := range text.Wrap(said, width-indent) {
			rows = append(rows, left+said[span.Start:span.End])
			left = strings.Repeat(" ", indent)
		}
	}
	return rows
}
