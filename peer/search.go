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

// Search returns the last limit messages that have all words of the query as they
// are shown, in room order, oldest first. The error is ErrNoSearch, ErrClosed or
// the store's, which may be about the query.
func (r *Room) Search(query string, limit int) ([]Message, error) {
	s, ok := r.store.(Searcher)
	if !ok {
		return nil, ErrNoSearch
	}
	<-r.ready
	return Find(s, query, "", limit, func(id wire.RecordID) (m room.Message, shown Message, err error) {
		err = r.node.do(func(time.Time) {
			if r.engine == nil {
				return // it was left before it was read
			}
			if x, ok := r.engine.View(id); ok {
				if out, ok := r.message(x); ok && !out.Ignored {
					shown = out
				}
				m = x
			}
		})
		return m, shown, err
	})
}

// A Viewer gives a record as it stands, and as it is to be shown; both are zero if
// there is none, the second also if nothing of it is to be shown.
type Viewer func(wire.RecordID) (room.Message, Message, error)

// Find searches a store: the last limit messages behind a place in the order that
// have all words of the query as they are shown, oldest first. What was edited
// away is not found.
func Find(s Searcher, query, behind string, limit int, view Viewer) (out []Message, err error) {
	const page = 500
	have := map[string]bool{}
	for before := ""; len(out) < limit; {
		hits, err := s.Search(query, before, min(limit, page))
		if err != nil {
			return nil, err
		}
		for _, hit := range hits {
			if before = hit.Order; before < behind {
				hits = nil
				break
			}
			shown, err := shownFor(hit, view)
			if err != nil {
				return nil, err
			}
			if shown.ID != "" && !have[shown.ID] && len(out) < limit {
				have[shown.ID] = true
				out = append(out, shown)
			}
		}
		if len(hits) == 0 {
			break
		}
	}
	slices.SortFunc(out, func(a, b Message) int { return strings.Compare(a.Order, b.Order) })
	return out, nil
}

// shownFor is the message whose present text a record has that was found; zero if
// it is no message's.
func shownFor(hit room.Message, view Viewer) (Message, error) {
	id, edit := hit.ID, wire.RecordID{}
	if hit.Record.Type == wire.RecordEdit {
		id, edit = hit.Record.Target, hit.ID
	}
	m, shown, err := view(id)
	if err == nil && m.Record != nil && m.Record.Type == wire.RecordEdit { // an edit may be edited
		m, shown, err = view(m.Record.Target)
	}
	if err != nil || m.Record == nil || m.Edited != edit || shown.Content != Whole {
		return Message{}, err
	}
	return shown, nil
}
