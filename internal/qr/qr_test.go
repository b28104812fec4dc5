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
		for _, colour := range []bool{true, false} {
			drawing, err := Draw(text, colour)
			if err != nil {
				t.Fatal(err)
			}
			rows := modules(t, drawing, colour)
			if want := code.Size + 2*quiet; len(rows) != want+1 || len(rows[0]) != want {
				t.Fatalf("%d rows of %d modules, want %d", len(rows), len(rows[0]), want)
			}
			for y := range code.Size + 2*quiet {
				for x := range rows[y] {
					if rows[y][x] != code.Black(x-quiet, y-quiet) {
						t.Fatalf("colour %v: module %d, %d is wrong", colour, x, y)
					}
				}
			}
		}
	}
}

// Capitals, digits and the colon have an encoding of their own, of 5.5 bits.
func TestCapitalsAreSmaller(t *testing.T) {
	text := "gochat:" + strings.Repeat("aeagqaia", 25)
	small, err := Draw(strings.ToUpper(text), false)
	if err != nil {
		t.Fatal(err)
	}
	if large, err := Draw(text, false); err != nil || len(small) >= len(large) {
		t.Errorf("%d and %d bytes, %v", len(small), len(large), err)
	}
}

func TestTooLong(t *testing.T) {
	if _, err := Draw(strings.Repeat("A", 5000), true); err == nil {
		t.Error("no code holds 5000 characters")
	}
}
