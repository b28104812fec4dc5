package room

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Preview tells what an Engine would show of some records, without the rest of
// the room: for whoever only reads a store, or shows a first screen before all
// of it is read. For this it takes the records in question, all that name one
// of them as their target and all that name one of those, and, with or without
// their bodies, the ones that any of these cite.
type Preview struct{ engine *Engine }

// NewPreview takes records with their ids, in any order, each once.
func NewPreview(self crypto.PublicKey, now time.Time, ids []wire.RecordID, records []*wire.Record) *Preview {
	store := &previewed{records: make(map[wire.RecordID]*wire.Record, len(ids))}
	order := make([]wire.RecordID, len(ids))
	for i, id := range ids {
		store.records[id], order[i] = records[i], id
	}
	slices.SortFunc(order, func(a, b wire.RecordID) int {
		return compareOrder(store.records[a].Clk, a, store.records[b].Clk, b)
	})
	e := newEngine(Config{Store: store}, self, now)
	r := replay{Engine: e}
	for _, id := range order {
		r.take(id, store.records[id], store.records[id].HasBody)
	}
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		e.dropBody(en)
		return true
	})
	for _, en := range slices.Clone(e.log.early) {
		e.dropBody(en)
	}
	return &Preview{e}
}

// previewed is a store of which nothing is asked but records.
type previewed struct {
	MemoryStore
	records map[wire.RecordID]*wire.Record
}

// Get is as in Store.
func (s *previewed) Get(id wire.RecordID) (*wire.Record, error) {
	if r := s.records[id]; r != nil {
		return r, nil
	}
	return nil, ErrNotFound
}

// View returns what is to be shown of a record; false if it is not among those
// taken, or is to be shown no more.
func (p *Preview) View(id wire.RecordID) (Message, bool) {
	m, ok := p.engine.View(id)
	return m, ok && m.Content != Withdrawn
}
