package tui

import (
	"strings"
	"unicode/utf8"

	"gochat/internal/text"
)

// overlay is what lies over the room in front and has the keys while it does.
type overlay interface {
	place() place
	// field is the line being edited, nil if there is none, and prompt what
	// stands before it.
	field() *composer
	prompt() string
	// rows are drawn over the messages, height of width cells at most; nil: the
	// messages stay in sight.
	rows(width, height int) []row
	// status is said in the status line, in forms for fit: the last has the keys
	// that matter and goes into 18 cells.
	status() []string
}

// A list is an overlay with entries, one of which is marked.
type list interface {
	overlay
	move(n int)
	take(m *Model)
}

// watcher is an overlay that wants to know when its field was changed.
type watcher interface{ edited(m *Model) }

// fieldless is the part of overlays that edit nothing.
type fieldless struct{}

func (fieldless) field() *composer { return nil }
func (fieldless) prompt() string   { return "" }

// fieldPrompt stands before what is typed in the composer.
const fieldPrompt = "> "

// place says whose keys count.
func (m *Model) place() place {
	if m.overlay == nil {
		return composing
	}
	return m.overlay.place()
}

// field is the line being edited, nil if there is none.
func (m *Model) field() *composer {
	if m.overlay == nil {
		return &m.current.composer
	}
	return m.overlay.field()
}

// prompt stands before the line being edited.
func (m *Model) prompt() string {
	if m.overlay == nil {
		return fieldPrompt
	}
	return m.overlay.prompt()
}

// press does what a key stands for, by its name in the key table, or types it.
func (m *Model) press(key string) {
	m.hint, m.pressed = "", key
	defer m.look() // scrolling may have brought the latest into sight
	if key != "Tab" && key != "Shift-Tab" && key != "Esc" {
		m.completion = nil
	}
	over, before := m.overlay, ""
	p, draft := m.current, m.current.composer.text
	if f := m.field(); f != nil {
		before = f.text
	}
	if b := bound(m.place(), key); b != nil {
		b.do(m)
	} else if r, size := utf8.DecodeRuneInString(key); size == len(key) && size > 0 && m.field() != nil {
		if !m.field().typed(r) {
			m.tooLong()
		}
	}
	if w, ok := m.overlay.(watcher); ok && over == m.overlay && m.field().text != before {
		w.edited(m)
	}
	if p == m.current {
		m.wrote(draft)
	}
}

// dismiss closes what lies over the room, and comes back to what that was opened from.
func (m *Model) dismiss() {
	switch o := m.overlay.(type) {
	case *selection:
		o.end()
	case *question:
		m.hint = "not sent; " + o.size() + " dropped"
	case *page:
		m.overlay = o.back
		return
	}
	m.overlay = nil
}

// paste takes in a block of text: into the line being edited, after a question
// if it is long.
func (m *Model) paste(s string) {
	m.hint, m.completion = "", nil
	s = cleanPaste(s)
	switch field := m.field(); {
	case m.place() == asking:
		m.hint = "" // the question that is there comes first
		return
	case m.overlay != nil && field != nil:
		field.insert(oneLine(s)) // what has no room is nothing to search for
		if w, ok := m.overlay.(watcher); ok {
			w.edited(m)
		}
		return
	case m.overlay != nil:
		m.dismissAll()
	}
	c := &m.current.composer
	switch {
	case len(c.text)+len(s) > maxDraft:
		m.tooLong()
	case strings.Count(s, "\n") >= askedLines:
		m.overlay = &question{pane: m.current, text: s}
	default:
		c.insert(s)
	}
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// moveInList marks another entry of a list.
func (m *Model) moveInList(n int) {
	if l, ok := m.overlay.(list); ok {
		l.move(n)
	}
}

// takeFromList does what the marked entry of a list stands for.
func (m *Model) takeFromList() {
	if l, ok := m.overlay.(list); ok {
		l.take(m)
	}
}

// cleanPaste makes a pasted text one that could have been typed; one that is
// too long stays too long.
func cleanPaste(s string) string { return text.ExpandTabs(text.Clean(s, maxDraft+1)) }
