// Package qr draws QR codes for terminals: two modules in a cell, with the quiet
// zone that scanners need around them. The code itself is made by rsc.io/qr.
package qr

import (
	"fmt"
	"strings"

	"rsc.io/qr"
)

// quiet is the width of the light border in modules (ISO/IEC 18004 asks for 4).
const quiet = 4

// The colours of a code are set, not the terminal's: it is dark on light in every
// theme.
const (
	blackOnWhite = "\x1b[30;107m"
	reset        = "\x1b[0m"
)

// Draw draws a text, a line of the screen for each two rows of modules. Without
// colour the light modules are the drawn ones, which is right on a dark screen; on
// a light one most cameras read the code inverted. The error says that the text is
// too long.
func Draw(text string, colour bool) (string, error) {
	code, err := qr.Encode(text, qr.L)
	if err != nil {
		return "", fmt.Errorf("draw a QR code: %w", err)
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		if colour {
			b.WriteString(blackOnWhite)
		}
		for x := -quiet; x < code.Size+quiet; x++ {
			top, bottom := code.Black(x, y), code.Black(x, y+1)
			if y+1 >= code.Size+quiet {
				bottom = !colour // beyond the code: as the screen is
			}
			b.WriteRune(cell(top, bottom, colour))
		}
		if colour {
			b.WriteString(reset)
		}
		b.WriteByte('\n')
	}
	return b.String(), nil
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
