package tui

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// Each line of a roster says the path, and either all or none the time, whatever
// the lengths of the names.
func TestRosterLinesAreAlike(t *testing.T) {
	roster := func(width int, nicks ...string) (lines []string) {
		var members []peer.Member
		for _, nick := range nicks {
			members = append(members, fronttest.Joined(nick, peer.PathDirect, 500*time.Microsecond).Member)
		}
		for _, p := range members {
			line := ""
			for _, s := range rosterRows(p, width, canTime(members, width))[0] {
				line += s.text
			}
			if text.Width(line) > width {
				t.Errorf("%d cells in %d: %q", text.Width(line), width, line)
			}
			lines = append(lines, line)
		}
		return lines
	}
	for _, c := range []struct {
		want  string
		nicks []string
	}{
		{" direct <1 ms", []string{"bo", "kusit"}},
		{" direct", []string{"bo", "kusitsu"}},
		{" direct", []string{"bo", strings.Repeat("long", 8)}},
	} {
		for i, line := range roster(rosterCells-3, c.nicks...) {
			if !strings.HasSuffix(line, c.want) || !strings.Contains(line, c.nicks[i][:2]) {
				t.Errorf("%q", line)
			}
		}
	}
}

// What an overlay says of its keys has a form for narrow windows.
func TestKeysInNarrowWindows(t *testing.T) {
	finding := &finder{hits: make([]peer.Message, maxHits)}
	finding.query.set("x")
	for _, o := range []overlay{
		&selection{}, finding, &finder{}, &question{text: strings.Repeat("\n", 2999)}, &page{}, &page{help: true}, &links{},
		&submittedSearch{}, &submittedSearch{found: []string{""}}, &switcher{}, &switcher{found: []*pane{nil}},
	} {
		forms := o.status()
		if got := longest(forms, 18); text.Width(got) > 18 {
			t.Errorf("in a narrow window %T says %q", o, got)
		}
		if text.Width(forms[0]) > hintCells {
			t.Errorf("in a window of 80 columns %T says %q", o, longest(forms, hintCells))
		}
	}
}

// Half of a joined emoji, as it is while the rest is typed, joins nothing.
func TestNoJoinerBehind(t *testing.T) {
	play(t, 40, 8, fronttest.New, func(s *stage) {
		s.typeText("👨\u200d")
		if strings.Contains(s.text(), "\u200d") {
			t.Errorf("drawn with the joiner: %q", s.text())
		}
		s.typeText("👩")
		if !strings.Contains(s.text(), "👨\u200d👩") {
			t.Errorf("the whole is not drawn: %q", s.text())
		}
	})
}
