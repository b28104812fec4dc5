package tui

import (
	"math"
	"strings"
	"testing"
	"time"

	"gochat/internal/text"
)

// What has no room on its row goes on below what it belongs to.
func TestNoteHangs(t *testing.T) {
	for _, c := range []struct {
		note  string
		width int
		want  string
	}{
		{"one two three four five six seven", 36, "00:00 one two three four five six\n      seven"},
		{"name\n  path    relay through one two three four", 36, "00:00 name\n        path    relay through one\n                two three four"},
		{"    indented by four cells, and long", 36, "00:00     indented by four cells,\n          and long"},
		{"  a-label-that-is-long value value value", 36, "00:00   a-label-that-is-long value\n        value value"},
		{"  path    relay through one two", 20, "  path    relay\n  through one two"},
		{"ends with blanks   \n\nthree", 36, "00:00 ends with blanks\n\n      three"},
		{strings.Repeat("x", 40), 36, "00:00 " + strings.Repeat("x", 30) + "\n      " + strings.Repeat("x", 10)},
		{"                                  far", 36, "00:00\n      far"},
	} {
		e := &entry{note: c.note, seen: time.Unix(0, 0)}
		var got []string
		for _, r := range e.layout(c.width, math.MaxInt) {
			line := ""
			for _, s := range r {
				line += s.text
			}
			if text.Width(line) > c.width {
				t.Errorf("%d cells: %q", text.Width(line), line)
			}
			got = append(got, line)
		}
		for i := range got {
			got[i] = strings.TrimRight(got[i], " ")
		}
		if s := strings.Join(got, "\n"); s != c.want {
			t.Errorf("at %d:\n%s\nwant\n%s", c.width, s, c.want)
		}
	}
}

// A note of a size that messages have is laid out in no time to speak of.
func TestNoteTimeIsLinear(t *testing.T) {
	e := &entry{note: "  ~9f3c2a " + strings.Repeat("word ", 200_000)}
	start := time.Now()
	rows := e.layout(40, math.MaxInt)
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("%d rows after %v", len(rows), d)
	}
}
