package tui

import "fmt"

// The keys that move the window, and those that mean another thing while a
// text is being written.

func (m *Model) pageRows() int { return max(1, m.current.log.height-1) }

func (m *Model) pageUp()   { m.hint = m.current.pageUp(m.pageRows(), m.now()) }
func (m *Model) pageDown() { m.current.log.scrollDown(m.pageRows()) }

func (m *Model) homeKey() {
	if m.current.composer.text == "" {
		m.current.log.top()
	} else {
		m.current.composer.home()
	}
}

func (m *Model) endKey() {
	if m.current.composer.text == "" {
		m.current.log.bottom()
	} else {
		m.current.composer.end()
	}
}

// goToPressed has the room in front that Alt and a digit stand for.
func (m *Model) goToPressed() {
	var n int
	if _, err := fmt.Sscanf(m.pressed, "Alt-%d", &n); err == nil {
		m.goTo(n)
	}
}

// deleteOrLeave is Ctrl-D.
func (m *Model) deleteOrLeave() {
	if c := &m.current.composer; c.text != "" {
		c.delete()
		return
	}
	m.quit = true
}
