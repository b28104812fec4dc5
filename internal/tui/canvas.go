package tui

import (
	"github.com/gdamore/tcell/v2"

	"gochat/internal/text"
)

// tview empties the screen and draws everything anew, and tcell takes a cell for
// changed that was emptied and filled again: each key would write the whole screen,
// some kilobytes over SSH, and leave half a megabyte to collect. So a frame is drawn
// here, and only what differs from the one before is handed on.

// canvas is what is drawn, and what the screen was last given of that.
type canvas struct {
	width, height int
	next, given   []content
}

// content is what stands in a cell. The zero value stands for nothing known.
type content struct {
	char  rune
	more  string // what combines with it
	style tcell.Style
}

func (c content) text() string { return string(c.char) + c.more }

// resize makes an empty frame of this size. Nothing is known of the screen then.
func (f *canvas) resize(width, height int) {
	if width != f.width || height != f.height {
		*f = canvas{width, height, make([]content, width*height), make([]content, width*height)}
	}
}

func (f *canvas) at(x, y int) *content {
	if x < 0 || y < 0 || x >= f.width || y >= f.height {
		return nil
	}
	return &f.next[y*f.width+x]
}

// Clear empties the frame, in the size that the screen has now.
func (t *screenTap) Clear() { t.Fill(' ', tcell.StyleDefault) }

// Fill has the same in all cells of the frame.
func (t *screenTap) Fill(r rune, style tcell.Style) {
	t.canvas.resize(t.Size())
	for i := range t.canvas.next {
		t.canvas.next[i] = content{char: r, style: style}
	}
}

// Get is what the frame has in a cell, and how many it takes.
func (t *screenTap) Get(x, y int) (s string, style tcell.Style, cells int) {
	c := t.canvas.at(x, y)
	if c == nil {
		return "", tcell.StyleDefault, 0
	}
	return c.text(), c.style, max(1, text.Width(c.text()))
}

// GetContent is as Get.
func (t *screenTap) GetContent(x, y int) (r rune, more []rune, style tcell.Style, cells int) {
	_, style, cells = t.Get(x, y)
	if c := t.canvas.at(x, y); c != nil {
		r, more = c.char, []rune(c.more)
	}
	return r, more, style, cells
}

// give hands on what has changed, or all if the screen may have lost it.
func (t *screenTap) give(all bool) {
	f := &t.canvas
	if all {
		clear(f.given)
	}
	for i, c := range f.next {
		if c != f.given[i] {
			t.Screen.SetContent(i%f.width, i/f.width, c.char, []rune(c.more), c.style)
			f.given[i] = c
		}
	}
}
