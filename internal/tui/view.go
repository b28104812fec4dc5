package tui

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"gochat/internal/front"
	"gochat/internal/text"
)

// maxComposerRows is how far the composer grows before it scrolls.
const maxComposerRows = 6

// view is the root primitive: it shares out the screen and draws the Model.
type view struct {
	*tview.Box
	model  *Model
	themed func(name string) *theme
	theme  *theme // of the last drawing
}

func newView(m *Model, themed func(string) *theme) *view {
	return &view{Box: tview.NewBox(), model: m, themed: themed}
}

// PasteHandler hands a bracketed paste to the composer.
func (v *view) PasteHandler() func(string, func(tview.Primitive)) {
	return func(s string, _ func(tview.Primitive)) { v.model.paste(s) }
}

// Draw implements tview.Primitive.
func (v *view) Draw(screen tcell.Screen) {
	x, y, w, h := v.GetRect()
	if w < 1 || h < 1 {
		return
	}
	v.theme = v.themed(v.model.theme)
	screen.HideCursor()
	if v.model.place() == bare {
		v.drawMessages(screen, area{x, y, w, h})
		return
	}
	composed := v.drawField(screen, area{x, y, w, h})
	h -= composed
	v.model.listed = h - 2 // without the bars
	if h > 1 {
		h -= v.drawStatus(screen, area{x, y, w, h})
	}
	if h > 1 {
		bar := area{x, y, w, 1}
		bar.fill(screen, 0, v.model.header(w), v.theme.bar)
		y++
		h--
	}
	if h < 1 {
		return
	}
	if o := v.model.overlay; o != nil {
		if rows := o.rows(w, h); rows != nil {
			v.model.current.log.height = h
			v.drawRows(screen, area{x, y, w, h}, rows)
			return
		}
	}
	if side := v.model.roomsWidth(w); side > 0 {
		v.drawRooms(screen, area{x, y, side, h})
		x += side
		w -= side
	}
	if side := rosterWidth(w); side > 0 && v.model.current.room != nil && !v.model.current.alone() {
		w -= side
		v.drawRoster(screen, area{x + w, y, side, h})
		w-- // a blank column before the roster
	}
	v.drawMessages(screen, area{x, y, w, h})
}

// maxStatusRows is how far a long hint makes the lower bar grow.
const maxStatusRows = 3

// drawStatus draws the lower bar at the foot of an area, of which it takes a third
// at most, and returns the rows it took.
func (v *view) drawStatus(screen tcell.Screen, a area) int {
	rows := v.model.statusRows(a.w, max(1, min(a.h/3, maxStatusRows)))
	for i, s := range rows {
		bar := area{a.x, a.y + a.h - len(rows) + i, a.w, 1}
		bar.fill(screen, 0, s, v.theme.bar)
	}
	return len(rows)
}

func (v *view) drawMessages(screen tcell.Screen, a area) {
	if v.model.current.alone() || v.model.current.room == nil {
		used := v.drawInvitation(screen, a)
		a.y += used
		a.h -= used
	}
	if a.h < 1 {
		return
	}
	v.model.current.log.resize(a.w, a.h)
	v.drawRows(screen, a, v.model.current.log.visible())
}

// drawInvitation says how a friend joins, while nobody is here, or how to
// enter a room. It leaves half of the area to the messages, three rows at most,
// and returns the rows it took: none if it needs more.
func (v *view) drawInvitation(screen tcell.Screen, a area) int {
	most := max(a.h/2, a.h-3)
	rows := rowsOf([]string{"You are in no room.", "/join name enters one; /quit ends gochat."}, a.w-2)
	if r := v.model.current.room; r != nil {
		rows = rowsOf(front.Alone(v.model.sess, r, &v.model.bootnodes), a.w-2)
		if len(rows) > most {
			rows = rowsOf(front.AloneInBrief(r, &v.model.bootnodes), a.w-2)
		}
	}
	if len(rows) > most {
		return 0 // a piece of it would help nobody
	}
	for y, line := range rows {
		a.put(screen, 1, y, line, v.theme.looks[strong])
	}
	return min(len(rows)+1, a.h)
}

// wrapped is a line as rows. What is to be copied, which is indented, is cut where
// the row ends and not between words: so its first row is not a command by itself.
// That holds for letters of one byte and one cell, of which it is made.
func wrapped(line string, width int) (rows []string) {
	const indent = "  "
	for strings.HasPrefix(line, indent) && len(line) > width && len(line) == text.Width(line) && width > len(indent) {
		rows, line = append(rows, line[:width]), indent+line[width:]
	}
	for _, span := range text.Wrap(line, width) {
		rows = append(rows, line[span.Start:span.End])
	}
	return rows
}

func rowsOf(lines []string, width int) (rows []string) {
	for _, line := range lines {
		rows = append(rows, wrapped(line, width)...)
	}
	return rows
}

func (v *view) drawRooms(screen tcell.Screen, a area) {
	for y := range a.h {
		a.put(screen, a.w-2, y, "│", v.theme.looks[faint])
	}
	inner := area{a.x, a.y, a.w - 3, a.h}
	v.drawRows(screen, inner, v.model.roomList(inner.w, inner.h))
}

func (v *view) drawRoster(screen tcell.Screen, a area) {
	for y := range a.h {
		a.put(screen, 0, y, "│", v.theme.looks[faint])
	}
	inner := area{a.x + 2, a.y, a.w - 3, a.h}
	v.drawRows(screen, inner, v.model.roster(inner.w, inner.h))
}

func (v *view) drawRows(screen tcell.Screen, a area, rows []row) {
	for y, r := range rows {
		x := 0
		for _, s := range r {
			x = a.put(screen, x, y, s.text, v.theme.look(s).Reverse(s.chosen))
		}
	}
}

// drawField draws the line being edited at the foot of an area, the rows around
// its cursor, and returns the rows it took.
func (v *view) drawField(screen tcell.Screen, a area) int {
	c, prompt := v.model.field(), v.model.prompt()
	typing := c != nil
	if v.model.place() == selecting { // what is being written stays in sight
		c, prompt = &v.model.current.composer, fieldPrompt
	}
	if c == nil {
		return 0
	}
	a.w = max(a.w, 1)
	width := max(1, a.w-len(prompt))
	v.model.composerWidth = width
	lines := c.rows(width)
	rows := min(len(lines), maxComposerRows, max(1, a.h/3))
	a.y, a.h = a.y+a.h-rows, rows
	row, column := c.place(lines)
	first := max(0, row-a.h+1)
	for y := range a.h {
		if first+y >= len(lines) {
			break
		}
		mark := prompt
		if first+y > 0 {
			mark = strings.Repeat(" ", len(prompt))
		}
		x := a.put(screen, 0, y, mark, v.theme.looks[strong])
		line := lines[first+y]
		a.put(screen, x, y, c.text[line.Start:line.End], base)
	}
	if typing && v.HasFocus() {
		screen.ShowCursor(a.x+min(len(prompt)+column, a.w-1), a.y+row-first)
	}
	return rows
}
