package cli

import "sync"

// Meta keeps small values that belong to one room, such as how far it was
// read, for the next time it is joined. A room's store may be one.
type Meta interface {
	// Meta returns a value, nil if there is none.
	Meta(key string) ([]byte, error)
	SetMeta(key string, value []byte) error
}

// memoryMeta is a Meta that dies with the process.
type memoryMeta struct {
	mu     sync.Mutex
	values map[string][]byte
}

func (m *memoryMeta) Meta(key string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.values[key], nil
}

func (m *memoryMeta) SetMeta(key string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values == nil {
		m.values = map[string][]byte{}
	}
	m.values[key] = value
	return nil
}
