package tui

// bareView shows the messages alone over the whole screen, so that the
// terminal's own mouse selects whole lines and nothing beside them.
type bareView struct{ fieldless }

// bareDisplay turns it on.
func (m *Model) bareDisplay() {
	m.dismiss()
	m.overlay = bareView{}
}

func (bareView) place() place        { return bare }
func (bareView) rows(int, int) []row { return nil }
func (bareView) status() []string    { return []string{""} }
