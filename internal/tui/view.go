package tui

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"gochat/internal/front"
	"gochat/internal/text"
)

// maxComposerRows is how far the composer grows before it scrolls.
const maxComposerRows = 6

const prompt = "> "

// view is the root primitive: it shares out the screen and draws the Model.
type view struct {
	*tview.Box
	model *Model
	// width of the composer at the last drawing, which Up and Down go by.
	composerWidth int
}

func newView(m *Model) *view { return &view{Box: tview.NewBox(), model: m} }

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
	v.composerWidth = max(1, w-len(prompt))
	lines := v.model.current.composer.rows(v.composerWidth)
	composed := min(len(lines), maxComposerRows, max(1, h/3))
	v.drawComposer(screen, area{x, y + h - composed, w, composed}, lines)
	h -= composed
	if h > 1 {
		h--
		bar := area{x, y + h, w, 1}
		bar.fill(screen, 0, v.model.status(w), barLook)
	}
	if h > 1 {
		bar := area{x, y, w, 1}
		bar.fill(screen, 0, v.model.header(w), barLook)
		y++
		h--
	}
	if h < 1 {
		return
	}
	if side := v.model.roomsWidth(w); side > 0 {
		v.drawRooms(screen, area{x, y, side, h})
		x += side
		w -= side
	}
	if side := rosterWidth(w); side > 0 && v.model.current.room != nil {
		w -= side
		v.drawRoster(screen, area{x + w, y, side, h})
		w-- // a blank column before the roster
	}
	v.drawMessages(screen, area{x, y, w, h})
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
	drawRows(screen, a, v.model.current.log.visible())
}

// drawInvitation says how a friend joins, while nobody is here, or how to
// enter a room. It leaves half of the area to the messages, and returns the rows it took.
func (v *view) drawInvitation(screen tcell.Screen, a area) int {
	y := 0
	lines := []string{"You are in no room.", "/join name enters one; /quit ends gochat."}
	if r := v.model.current.room; r != nil {
		lines = front.Invite(r, v.model.bootnodes.Named())
	}
	for _, line := range lines {
		for _, span := range text.Wrap(line, a.w-2) {
			if y >= a.h/2 {
				return y
			}
			a.put(screen, 1, y, line[span.Start:span.End], looks[strong])
			y++
		}
	}
	return min(y+1, a.h/2)
}

func (v *view) drawRooms(screen tcell.Screen, a area) {
	for y := range a.h {
		a.put(screen, a.w-2, y, "│", looks[faint])
	}
	inner := area{a.x, a.y, a.w - 3, a.h}
	drawRows(screen, inner, v.model.roomList(inner.w, inner.h))
}

func (v *view) drawRoster(screen tcell.Screen, a area) {
	for y := range a.h {
		a.put(screen, 0, y, "│", looks[faint])
	}
	inner := area{a.x + 2, a.y, a.w - 3, a.h}
	drawRows(screen, inner, v.model.roster(inner.w, inner.h))
}

func drawRows(screen tcell.Screen, a area, rows []row) {
	for y, r := range rows {
		x := 0
		for _, s := range r {
			x = a.put(screen, x, y, s.text, look(s))
		}
	}
}

// drawComposer draws the rows around the cursor.
func (v *view) drawComposer(screen tcell.Screen, a area, lines []text.Span) {
	c := &v.model.current.composer
	row, column := c.place(lines)
	first := max(0, row-a.h+1)
	for y := range a.h {
		if first+y >= len(lines) {
			break
		}
		mark := prompt
		if first+y > 0 {
			mark = "  "
		}
		x := a.put(screen, 0, y, mark, looks[strong])
		line := lines[first+y]
		a.put(screen, x, y, c.text[line.Start:line.End], base)
	}
	if v.HasFocus() {
		screen.ShowCursor(a.x+min(len(prompt)+column, a.w-1), a.y+row-first)
	}
}
