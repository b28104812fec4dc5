package tui

import (
	"strings"
)

// submittedSearch looks among what was sent in the room (Ctrl-R).
type submittedSearch struct {
	picker
	pane  *pane
	found []string
}

// searchSubmitted opens the search among what was sent.
func (m *Model) searchSubmitted() {
	if len(m.current.composer.submitted) == 0 {
		m.hint = "you have sent nothing here since gochat was started"
		return
	}
	s := &submittedSearch{picker: picker{label: "sent before: ", lowest: true}, pane: m.current}
	m.overlay = s
	s.edited(m)
}

func (s *submittedSearch) place() place { return recalling }

func (s *submittedSearch) status() []string {
	if len(s.found) == 0 {
		return []string{"you sent nothing with that in it; Esc closes", "Esc: nothing found"}
	}
	return []string{
		"Enter puts it back, to be sent or changed; Ctrl-R goes on, Esc closes",
		"Enter puts it back · Esc closes", "Enter takes · Esc",
	}
}

func (s *submittedSearch) edited(*Model) {
	wanted := strings.ToLower(s.query.text)
	s.found, s.entries = nil, nil
	for _, sent := range s.pane.composer.submitted {
		if strings.Contains(strings.ToLower(sent), wanted) {
			s.found = append(s.found, sent)
			s.entries = append(s.entries, oneLine(sent))
		}
	}
	s.mark(len(s.found) - 1)
}

// take puts the marked text into the composer; what stood there Up brings back.
func (s *submittedSearch) take(m *Model) {
	m.overlay = nil
	if len(s.found) > 0 {
		m.replace(s.pane, s.found[s.marked])
	}
}

// argument is the word that lastWord put in, for it to be replaced by an older one.
type argument struct {
	back  int // how many texts ago it was submitted; 0: there is none
	start int
	word  string
}

// lastWord puts the last word of what was submitted last before the cursor;
// again, that of the text before. It reports whether there was room.
func (c *composer) lastWord() bool {
	a := c.argument
	if a.back == 0 || c.cursor != a.start+len(a.word) || c.text[a.start:c.cursor] != a.word {
		a = argument{start: c.cursor} // something else was done since
	}
	for i := len(c.submitted) - 1 - a.back; i >= 0; i-- {
		a.back++
		words := strings.Fields(c.submitted[i])
		if len(words) == 0 {
			continue
		}
		c.remove(a.start, a.start+len(a.word))
		a.word = words[len(words)-1]
		if !c.insert(a.word) {
			a.word = ""
		}
		c.argument = a
		return a.word != ""
	}
	return true
}

// killWordRight cuts to the end of the word behind the cursor.
func (c *composer) killWordRight() {
	at := c.cursor
	c.cut(at, c.wordEnd())
}
