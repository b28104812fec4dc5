package front_test

import (
	"strings"
	"testing"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/internal/text"
)

// The list of commands fits a terminal of 80 columns, and what there is to know of
// one can be asked for.
func TestHelpFits(t *testing.T) {
	s := fronttest.New()
	r := front.Execute(s, s.Room, "/help")
	if want := len(front.Commands()) + len(front.HelpNotes()); len(r.Lines) != want {
		t.Fatalf("%d lines, want %d", len(r.Lines), want)
	}
	for _, line := range r.Lines {
		if text.Width(line) > 80 {
			t.Errorf("%d cells: %q", text.Width(line), line)
		}
	}
	for _, c := range front.Commands() {
		r := front.Execute(s, s.Room, "/help "+strings.ToUpper(c.Name))
		if len(r.Lines) != 2 || r.Lines[0] != c.Usage() || r.Lines[1] != "  "+c.Full() || !strings.HasPrefix(c.Full(), c.Help) {
			t.Errorf("%s: %q", c.Name, r.Lines)
		}
	}
}
