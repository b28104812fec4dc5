package qr

import (
	"strings"
	"testing"

	"rsc.io/qr"
)

// modules reads a drawing back: true is dark.
func modules(t *testing.T, drawing string, colour bool) (rows [][]bool) {
	t.Helper()
	for line := range strings.Lines(drawing) {
		line = strings.TrimSuffix(line, "\n")
		if colour {
			if !strings.HasPrefix(line, blackOnWhite) || !strings.HasSuffix(line, reset) {
				t.Fatalf("a line leaves the terminal's colours: %q", line)
			}
			line = strings.TrimSuffix(strings.TrimPrefix(line, blackOnWhite), reset)
		}
		var top, bottom []bool
		for _, r := range line {
			top = append(top, (r == '█' || r == '▀') == colour)
			bottom = append(bottom, (r == '█' || r == '▄') == colour)
		}
		rows = append(rows, top, bottom)
	}
	return rows
}

func TestDrawingIsTheCode(t *testing.T) {
	for _, text := range []string{"GOCHAT:AEAGQAIAAR2GK43U", strings.Repeat("GOCHAT:AEAGQAIAAR2GK43U", 20)} {
		code, err := qr.Encode(text, qr.L)
		if err != nil {
			t.Fatal(err)
		}
		made, err := New(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, border := range []int{Quiet, Narrow} {
			for _, colour := range []bool{true, false} {
				rows := modules(t, made.Draw(colour, border), colour)
				want := code.Size + 2*border
				if len(rows) != want+1 || len(rows[0]) != want {
					t.Fatalf("%d rows of %d modules, want %d", len(rows), len(rows[0]), want)
				}
				if columns, lines := made.Size(border); columns != want || 2*lines != len(rows) {
					t.Errorf("the size is %d by %d, and %d by %d/2 are drawn", columns, lines, want, len(rows))
				}
				for y := range want {
					for x := range rows[y] {
						if rows[y][x] != code.Black(x-border, y-border) {
							t.Fatalf("colour %v: module %d, %d is wrong", colour, x, y)
						}
					}
				}
			}
		}
	}
}

// Capitals, digits and the colon have an encoding of their own, of 5.5 bits.
func TestCapitalsAreSmaller(t *testing.T) {
	text := "gochat:" + strings.Repeat("aeagqaia", 25)
	small, err := New(strings.ToUpper(text))
	if err != nil {
		t.Fatal(err)
	}
	large, err := New(text)
	if err != nil {
		t.Fatal(err)
	}
	less, _ := small.Size(Quiet)
	if more, _ := large.Size(Quiet); less >= more {
		t.Errorf("%d and %d columns", less, more)
	}
}

func TestTooLong(t *testing.T) {
	if _, err := New(strings.Repeat("A", 5000)); err == nil {
		t.Error("no code holds 5000 characters")
	}
}
