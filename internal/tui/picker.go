package tui

import "gochat/internal/text"

// picker is a list to choose from, with a line that narrows it down: what the
// search, the rooms and what was sent have in common.
type picker struct {
	query   composer
	label   string   // stands before the query
	entries []string // as shown, one line each
	marked  int
	lowest  bool // the entries stand at the bottom, the latest below
}

func (p *picker) field() *composer { return &p.query }
func (p *picker) prompt() string   { return p.label }

func (p *picker) move(n int) { p.mark(p.marked + n) }

// mark marks entry i, or the nearest there is.
func (p *picker) mark(i int) { p.marked = max(0, min(i, len(p.entries)-1)) }

func (p *picker) rows(width, height int) []row {
	rows := make([]row, 0, height)
	first := max(0, min(p.marked-height/2, len(p.entries)-height))
	end := min(len(p.entries), first+max(height, 0))
	if p.lowest {
		for range height - (end - first) {
			rows = append(rows, nil)
		}
	}
	for i := first; i < end; i++ {
		rows = append(rows, listRow(p.entries[i], i == p.marked, width))
	}
	return rows
}

// listRow is an entry of a list.
func listRow(s string, marked bool, width int) row {
	if marked {
		return row{{text: text.Clip("> "+s, width), role: strong, chosen: true}}
	}
	return row{{text: text.Clip("  "+s, width)}}
}

// paragraph is a text in rows of width cells.
func paragraph(s string, width int, role role) (rows []row) {
	for _, span := range text.Wrap(s, width) {
		rows = append(rows, row{{text: s[span.Start:span.End], role: role}})
	}
	return rows
}
