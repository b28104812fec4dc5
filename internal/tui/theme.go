package tui

import (
	"hash/fnv"

	"github.com/gdamore/tcell/v2"

	"gochat/crypto"
	"gochat/internal/text"
)

// The looks. Backgrounds are the terminal's own and colours those of its
// 16-colour palette, so that light and dark terminals both work; nothing is
// told by colour alone, so that NO_COLOR does too.
var (
	base    = tcell.StyleDefault
	barLook = base.Reverse(true)
)

var looks = map[role]tcell.Style{
	plain:   base,
	faint:   base.Dim(true),
	name:    base.Bold(true),
	good:    base.Foreground(tcell.ColorGreen),
	warning: base.Foreground(tcell.ColorOlive).Bold(true),
	strong:  base.Bold(true),
}

// nameColors are readable on black and on white.
var nameColors = [...]tcell.Color{
	tcell.ColorMaroon, tcell.ColorGreen, tcell.ColorOlive, tcell.ColorPurple,
	tcell.ColorTeal, tcell.ColorRed, tcell.ColorBlue, tcell.ColorFuchsia,
}

// nameColor is fixed by the key: a nick can be imitated, its colour only by
// one key in eight.
func nameColor(k crypto.PublicKey) tcell.Color {
	h := fnv.New32a()
	h.Write(k[:])
	return nameColors[h.Sum32()%uint32(len(nameColors))]
}

func look(s segment) tcell.Style {
	style := looks[s.role]
	if s.role == name {
		style = style.Foreground(nameColor(s.key))
	}
	return style
}

// area is a rectangle of the screen in cells.
type area struct{ x, y, w, h int }

// put draws s in row y of a from column x on, cut at the area's edge, and
// returns the column behind it.
func (a area) put(screen tcell.Screen, x, y int, s string, style tcell.Style) int {
	if y < 0 || y >= a.h {
		return x
	}
	for cluster, cells := range text.Clusters(s) {
		if cells == 0 || x < 0 || x+cells > a.w {
			return x
		}
		runes := []rune(cluster)
		screen.SetContent(a.x+x, a.y+y, runes[0], runes[1:], style)
		x += cells
	}
	return x
}

// fill draws s in row y of a and blanks in the same style up to its end.
func (a area) fill(screen tcell.Screen, y int, s string, style tcell.Style) {
	for x := a.put(screen, 0, y, s, style); x < a.w; x++ {
		screen.SetContent(a.x+x, a.y+y, ' ', nil, style)
	}
}
