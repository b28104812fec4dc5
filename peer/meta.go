package peer

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Meta keeps small values over restarts: which conversations are open, and the
// secrets of those of several. Implementations must be safe for concurrent use.
type Meta interface {
	// Meta returns a value; nil if there is none.
	Meta(key string) ([]byte, error)
	// SetMeta stores a value durably; an empty one takes the key away.
	SetMeta(key string, value []byte) error
	// EachMeta hands out what is kept under keys with a prefix, in the order of
	// the keys, until the first error. Values are the receiver's.
	EachMeta(prefix string, yield func(key string, value []byte) error) error
}

// MemoryMeta is a Meta that dies with the process. The zero value is empty.
type MemoryMeta struct {
	mu     sync.Mutex
	values map[string][]byte
}

// Meta is as in the interface.
func (m *MemoryMeta) Meta(key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return bytes.Clone(m.values[key]), nil
}

// SetMeta is as in the interface.
func (m *MemoryMeta) SetMeta(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(value) == 0 {
		delete(m.values, key)
		return nil
	}
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[key] = bytes.Clone(value)
	return nil
}

// EachMeta is as in the interface.
func (m *MemoryMeta) EachMeta(prefix string, yield func(key string, value []byte) error) error {
	m.mu.Lock()
	kept := maps.Clone(m.values)
	m.mu.Unlock()
	for _, key := range slices.Sorted(maps.Keys(kept)) {
		if strings.HasPrefix(key, prefix) {
			if err := yield(key, bytes.Clone(kept[key])); err != nil {
				return err
			}
		}
	}
	return nil
}
