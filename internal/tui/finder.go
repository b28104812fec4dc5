package tui

import (
	"fmt"
	"strings"

	"gochat/internal/front"
	"gochat/peer"
)

// maxHits is how many matches a search lists.
const maxHits = 200

// finder is the search in a room: what is typed is looked for at once.
type finder struct {
	picker
	pane  *pane
	hits  []peer.Message // oldest first
	asked string         // what was looked for last
	busy  bool           // the answer is yet to come
	said  string         // why there is nothing; ""
}

// find opens the search in the room in front.
func (m *Model) find() {
	if m.current.room == nil {
		m.hint = inNoRoom
		return
	}
	m.overlay = &finder{picker: picker{label: "search: ", lowest: true}, pane: m.current}
}

// findWords is /search: the same with the words given.
func (m *Model) findWords(words string) {
	m.find()
	if f, ok := m.overlay.(*finder); ok {
		f.query.set(oneLine(words))
		f.edited(m)
	}
}

func (f *finder) place() place { return finding }

func (f *finder) status() []string {
	switch {
	case f.said != "":
		return []string{f.said}
	case f.busy && len(f.hits) == 0:
		return []string{"searching …"}
	case strings.TrimSpace(f.query.text) == "":
		return []string{"type words that a message has; Esc closes", "Esc closes"}
	case len(f.hits) == 0:
		return []string{"nothing said here has all these words", "nothing found"}
	}
	at, of := len(f.hits)-f.marked, fmt.Sprint(len(f.hits))
	if len(f.hits) == maxHits {
		of = "the last " + of
	}
	return []string{
		fmt.Sprintf("%d of %s; Up and Down choose, Enter jumps there, Esc closes", at, of),
		fmt.Sprintf("Enter jumps there · Esc closes · %d of %s", at, of),
		"Enter jumps · Esc closes", "Enter jumps · Esc",
	}
}

// edited looks for what is typed now, beside: the room answers from its disk.
func (f *finder) edited(m *Model) {
	query := strings.TrimSpace(f.query.text)
	switch {
	case f.pane.reading():
		f.said = "this room's history is still being read; then the search begins"
		return
	case f.busy || query == f.asked:
		return // the answer that is awaited leads here again
	}
	f.said, f.asked = "", query
	if query == "" {
		f.show(m, nil)
		return
	}
	f.busy = true
	r := f.pane.room
	m.beside(func() outcome {
		hits, err := r.Search(query, maxHits)
		return outcome{then: func() { f.answer(m, hits, err) }}
	})
}

// answer takes in what a search has found.
func (f *finder) answer(m *Model, hits []peer.Message, err error) {
	f.busy = false
	if err != nil {
		f.said = err.Error()
	}
	f.show(m, hits)
	if m.overlay == overlay(f) {
		f.edited(m) // more was typed meanwhile
	}
}

func (f *finder) show(m *Model, hits []peer.Message) {
	f.hits, f.entries = hits, nil
	today := m.now()
	for _, hit := range hits {
		at := front.Clock(hit.Time)
		if !sameDay(today, hit.Time) {
			at = hit.Time.Local().Format("2 Jan 2006 ") + at
		}
		f.entries = append(f.entries, at+" "+front.Brief(hit))
	}
	f.mark(len(hits) - 1)
}

// take jumps to the match.
func (f *finder) take(m *Model) {
	if len(f.hits) == 0 {
		f.edited(m)
		return
	}
	m.overlay = nil
	f.pane.hits, f.pane.hit = f.hits, f.marked
	m.toHit(f.pane)
}

// toHit jumps to the match that is in turn.
func (m *Model) toHit(p *pane) {
	hint := fmt.Sprintf("match %d of %d", len(p.hits)-p.hit, len(p.hits))
	switch oldest, latest := p.hit == 0, p.hit == len(p.hits)-1; {
	case oldest && latest:
	case oldest:
		hint += ", the oldest; N goes back to the one before"
	case latest:
		hint += "; n goes to the next, towards the past"
	default:
		hint += "; n goes to the next, towards the past, N back"
	}
	m.jump(p, p.hits[p.hit], hint)
}

// nextHit jumps to another match of the last search, n further down the list.
func (m *Model) nextHit(n int) {
	p := m.current
	switch to := p.hit + n; {
	case len(p.hits) == 0:
		m.hint = "nothing was searched for in this room; Ctrl-S searches"
	case to < 0:
		m.hint = "that was the oldest match"
	case to >= len(p.hits):
		m.hint = "that was the latest match"
	default:
		p.hit = to
		m.toHit(p)
	}
}
