package front

import (
	"crypto/sha256"

	"gochat/peer"
)

// Shown remembers what was shown of the latest messages, to tell what a change
// changes. It is a value of one goroutine; the zero value knows none.
type Shown struct {
	seen map[string]glimpse
	ids  []string // the oldest first
}

// glimpse is what was shown of a message: a sum of it, since texts are long.
type glimpse struct {
	content   peer.Content
	text      [sha256.Size]byte
	reactions string
}

// maxShown bounds how many messages are remembered.
const maxShown = 4096

func glimpseOf(m peer.Message) glimpse {
	return glimpse{m.Content, sha256.Sum256([]byte(m.Text)), Reactions(m)}
}

// Show notes that a message is shown.
func (s *Shown) Show(m peer.Message) {
	if s.seen == nil {
		s.seen = map[string]glimpse{}
	}
	if _, known := s.seen[m.ID]; !known {
		s.ids = append(s.ids, m.ID)
	}
	s.seen[m.ID] = glimpseOf(m)
	if len(s.ids) > maxShown {
		delete(s.seen, s.ids[0])
		s.ids = s.ids[1:]
	}
}

// Knows reports whether a message was shown lately.
func (s *Shown) Knows(id string) bool {
	_, known := s.seen[id]
	return known
}

// Change takes a change and reports what of the message is to be shown anew;
// nothing of one that was never shown.
func (s *Shown) Change(m peer.Message) (text, reactions bool) {
	before, known := s.seen[m.ID]
	if !known {
		return false, false
	}
	now := glimpseOf(m)
	s.seen[m.ID] = now
	return now.content != before.content || now.text != before.text,
		now.reactions != before.reactions && m.Content == peer.Whole
}
