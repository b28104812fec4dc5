// Package qr draws QR codes for terminals: two modules in a cell, with the quiet
// zone that scanners need around them. The code itself is made by rsc.io/qr.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// The light border in modules: ISO/IEC 18004 asks for Quiet; cameras make do with
// Narrow, where there is no room.
const (
	Quiet  = 4
	Narrow = 2
)

// The colours of a code are set, not the terminal's: it is dark on light in every
// theme.
const (
	blackOnWhite = "\x1b[30;107m"
	reset        = "\x1b[0m"
)

// Code is the QR code of a text.
type Code struct{ code *qr.Code }

// New makes the code of a text, with the least correction of errors: a screen has no
// stains, and less room than paper. The error says that the text is too long.
func New(text string) (Code, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return Code{}, fmt.Errorf("draw a QR code: %w", err)
	}
	return Code{code}, nil
}

// Size is what a drawing takes of a screen.
func (c Code) Size(border int) (columns, rows int) {
	modules := c.code.Size + 2*border
	return modules, (modules + 1) / 2
}

// Draw draws the code, a line of the screen for each two rows of modules. Without
// colour the light modules are the drawn ones, which is right on a dark screen; on
// a light one most cameras read the code inverted.
func (c Code) Draw(colour bool, border int) string {
	end := c.code.Size + border
	var b strings.Builder
	for y := -border; y < end; y += 2 {
		if colour {
			b.WriteString(blackOnWhite)
		}
		for x := -border; x < end; x++ {
			top, bottom := c.code.Black(x, y), c.code.Black(x, y+1)
			if y+1 >= end {
				bottom = !colour // beyond the code: as the screen is
			}
			b.WriteRune(cell(top, bottom, colour))
		}
		if colour {
			b.WriteString(reset)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// cell is two modules, one above the other; what is drawn is the dark ones, or
// the light ones without colour.
func cell(top, bottom, colour bool) rune {
	if !colour {
		top, bottom = !top, !bottom
	}
	switch {
	case top && bottom:
		return '█'
	case top:
		return '▀'
	case bottom:
		return '▄'
	}
	return ' '
}
