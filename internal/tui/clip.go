package tui

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"gochat/internal/text"
)

// A message takes no more rows of the window than half of it, within these.
const (
	leastClip = 6
	mostClip  = 20
	// maxLaid bounds the bytes of one message that are laid out, unless its rows
	// are wide: spaces that hang over the edge make no row, however many they are.
	maxLaid = 16 << 10
)

// clip is how many rows of one message's text are shown; all of it is a page.
func (l *log) clip() int { return max(leastClip, min(l.height/2, mostClip)) }

// clipped breaks what a message says, behind so many bytes of a name, into at most
// so many rows. It returns as much of it as it took a look at: of a long text only
// the beginning is laid out. more says how much there is besides; "": that is all.
func clipped(body string, head, width, most int) (begin string, spans []text.Span, more string) {
	for n := head + 4*min(most, len(body))*max(width, 1); ; n = min(2*n, maxLaid) {
		begin = beginning(body, n)
		spans = text.Wrap(begin, width)
		if len(spans) <= most && len(begin) == len(body) {
			return begin, spans, ""
		}
		if len(spans) > most || n >= maxLaid { // of more, the last row shown ends where it does in the whole
			spans = spans[:min(len(spans), most-1)]
			return begin, spans, rest(body[spans[len(spans)-1].End:], width)
		}
	}
}

// beginning is at most n bytes of a text.
func beginning(s string, n int) string {
	if n >= len(s) {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// rest says how many rows a text has besides: about so many, if lines of it are
// broken, since they are not laid out.
func rest(s string, width int) string {
	n, about := 0, ""
	for line := range strings.SplitSeq(strings.TrimPrefix(s, "\n"), "\n") {
		runes := utf8.RuneCountInString(line)
		n += max(1, (runes+width-1)/max(width, 1))
		if len(line) > width {
			about = "about "
		}
	}
	lines := "lines"
	if n == 1 {
		lines = "line"
	}
	return fmt.Sprintf("… %s%d more %s", about, n, lines)
}

// moreLines says that a message has more rows than are shown here, and what shows
// them.
func moreLines(more string, width int) string {
	for _, form := range []string{"; to read all of it, select it (Ctrl-Up) and press v", "; Ctrl-Up, then v shows all", "; Ctrl-Up, v: all"} {
		if text.Width(more+form) <= width {
			return more + form
		}
	}
	return more
}
