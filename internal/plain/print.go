package plain

import (
	"fmt"
	"io"

	"gochat/internal/front"
	"gochat/peer"
)

// Messages returns what writes messages to out as a log, with a line before each
// day. view finds what a message answers.
func Messages(out io.Writer, view func(id string) (peer.Message, bool)) func(peer.Message) error {
	day := ""
	return func(m peer.Message) error {
		if d := m.Time.Local().Format("Monday, 2 January 2006"); d != day {
			day = d
			if _, err := fmt.Fprintf(out, "--- %s ---\n", d); err != nil {
				return fmt.Errorf("write output: %w", err)
			}
		}
		text := front.MessageLines(m, front.Quote(m, view))
		if r := front.Reactions(m); r != "" {
			text += "\n      " + r
		}
		if _, err := fmt.Fprintln(out, text); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
		return nil
	}
}
