package tui

import (
	"strings"

	"gochat/internal/front"
	"gochat/internal/text"
)

// help opens the help, or closes it.
func (m *Model) help() {
	if m.place() == asking {
		return // what was pasted waits for an answer
	}
	if p, ok := m.overlay.(*page); ok && p.help {
		m.dismiss()
		return
	}
	m.openPage(&page{help: true})
}

// helpOnCommands opens the help where the commands are: whoever typed one looks for
// others.
func (m *Model) helpOnCommands() { m.openPage(&page{help: true, commands: true}) }

// helpRows are the key table and the commands, and where these begin.
func helpRows(width int) (rows []row, commands int) {
	for _, s := range keyTable {
		rows = append(rows, paragraph(s.title, width, strong)...)
		for _, b := range s.bindings {
			rows = append(rows, helpEntry(strings.Join(keyLabels(b.keys), ", "), b.help, width)...)
		}
		rows = append(rows, nil)
	}
	commands = len(rows)
	rows = append(rows, row{{text: "Commands", role: strong}})
	for _, u := range usages() {
		rows = append(rows, helpEntry(u[0], u[1], width)...)
	}
	rows = append(rows, nil)
	for _, note := range front.HelpNotes() {
		rows = append(rows, paragraph(note, width, plain)...)
	}
	return rows, commands
}

// helpCells is the column of the keys.
const helpCells = 30

// helpEntry is what something does, beside it or, where it is narrow, below.
func helpEntry(what, help string, width int) (rows []row) {
	column := helpCells
	if width < 2*helpCells {
		column = 4
	}
	if text.Width(what)+4 > column {
		rows = append(rows, row{{text: text.Clip("  "+what, width)}})
		what = ""
	}
	for i, r := range paragraph(help, width-column, faint) {
		left := ""
		if i == 0 {
			left = what
		}
		pad := segment{text: "  " + left + strings.Repeat(" ", max(0, column-2-text.Width(left)))}
		rows = append(rows, append(row{pad}, r...))
	}
	return rows
}

// keyLabels are keys as people read them.
func keyLabels(keys []string) []string {
	if len(keys) == len(roomKeys) && keys[0] == roomKeys[0] {
		return []string{keys[0] + " to " + keys[len(keys)-1]}
	}
	labels := make([]string, len(keys))
	for i, k := range keys {
		if labels[i] = k; k == " " {
			labels[i] = "Space"
		}
	}
	return labels
}
