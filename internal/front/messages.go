package front

import (
	"fmt"
	"strings"

	"gochat/internal/text"
	"gochat/peer"
)

// MessageLines is a message as the lines of an append-only log: time, name,
// marks and the first line of text, then the other lines indented. quote is
// what it answers (Quote), "" for nothing.
//
// The marks stand between name and colon, where no text of the author's can be.
func MessageLines(m peer.Message, quote string) string {
	head := Author(m)
	if m.Kind == peer.Action {
		head = "* " + head
	}
	if marks := Marks(m); marks != nil {
		head += " (" + strings.Join(marks, ", ") + ")"
	}
	head = Clock(m.Time) + " " + head
	if Missing(m) != "" {
		return head
	}
	said := strings.ReplaceAll(m.Text, "\n", "\n      ")
	if quote != "" {
		return head + ": " + quote + "\n      " + said
	}
	if m.Kind == peer.Action {
		return head + " " + said
	}
	return head + ": " + said
}

// How much of a message is shown to a reader whose screen is not known: so many
// rows of so many cells.
const (
	clippedRows  = 20
	clippedCells = 80
)

// ClipText is a message of which a reader is shown the beginning, if it is long:
// one message must not fill screens.
func ClipText(m peer.Message) peer.Message {
	rows := text.Wrap(m.Text, clippedCells)
	if len(rows) > clippedRows {
		m.Text = m.Text[:rows[clippedRows-2].End] + fmt.Sprintf("\n… %d more lines; /history shows all of them", len(rows)-clippedRows+1)
	}
	return m
}

// Marks are what is to be known of a message besides its text, in words.
func Marks(m peer.Message) (marks []string) {
	if s := Missing(m); s != "" {
		marks = append(marks, s)
	} else if m.Edited {
		marks = append(marks, "edited")
	}
	if m.Late {
		marks = append(marks, "late")
	}
	if m.Gap {
		marks = append(marks, "after a gap")
	}
	return marks
}

// Missing says why there is no text to show, "" if there is.
func Missing(m peer.Message) string {
	switch m.Content {
	case peer.Deleted:
		return "message deleted by its author"
	case peer.Expired:
		return "its time is over"
	case peer.Lost:
		return "the text has not come yet"
	case peer.Withdrawn:
		return "withdrawn: its author has signed two different pasts"
	}
	if strings.TrimSpace(m.Text) == "" {
		return "edited to nothing"
	}
	return ""
}

// quoteCells is how much of a message is quoted.
const quoteCells = 60

// Quote is what a message answers, in one line; "" if it answers none. view
// finds a message by its id.
func Quote(m peer.Message, view func(id string) (peer.Message, bool)) string {
	if m.ReplyTo == "" {
		return ""
	}
	to, ok := view(m.ReplyTo)
	if !ok {
		return "> a message that is not here"
	}
	return "> " + Brief(to)
}

// Brief is a message in one short line: who said what.
func Brief(m peer.Message) string {
	if m.Ignored {
		return "a message of somebody you ignore"
	}
	said := Missing(m)
	if said != "" {
		return Author(m) + " (" + said + ")"
	}
	said, _, more := strings.Cut(strings.TrimSpace(text.ExpandTabs(m.Text)), "\n")
	if more {
		said += " …"
	}
	if m.Kind == peer.Action {
		return "* " + Author(m) + " " + text.Clip(said, quoteCells)
	}
	return Author(m) + ": " + text.Clip(said, quoteCells)
}

// AheadLine warns that a message bears a time that is yet to come.
func AheadLine(m peer.Message) string {
	return Author(m) + "'s clock is ahead: the message below bears a wrong time"
}

// Ref is how a message is named in commands: short, and good as long as no other
// message's id begins like this.
func Ref(id string) string { return "~" + id[:min(len(id), refDigits)] }

// LongRef is Ref with so many digits that no other message's id begins like it.
func LongRef(id string) string { return "~" + id[:min(len(id), longDigits)] }
