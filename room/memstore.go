package room

import (
	"maps"
	"slices"
	"sync"

	"gochat/internal/wire"
)

// MemoryStore is a Store that dies with the process: every run needs a chain
// number of its own. The zero value is an empty store.
type MemoryStore struct {
	mu      sync.RWMutex
	records map[wire.RecordID]*wire.Record
}

// Commit stores and deletes; it never fails.
func (m *MemoryStore) Commit(put []*wire.Record, del []wire.RecordID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = make(map[wire.RecordID]*wire.Record)
	}
	for _, r := range put {
		m.records[r.ID()] = r
	}
	for _, id := range del {
		delete(m.records, id)
	}
	return nil
}

// Get returns one record, or ErrNotFound.
func (m *MemoryStore) Get(id wire.RecordID) (*wire.Record, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	if r := m.records[id]; r != nil {
		return r, nil
	}
	return nil, ErrNotFound
}

// Scan hands out all records in the order (clk, id).
func (m *MemoryStore) Scan(yield func(*wire.Record) error) error {
	m.mu.RLock()
	ids := slices.SortedFunc(maps.Keys(m.records), func(a, b wire.RecordID) int {
		return compareOrder(m.records[a].Clk, a, m.records[b].Clk, b)
	})
	records := make([]*wire.Record, len(ids))
	for i, id := range ids {
		records[i] = m.records[id]
	}
	m.mu.RUnlock()
	for _, r := range records {
		if err := yield(r); err != nil {
			return err
		}
	}
	return nil
}
