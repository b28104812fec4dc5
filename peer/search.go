package peer

import (
	"errors"
	"slices"
	"strings"
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// Searcher is a Store that finds messages by their words.
type Searcher interface {
	// Search returns the last limit texts and edits before a place in the order
	// ("": all) that have all words of the query, the newest first.
	Search(query, before string, limit int) ([]room.Message, error)
}

// ErrNoSearch says that the room's store finds nothing.
var ErrNoSearch = errors.New("nothing is kept on disk here, so nothing can be searched")

// Search returns the last limit messages that have all words of the query, in
// room order, oldest first; an edited one counts with both its texts. The error
// is ErrNoSearch, ErrClosed or the store's, which may be about the query.
func (r *Room) Search(query string, limit int) (out []Message, err error) {
	s, ok := r.store.(Searcher)
	if !ok {
		return nil, ErrNoSearch
	}
	<-r.ready
	have := map[wire.RecordID]bool{}
	for before := ""; len(out) < limit; {
		found, err := s.Search(query, before, limit)
		if err != nil {
			return nil, err
		}
		if len(found) == 0 {
			break
		}
		before = found[len(found)-1].Order
		err = r.node.do(func(time.Time) {
			if r.engine == nil {
				return // it was left before it was read
			}
			for _, m := range found {
				id := m.ID
				if m.Record.Type == wire.RecordEdit { // what it made of the message is what is shown
					id = m.Record.Target
				}
				m, ok := r.engine.View(id)
				if !ok || have[id] || len(out) >= limit {
					continue
				}
				have[id] = true
				if x, ok := r.message(m); ok {
					out = append(out, x)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	slices.SortFunc(out, func(a, b Message) int { return strings.Compare(a.Order, b.Order) })
	return out, nil
}
