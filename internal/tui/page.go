package tui

import (
	"math"
	"strings"

	"gochat/internal/front"
)

// pageEnd is further than any page is long.
const pageEnd = 1 << 20

// page is a text over the room, to be read and scrolled: the help, a long message,
// or what is known of one. Closed, it gives the keys back to what it was opened
// from: letters that select must not be typed into a message.
type page struct {
	fieldless
	help bool // it is the help
	// The help is to begin with the commands.
	commands bool
	lay      func(width int) []row
	back     overlay // a selection or a page; nil: it was opened from the composer
	first    int     // the row at the top

	width int // of the last layout, kept for scrolling
	all   []row
}

// openPage has a page over the room.
func (m *Model) openPage(p *page) {
	switch m.overlay.(type) {
	case *selection, *page:
		p.back = m.overlay
	default:
		m.dismiss()
	}
	m.overlay = p
}

// dismissAll closes all that lies over the room.
func (m *Model) dismissAll() {
	for m.overlay != nil {
		m.dismiss()
	}
}

func (p *page) place() place { return paging }

func (p *page) status() []string {
	if p.help {
		return []string{"Esc closes; Up, Down, PgUp, PgDn scroll; Home shows the keys", "Esc closes · PgDn scrolls · Home: keys", "Esc · PgDn · Home", "Esc"}
	}
	return []string{"Esc closes; Up, Down, PgUp, PgDn scroll", "Esc closes · PgDn scrolls", "Esc closes · PgDn", "Esc"}
}

// scrollPage moves the page by n rows; rows keeps it within its ends.
func (m *Model) scrollPage(n int) {
	if p, ok := m.overlay.(*page); ok {
		p.first += n
	}
}

func (p *page) rows(width, height int) []row {
	if p.width != width {
		if p.width = width; p.help {
			var commands int
			if p.all, commands = helpRows(width); p.commands {
				p.first, p.commands = commands, false
			}
		} else {
			p.all = p.lay(width)
		}
	}
	p.first = max(0, min(p.first, len(p.all)-height))
	return p.all[p.first:min(len(p.all), p.first+height)]
}

// readSelected shows the whole of the selected message, however long it is.
func (m *Model) readSelected() {
	msg, ok := m.chosen()
	if !ok {
		return
	}
	e := *m.current.log.byID[msg.ID]
	m.openPage(&page{lay: func(width int) []row { return e.wrap(width, math.MaxInt) }})
}

// informSelected shows what is known of the selected message.
func (m *Model) informSelected() {
	msg, ok := m.chosen()
	if !ok {
		return
	}
	r := front.Execute(m.sess, m.current.room, "/info "+front.LongRef(msg.ID))
	if r.Failed {
		m.hint = strings.Join(r.Lines, "; ")
		return
	}
	m.openPage(&page{lay: func(width int) (rows []row) {
		for _, line := range hang(strings.Join(r.Lines, "\n"), width) {
			rows = append(rows, row{{text: line}})
		}
		return rows
	}})
}
