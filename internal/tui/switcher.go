package tui

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// switcher goes to a room or conversation by some letters of its name. Rooms
// that name the user come first, then those with something new.
type switcher struct {
	picker
	all   []*pane // by the need to look at them
	found []*pane
}

// switchRoom opens the switcher.
func (m *Model) switchRoom() {
	if len(m.panes) == 0 {
		m.hint = inNoRoom
		return
	}
	s := &switcher{picker: picker{label: "go to: "}, all: slices.Clone(m.panes)}
	slices.SortStableFunc(s.all, func(a, b *pane) int { return cmp.Compare(need(b, m.current), need(a, m.current)) })
	m.overlay = s
	s.edited(m)
}

// need says how much a room wants to be looked at.
func need(p, current *pane) int {
	switch {
	case p == current:
		return 0
	case p.mentions > 0:
		return 3
	case p.unread > 0:
		return 2
	}
	return 1
}

func (s *switcher) place() place { return switching }

func (s *switcher) status() []string {
	if len(s.found) == 0 {
		return []string{"none of your rooms has these letters; /join name enters one", "Esc closes · no such room", "Esc: no such room"}
	}
	return []string{
		"Enter goes there; Up and Down choose, letters narrow down, Esc closes",
		"Enter goes there · Esc closes", "Enter goes · Esc",
	}
}

func (s *switcher) edited(*Model) {
	scores := make(map[*pane]int)
	s.found, s.entries = nil, nil
	for _, p := range s.all {
		if score, ok := fuzzy(p.name(), s.query.text); ok {
			scores[p] = score
			s.found = append(s.found, p)
		}
	}
	slices.SortStableFunc(s.found, func(a, b *pane) int { return cmp.Compare(scores[a], scores[b]) })
	for _, p := range s.found {
		entry := p.name()
		if news := p.news(); news != "" {
			entry += " (" + news + ")"
		}
		s.entries = append(s.entries, entry)
	}
	s.mark(0)
}

// take has the marked room in front, unless it was left meanwhile.
func (s *switcher) take(m *Model) {
	m.overlay = nil
	if len(s.found) == 0 {
		return
	}
	if p := s.found[s.marked]; slices.Contains(m.panes, p) {
		m.show(p)
	} else {
		m.hint = "you have left " + p.name()
	}
}

// fuzzy reports whether a name has the letters of a filter in this order, and
// how well it fits: lower is better.
func fuzzy(name, filter string) (score int, ok bool) {
	name, filter = strings.ToLower(name), strings.ToLower(strings.TrimSpace(filter))
	switch i := strings.Index(name, filter); {
	case i == 0:
		return 0, true
	case i > 0 && strings.ContainsAny(name[i-1:i], " -_@,.#"):
		return 1, true
	case i > 0:
		return 2, true
	}
	score = 3
	for _, r := range filter {
		i := strings.IndexRune(name, r)
		if i < 0 {
			return 0, false
		}
		score += i // letters left out
		_, size := utf8.DecodeRuneInString(name[i:])
		name = name[i+size:]
	}
	return score, true
}
