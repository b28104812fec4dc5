package tui

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"gochat/crypto"
	"gochat/internal/text"
)

// theme gives every role its look. Backgrounds are the terminal's own and
// colours those of its 16-colour palette; nothing is told by colour alone, so
// that mono and NO_COLOR show the same.
type theme struct {
	looks map[role]tcell.Style
	names []tcell.Color // by key; none: all alike
	bar   tcell.Style
}

var base = tcell.StyleDefault

// palette is what themes differ in.
type palette struct {
	good, warning, mention tcell.Color
	names                  []tcell.Color
}

// The palettes: of auto those colours that can be read on black and on white.
var palettes = map[string]palette{
	"auto": {
		good: tcell.ColorGreen, warning: tcell.ColorOlive, mention: tcell.ColorPurple,
		names: []tcell.Color{
			tcell.ColorMaroon, tcell.ColorGreen, tcell.ColorOlive, tcell.ColorPurple,
			tcell.ColorTeal, tcell.ColorRed, tcell.ColorBlue, tcell.ColorFuchsia,
		},
	},
	"dark": {
		good: tcell.ColorLime, warning: tcell.ColorYellow, mention: tcell.ColorFuchsia,
		names: []tcell.Color{
			tcell.ColorMaroon, tcell.ColorGreen, tcell.ColorOlive, tcell.ColorPurple, tcell.ColorTeal, tcell.ColorRed,
			tcell.ColorLime, tcell.ColorYellow, tcell.ColorBlue, tcell.ColorFuchsia, tcell.ColorAqua, tcell.ColorSilver,
		},
	},
	"light": {
		good: tcell.ColorGreen, warning: tcell.ColorMaroon, mention: tcell.ColorPurple,
		names: []tcell.Color{
			tcell.ColorMaroon, tcell.ColorGreen, tcell.ColorNavy, tcell.ColorPurple, tcell.ColorTeal, tcell.ColorRed, tcell.ColorBlue,
		},
	},
	"mono": {good: tcell.ColorDefault, warning: tcell.ColorDefault, mention: tcell.ColorDefault},
}

func newTheme(called string) *theme {
	p, ok := palettes[called]
	if !ok {
		p = palettes["auto"]
	}
	return &theme{
		names: p.names,
		bar:   base.Reverse(true),
		looks: map[role]tcell.Style{
			plain:   base,
			faint:   base.Dim(true),
			name:    base.Bold(true),
			good:    base.Foreground(p.good),
			warning: base.Foreground(p.warning).Bold(true),
			strong:  base.Bold(true),
			mention: base.Foreground(p.mention).Bold(true),
			link:    base.Underline(true),
		},
	}
}

// chooseTheme settles auto by what the environment tells of the terminal:
// NO_COLOR, and COLORFGBG, whose last part is the background's colour.
func chooseTheme(name string, getenv func(string) string) string {
	if name != "auto" && name != "" {
		return name
	}
	if getenv("NO_COLOR") != "" {
		return "mono"
	}
	fgbg := getenv("COLORFGBG")
	switch fgbg[strings.LastIndexByte(fgbg, ';')+1:] {
	case "7", "15":
		return "light"
	case "0", "8":
		return "dark"
	}
	return "auto"
}

// nameColor is fixed by the key: a nick can be imitated, its colour only by one
// key in as many as there are colours.
func (t *theme) nameColor(k crypto.PublicKey) tcell.Color {
	if len(t.names) == 0 {
		return tcell.ColorDefault
	}
	h := fnv.New32a()
	h.Write(k[:])
	return t.names[h.Sum32()%uint32(len(t.names))]
}

func (t *theme) look(s segment) tcell.Style {
	style := t.looks[s.role]
	switch s.role {
	case name:
		style = style.Foreground(t.nameColor(s.key))
	case link:
		style = style.Url(s.url).UrlId(linkID(s.url))
	}
	return style
}

// linkID makes the pieces of one link, on several rows, one to the terminal. It
// has nothing of the link in it that would end it early, such as a semicolon.
func linkID(url string) string {
	h := fnv.New64a()
	h.Write([]byte(url))
	return strconv.FormatUint(h.Sum64(), 36)
}

// area is a rectangle of the screen in cells.
type area struct{ x, y, w, h int }

// put draws s in row y of a from column x on, cut at the area's edge, and
// returns the column behind it. What takes no cell is left out: it would be
// drawn over something else.
func (a area) put(screen tcell.Screen, x, y int, s string, style tcell.Style) int {
	if y < 0 || y >= a.h {
		return x
	}
	for cluster, cells := range text.Clusters(s) {
		if cells == 0 {
			continue
		}
		if x < 0 || x+cells > a.w {
			return x
		}
		runes := shaped(strings.TrimSuffix(cluster, joiner))
		screen.SetContent(a.x+x, a.y+y, runes[0], runes[1:], style)
		x += cells
	}
	return x
}

// joiner ends a cluster whose next rune is yet to be typed. Drawn, it would join
// what stands behind it in the terminal.
const joiner = "\u200d"

// shaped is a cluster as the screen is to take it, which counts cells for itself:
// with the selector that makes an emoji of a symbol, two for one with a skin tone.
func shaped(cluster string) []rune {
	runes := []rune(cluster)
	if len(runes) > 1 && text.Toned(cluster) && runes[1] != vs16 && text.Width(string(runes[0])) == 1 {
		return slices.Insert(runes, 1, vs16)
	}
	return runes
}

const vs16 = '\ufe0f'

// fill draws s in row y of a and blanks in the same style up to its end.
func (a area) fill(screen tcell.Screen, y int, s string, style tcell.Style) {
	for x := a.put(screen, 0, y, s, style); x < a.w; x++ {
		screen.SetContent(a.x+x, a.y+y, ' ', nil, style)
	}
}
