package tui

import (
	"fmt"
	"slices"
	"strings"

	"gochat/internal/text"
)

// The list of rooms has a column of its own on a wide screen with more than
// one room; elsewhere the status line has it.
const (
	roomsFrom     = 100 // columns of the screen
	roomsWideFrom = 160
	roomsCells    = 20
	roomsWide     = 30
)

func (m *Model) roomsWidth(screen int) int {
	switch {
	case len(m.panes) < 2 || screen < roomsFrom:
		return 0
	case screen < roomsWideFrom:
		return roomsCells
	}
	return roomsWide
}

// roomsHidden reports whether the list of rooms has no column, or not all its
// rows.
func (m *Model) roomsHidden(screen int) bool {
	return len(m.panes) > 1 && (m.roomsWidth(screen) == 0 || len(m.panes) > m.listed)
}

// news is what a room's list entry says of it: how many messages are unread,
// with a mark if one names us.
func (p *pane) news() string {
	switch {
	case p.unread == 0:
		return ""
	case p.mentions > 0:
		return fmt.Sprintf("%d!", p.unread)
	}
	return fmt.Sprint(p.unread)
}

// roomList is the list of rooms, at most height rows of width cells, with the
// one in front in sight.
func (m *Model) roomList(width, height int) (rows []row) {
	first := max(0, min(slices.Index(m.panes, m.current)-height/2, len(m.panes)-height))
	for i := first; i < len(m.panes) && len(rows) < height; i++ {
		p := m.panes[i]
		mark, role := " ", plain
		if p == m.current {
			mark, role = ">", strong
		}
		if p.unread > 0 {
			role = strong
		} else if p.muted() && p != m.current {
			role = faint
		}
		number, news := fmt.Sprintf("%s%d ", mark, i+1), p.news()
		room := width - len(number) - len(news) - 1
		name := text.Clip(p.name(), room)
		gap := strings.Repeat(" ", max(1, room-text.Width(name)+1))
		newsRole := faint
		if p.mentions > 0 {
			newsRole = warning
		}
		rows = append(rows, row{{text: number, role: role}, {text: name, role: role}, {text: gap}, {text: news, role: newsRole}})
	}
	return rows
}

// roomsInBrief is the list of rooms for the status line, as much of it as goes
// into width cells: all, or those with something new, what names us first, or how
// much that is.
func (m *Model) roomsInBrief(width int) string {
	var all, named, fresh []string
	unread, mark := 0, ""
	for i, p := range m.panes {
		entry := fmt.Sprintf("%d %s", i+1, text.Clip(p.name(), 16))
		if p == m.current {
			entry = ">" + entry
		}
		if p.unread > 0 {
			entry += " (" + p.news() + ")"
			unread += p.unread
			if p.mentions > 0 {
				named, mark = append(named, entry), "!"
			} else {
				fresh = append(fresh, entry)
			}
		}
		all = append(all, entry)
	}
	if s := strings.Join(all, "  "); text.Width(s) <= width {
		return s
	}
	if s := strings.Join(append(named, fresh...), "  "); unread > 0 && text.Width(s) <= width {
		return s
	}
	if unread > 0 {
		return fmt.Sprintf("%d%s unread", unread, mark)
	}
	return fmt.Sprintf("room %d of %d", slices.Index(m.panes, m.current)+1, len(m.panes))
}
