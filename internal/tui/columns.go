package tui

import (
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
)

// Terminals do not agree on how many cells some characters take, and tcell writes
// the cells of a row one behind the other: it tells the terminal a place only
// where it has left something out, or behind what takes two cells. So a row with
// such characters is written in passes: first those characters, which then stay
// locked, and the ordinary text last. No cell is written right behind such a
// character of one cell in the same pass, so the terminal is told the place of
// each, and text is written over what a character wider than we think has covered.

// pass says when a cell is written. Of such characters side by side each is
// written after the one before it; of more than there are passes for, some may
// cover their neighbours where the terminal thinks them wider.
type pass byte

const ordinary pass = 8 // the last one, that of ordinary text

// drawn is what a cell of a row shows.
type drawn struct {
	text  string
	style tcell.Style
	pass  pass
}

// SetContent draws a cell, and notes the rows that terminals may see otherwise.
func (t *screenTap) SetContent(x, y int, r rune, more []rune, style tcell.Style) {
	if doubtful(r, len(more) > 0) {
		if t.doubtful == nil {
			t.doubtful = map[int]bool{}
		}
		t.doubtful[y] = true
	}
	if c := t.canvas.at(x, y); c != nil {
		*c = content{r, string(more), style}
	}
}

// doubtful reports whether terminals disagree about a character, given its first
// rune: about symbols, other than those that frames are made of, about emoji, also
// those that are newer than our tables, and about most of what is made of several
// runes.
func doubtful(r rune, several bool) bool {
	switch {
	case several:
		return true
	case r < 0x300, 0x2500 <= r && r < 0x2600, r == '✓':
		return false
	case 0x1f000 <= r && r < 0x20000, unicode.Is(unicode.M, r):
		return true
	}
	return r >= 0x2190 && unicode.Is(unicode.So, r)
}

// Show writes what has changed.
func (t *screenTap) Show() {
	width, _ := t.Size()
	anew := t.anew.Swap(false)
	t.give(anew)
	shown := make(map[int][]drawn, len(t.doubtful))
	changed, passes := map[int][]drawn{}, [ordinary + 1]bool{}
	for y := range t.doubtful {
		if row, known := t.shown[y]; known && !anew && t.still(row, y, width) {
			shown[y] = row
			continue
		}
		changed[y] = t.row(y, width, &passes)
		shown[y] = changed[y]
	}
	for y := range t.shown {
		if !t.doubtful[y] { // unlocked it is written whole, with what may have been covered
			t.LockRegion(0, y, width, 1, false)
		}
	}
	t.doubtful, t.shown = nil, shown
	passes[ordinary] = true
	for p, used := range passes {
		if used {
			t.only(changed, pass(p))
			t.Screen.Show()
		}
	}
}

// row is a row as it is to be written, in passes that it marks as used.
func (t *screenTap) row(y, width int, passes *[ordinary + 1]bool) []drawn {
	row := make([]drawn, width)
	before := 0 // how many cells the character before takes
	for x := 0; x < width; x += before {
		s, style, cells := t.Screen.Get(x, y)
		g := drawn{s, style, ordinary}
		if r, size := utf8.DecodeRuneInString(s); doubtful(r, size < len(s)) {
			g.pass = 0
			if x > 0 && row[x-1].pass != ordinary {
				g.pass = row[x-1].pass
				if before == 1 {
					g.pass = (g.pass + 1) % ordinary
				}
			}
		}
		passes[g.pass] = true
		for i := range min(cells, width-x) { // the second cell of two goes with the first
			row[x+i] = g
		}
		before = cells
	}
	return row
}

// still reports whether a row is what it was.
func (t *screenTap) still(row []drawn, y, width int) bool {
	if len(row) != width {
		return false
	}
	for x := 0; x < width; {
		s, style, cells := t.Screen.Get(x, y)
		if row[x].text != s || row[x].style != style {
			return false
		}
		x += cells
	}
	return true
}

// only frees the cells of one pass and locks the others of those rows; at no time
// cells of two passes are free, as tcell may write by itself.
func (t *screenTap) only(rows map[int][]drawn, p pass) {
	for y, row := range rows {
		t.LockRegion(0, y, len(row), 1, true)
		for x, g := range row {
			if g.pass == p {
				t.LockRegion(x, y, 1, 1, false)
			}
		}
	}
}

// Sync writes everything anew: the plain rows at once, the others with the
// drawing that follows.
func (t *screenTap) Sync() {
	t.anew.Store(true)
	t.Screen.Sync()
}

// Resume takes the screen back, on which nothing is left of what was there.
func (t *screenTap) Resume() error {
	t.anew.Store(true)
	return t.Screen.Resume()
}
