package tui

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/front/fronttest"
	"gochat/internal/text"
	"gochat/peer"
)

// What a narrow roster has no room for is the path word before it is the name.
func TestRosterKeepsNames(t *testing.T) {
	for nick, want := range map[string]string{"bombay": "<1 ms", "bo": "direct <1 ms"} {
		p := fronttest.Joined(nick, peer.PathDirect, 500*time.Microsecond).Member
		got := ""
		for _, s := range rosterRows(p, 24)[0] {
			got += s.text
		}
		if !strings.Contains(got, nick+"#") || !strings.HasSuffix(got, " "+want) || text.Width(got) > 24 {
			t.Errorf("%q", got)
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
