package text

import (
	"strings"

	"github.com/rivo/uniseg"
)

// Span is one line of wrapped text: the bytes s[Start:End], Width cells wide.
// Between the spans of a text lie only newlines and the spaces lines break at.
type Span struct{ Start, End, Width int }

// Wrap breaks s into lines of at most width cells (at least one line): at
// newlines, else where UAX #14 allows it, else between grapheme clusters. A
// cluster wider than width stands alone on its line. Width below 1 counts as 1.
func Wrap(s string, width int) []Span {
	w := wrapper{width: max(width, 1)}
	if isPlain(s) && len(s) <= w.width && !strings.HasSuffix(s, " ") {
		return []Span{{0, len(s), len(s)}}
	}
	// Not uniseg.StepString: it also looks for the ends of sentences, and
	// that takes quadratic time for a full stop before many spaces (v0.4.7).
	segments := segmenter{rest: s, state: -1}
	pos := 0
	for cluster, cells := range Clusters(s) {
		w.add(cluster, pos, cells)
		pos += len(cluster)
		if segments.endsAt(pos) && !opensPath(s[:pos]) || cluster == " " && strings.HasPrefix(s[pos:], "/") {
			w.opportunity(pos)
		}
	}
	w.emit(w.textEnd, w.textCells)
	return w.spans
}

// wrapper holds the line being filled.
type wrapper struct {
	width int
	spans []Span

	start, cells       int // the line, spaces at its end included
	textEnd, textCells int // the line up to its last cluster that is no space

	next       int // where the next line may begin; no opportunity unless > start
	nextCells  int // cells of this line up to there
	breakEnd   int // where this line's text then ends
	breakCells int
}

func (w *wrapper) add(cluster string, pos, cells int) {
	if strings.ContainsAny(cluster, "\n\r") {
		w.emit(w.textEnd, w.textCells)
		w.begin(pos + len(cluster))
		return
	}
	space := cluster == " "
	if !space && w.cells+cells > w.width && pos > w.start {
		w.breakBefore(pos, cells)
	}
	w.cells += cells
	if !space { // spaces may hang over the edge: nobody sees them
		w.textEnd, w.textCells = pos+len(cluster), w.cells
	}
}

// breakBefore makes room for a cluster at pos that does not fit.
func (w *wrapper) breakBefore(pos, cells int) {
	if w.next > w.start && w.breakEnd > w.start {
		w.emit(w.breakEnd, w.breakCells)
		w.start = w.next
		w.cells -= w.nextCells
		w.textEnd, w.textCells = max(w.textEnd, w.start), max(w.textCells-w.nextCells, 0)
		if w.cells+cells <= w.width || pos == w.start {
			return
		}
	}
	if w.cells <= w.width {
		w.emit(pos, w.cells)
	} else { // only hanging spaces get a line that wide
		w.emit(w.textEnd, w.textCells)
	}
	w.begin(pos)
}

func (w *wrapper) opportunity(pos int) {
	if pos > w.start {
		w.next, w.nextCells = pos, w.cells
		w.breakEnd, w.breakCells = w.textEnd, w.textCells
	}
}

func (w *wrapper) emit(end, cells int) { w.spans = append(w.spans, Span{w.start, end, cells}) }

func (w *wrapper) begin(pos int) {
	w.start, w.cells = pos, 0
	w.textEnd, w.textCells = pos, 0
	w.next = 0
}

// opensPath reports whether s ends in slashes that begin a command or a path. UAX
// #14 allows a line to end behind those, and not before them.
func opensPath(s string) bool {
	before := strings.TrimRight(s, "/")
	return len(before) < len(s) && (before == "" || strings.HasSuffix(before, " ") || strings.HasSuffix(before, "\n"))
}

// segmenter walks the places where UAX #14 allows a line to end.
type segmenter struct {
	rest       string
	state, end int
}

// endsAt reports whether a line may end at byte pos; pos only grows. uniseg
// v0.4.7 calls the end of an emoji with skin tone a mandatory break, so its
// word on that is not asked: only \n is one, and add sees it.
func (g *segmenter) endsAt(pos int) bool {
	for g.end < pos && g.rest != "" {
		var segment string
		segment, g.rest, _, g.state = uniseg.FirstLineSegmentInString(g.rest, g.state)
		g.end += len(segment)
	}
	return g.end == pos
}
