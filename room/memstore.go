package room

import (
	"maps"
	"slices"
	"sync"

	"gochat/crypto"
	"gochat/internal/wire"
)

// MemoryStore is a Store that dies with the process: every run needs a chain
// number of its own. The zero value is an empty store.
type MemoryStore struct {
	Self crypto.PublicKey // whose messages EachUndelivered hands out

	mu      sync.RWMutex
	records map[wire.RecordID]*wire.Record
	size    int64
	shown   map[wire.RecordID]bool
	reached map[wire.RecordID][]crypto.PublicKey
	done    map[wire.RecordID]bool // reached everybody
	meta    map[string][]byte
}

// Commit stores and deletes; it never fails.
func (m *MemoryStore) Commit(put []*wire.Record, del []wire.RecordID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = make(map[wire.RecordID]*wire.Record)
	}
	for _, r := range put {
		id := r.ID()
		m.size += footprint(r) - footprint(m.records[id])
		m.records[id] = r
	}
	for _, id := range del {
		m.drop(id)
	}
	return nil
}

func (m *MemoryStore) drop(id wire.RecordID) {
	m.size -= footprint(m.records[id])
	delete(m.records, id)
	delete(m.shown, id)
	delete(m.reached, id)
	delete(m.done, id)
}

// footprint is about what a record takes.
func footprint(r *wire.Record) int64 {
	if r == nil {
		return 0
	}
	return int64(400 + 32*len(r.Parents) + len(r.Body))
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

// sorted returns all ids in the order (clk, id), with their records.
func (m *MemoryStore) sorted() ([]wire.RecordID, []*wire.Record) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	ids := slices.SortedFunc(maps.Keys(m.records), func(a, b wire.RecordID) int {
		return compareOrder(m.records[a].Clk, a, m.records[b].Clk, b)
	})
	records := make([]*wire.Record, len(ids))
	for i, id := range ids {
		records[i] = m.records[id]
	}
	return ids, records
}

// Headers hands out all records in the order (clk, id), without bodies.
func (m *MemoryStore) Headers(yield func(wire.RecordID, *wire.Record, bool) error) error {
	ids, records := m.sorted()
	for i, r := range records {
		header := *r
		header.Salt, header.Body, header.HasBody = [16]byte{}, nil, false
		if err := yield(ids[i], &header, r.HasBody); err != nil {
			return err
		}
	}
	return nil
}

// DropBefore deletes what is older.
func (m *MemoryStore) DropBefore(clk wire.Clk) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, r := range m.records {
		if r.Clk < clk {
			m.drop(id)
		}
	}
	return nil
}

// Bytes is about how much memory the records take.
func (m *MemoryStore) Bytes() (int64, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.size, nil
}

// NewestBytes is the lowest clk from which on the records fit into so many bytes.
func (m *MemoryStore) NewestBytes(bytes int64) (wire.Clk, error) {
	_, records := m.sorted()
	for _, r := range slices.Backward(records) {
		if bytes -= footprint(r); bytes < 0 {
			return r.Clk + 1, nil
		}
	}
	return 0, nil
}

// MarkShown notes what the user's side has taken.
func (m *MemoryStore) MarkShown(ids ...wire.RecordID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shown == nil {
		m.shown = make(map[wire.RecordID]bool)
	}
	for _, id := range ids {
		m.shown[id] = true
	}
	return nil
}

// EachUnshown hands out what MarkShown was not called for.
func (m *MemoryStore) EachUnshown(since wire.Clk, yield func(wire.RecordID) error) error {
	ids, records := m.sorted()
	for i, id := range ids {
		if records[i].Clk < since || m.isShown(id) {
			continue
		}
		if err := yield(id); err != nil {
			return err
		}
	}
	return nil
}

func (m *MemoryStore) isShown(id wire.RecordID) bool {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return m.shown[id]
}

// SetReached notes who has a message of ours.
func (m *MemoryStore) SetReached(id wire.RecordID, peer crypto.PublicKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.reached == nil {
		m.reached = make(map[wire.RecordID][]crypto.PublicKey)
	}
	have := m.reached[id]
	addKey(&have, peer)
	m.reached[id] = have
	return nil
}

// SetComplete notes that messages of ours are everywhere.
func (m *MemoryStore) SetComplete(ids ...wire.RecordID) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.done == nil {
		m.done = make(map[wire.RecordID]bool)
	}
	for _, id := range ids {
		m.done[id] = true
	}
	return nil
}

// EachUndelivered hands out messages of Self that are not everywhere.
func (m *MemoryStore) EachUndelivered(yield func(wire.RecordID, []crypto.PublicKey) error) error {
	ids, records := m.sorted()
	for i, id := range ids {
		if records[i].Author != m.Self {
			continue
		}
		m.mu.RLock()
		done, reached := m.done[id], slices.Clone(m.reached[id])
		m.mu.RUnlock()
		if done {
			continue
		}
		if err := yield(id, reached); err != nil {
			return err
		}
	}
	return nil
}

// Meta returns what was stored under a key.
func (m *MemoryStore) Meta(key string) ([]byte, error) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	return slices.Clone(m.meta[key]), nil
}

// SetMeta stores a few bytes under a key.
func (m *MemoryStore) SetMeta(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.meta == nil {
		m.meta = make(map[string][]byte)
	}
	m.meta[key] = slices.Clone(value)
	return nil
}
