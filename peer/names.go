package peer

import (
	"sync"

	"gochat/crypto"
)

// memoryNames remembers pins for the life of the process.
type memoryNames struct {
	mu   sync.Mutex
	pins map[string]crypto.PublicKey
}

func newMemoryNames() *memoryNames { return &memoryNames{pins: map[string]crypto.PublicKey{}} }

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

func (m *memoryNames) Verified(crypto.PublicKey) bool { return false }
