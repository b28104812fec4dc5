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

// NewPreview takes the records, in any order.
func NewPreview(self crypto.PublicKey, now time.Time, records []*wire.Record) *Preview {
	store := &MemoryStore{Self: self}
	_ = store.Commit(records, nil) // never fails
	e := newEngine(Config{Store: store}, self, now)
	r := replay{Engine: e}
	_ = store.Headers(func(id wire.RecordID, h *wire.Record, body bool) error {
		r.take(id, h, body)
		return nil
	})
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		e.dropBody(en)
		return true
	})
	for _, en := range slices.Clone(e.log.early) {
		e.dropBody(en)
	}
	return &Preview{e}
}

// View returns what is to be shown of a record; false if it is not among those
// taken, or is to be shown no more.
func (p *Preview) View(id wire.RecordID) (Message, bool) {
	m, ok := p.engine.View(id)
	return m, ok && m.Content != Withdrawn
}
