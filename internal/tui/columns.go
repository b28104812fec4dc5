package tui

import (
	"hash/fnv"
	"unicode"

	"github.com/gdamore/tcell/v2"
)

// Terminals do not agree on how many cells some characters take, and tcell writes
// the cells of a row one behind the other. So a row with such a character is
// written in passes, every other cell in each: then the terminal is told the
// place of each, and what it thinks of one moves no other.

// SetContent notes the rows that terminals may see otherwise.
func (t *screenTap) SetContent(x, y int, r rune, more []rune, style tcell.Style) {
	if doubtful(r, more) {
		if t.doubtful == nil {
			t.doubtful = map[int][]int{}
		}
		t.doubtful[y] = append(t.doubtful[y], x)
	}
	t.Screen.SetContent(x, y, r, more, style)
}

// doubtful reports whether terminals disagree about a character: about symbols,
// other than those that frames are made of, and about most of what is made of
// several runes.
func doubtful(r rune, more []rune) bool {
	switch {
	case len(more) > 0:
		return true
	case r < 0x2190, 0x2500 <= r && r < 0x2600, r == '✓':
		return false
	}
	return unicode.Is(unicode.So, r)
}

// Show writes what has changed.
func (t *screenTap) Show() {
	width, _ := t.Size()
	sums := make(map[int]uint64, len(t.doubtful))
	var changed []int
	for y := range t.doubtful {
		sums[y] = t.sum(y, width)
		if old, known := t.shown[y]; !known || old != sums[y] {
			changed = append(changed, y)
		}
	}
	for y := range t.shown { // what was doubtful may have moved something
		if t.doubtful[y] == nil {
			changed = append(changed, y)
		}
	}
	places := t.doubtful
	t.doubtful, t.shown = nil, sums
	for _, y := range changed {
		t.odd(y, width, true)
	}
	t.Screen.Show()
	if changed == nil {
		return
	}
	for _, y := range changed {
		t.odd(y, width, false) // this has them written, too
	}
	t.Screen.Show()
	for _, y := range changed { // what such a character has covered that was written before it
		for _, x := range places[y] {
			if _, _, cells := t.Get(x, y); x%2 == 1 && cells == 1 {
				t.LockRegion(x+1, y, 1, 1, true)
				t.LockRegion(x+1, y, 1, 1, false)
			}
		}
	}
	t.Screen.Show()
}

// odd locks or frees every other cell of a row.
func (t *screenTap) odd(y, width int, lock bool) {
	for x := 1; x < width; x += 2 {
		t.LockRegion(x, y, 1, 1, lock)
	}
}

// sum is that of a row's cells.
func (t *screenTap) sum(y, width int) uint64 {
	h := fnv.New64a()
	for x := 0; x < width; x++ {
		s, style, cells := t.Get(x, y)
		fg, _, attrs := style.Decompose()
		h.Write([]byte(s))
		h.Write([]byte{0xff, byte(fg), byte(attrs)})
		x += cells - 1
	}
	return h.Sum64()
}

// Sync writes everything anew.
func (t *screenTap) Sync() {
	t.shown = nil
	t.Screen.Sync()
}
