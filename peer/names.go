package peer

import (
	"errors"
	"maps"
	"slices"
	"sync"

	"gochat/crypto"
)

// memoryNames remembers pins for the life of the process.
type memoryNames struct {
	mu       sync.Mutex
	pins     map[string]crypto.PublicKey
	verified map[crypto.PublicKey]bool
	ignored  map[crypto.PublicKey]bool
}

func newMemoryNames() *memoryNames {
	return &memoryNames{pins: map[string]crypto.PublicKey{}, verified: map[crypto.PublicKey]bool{}, ignored: map[crypto.PublicKey]bool{}}
}

// maxMemoryPins bounds what members with ever new nicks can make us remember.
const maxMemoryPins = 10_000

func (m *memoryNames) Pin(folded string, key crypto.PublicKey) crypto.PublicKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.pins[folded]; ok {
		return k
	}
	if len(m.pins) < maxMemoryPins {
		m.pins[folded] = key
	}
	return key
}

func (m *memoryNames) First(folded string) (crypto.PublicKey, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	key, known := m.pins[folded]
	return key, known
}

func (m *memoryNames) Verified(key crypto.PublicKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.verified[key]
}

func (m *memoryNames) Verify(folded string, key crypto.PublicKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.verified[key] = true
	if first, known := m.pins[folded]; folded != "" && !(known && m.verified[first]) {
		m.pins[folded] = key
	}
	return nil
}

func (m *memoryNames) Unverify(key crypto.PublicKey) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.verified, key)
	return nil
}

// maxMemoryIgnored bounds whom the user ignores.
const maxMemoryIgnored = 10_000

func (m *memoryNames) Ignored(key crypto.PublicKey) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.ignored[key]
}

func (m *memoryNames) AllIgnored() []crypto.PublicKey {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.SortedFunc(maps.Keys(m.ignored), crypto.PublicKey.Compare)
}

func (m *memoryNames) Ignore(key crypto.PublicKey, on bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !on {
		delete(m.ignored, key)
		return nil
	}
	if len(m.ignored) >= maxMemoryIgnored {
		return errors.New("too many are ignored already; take some back first")
	}
	m.ignored[key] = true
	return nil
}
