package tui

import (
	"slices"
	"strings"

	"gochat/peer"
)

// writing takes in that somebody began to write, or stopped.
func (p *pane) writing(e peer.Typing) {
	p.writers = slices.DeleteFunc(p.writers, func(x peer.Person) bool { return x.Key == e.Key })
	if e.On {
		p.writers = append(p.writers, e.Person)
	}
}

// wrote tells the room in front that we write, if a key has just changed what
// is in the composer; before is what was there. A command is nobody's business,
// unless it says something.
func (m *Model) wrote(before string) {
	now := m.current.composer.text
	if m.current.room == nil || now == before || strings.TrimSpace(now) == "" || m.current.reading() {
		return
	}
	if strings.HasPrefix(now, "/") && !strings.HasPrefix(now, "//") {
		command, said, _ := strings.Cut(strings.ToLower(now), " ")
		if strings.TrimSpace(said) == "" || !slices.Contains([]string{"/me", "/reply"}, command) {
			return
		}
	}
	m.current.room.Typing()
}
