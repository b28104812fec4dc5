package tui

import (
	"strings"
	"testing"
)

// A key writes what it changes, not the whole screen.
func TestOnlyChangesAreWritten(t *testing.T) {
	win := newWindow(t, 60, 20, opinions["narrow"])
	defer win.tap.Fini()
	lines := make([]string, 20)
	for i := range lines {
		lines[i] = strings.Repeat("word ", 8)
	}
	win.draw(lines)
	whole := win.tty.written
	lines[3] = "another"
	win.draw(lines)
	if part := win.tty.written - whole; part == 0 || part > whole/4 {
		t.Errorf("%d bytes for one row, %d for 20", part, whole)
	}
	win.tap.Sync()
	win.draw(lines)
	if err := win.wrong(); err != nil {
		t.Error(err)
	}
}
