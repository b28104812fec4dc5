package profile

import (
	"maps"
	"slices"

	"gochat/crypto"
)

// disregard is the line that says whether the user ignores a key.
func disregard(key crypto.PublicKey, on bool) pin { return pin{Ignored: &on, Key: key.String()} }

// Ignored reports whether the user ignores this key.
func (p *Profile) Ignored(key crypto.PublicKey) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pins.ignored[key]
}

// AllIgnored lists the keys that the user ignores, in their order.
func (p *Profile) AllIgnored() []crypto.PublicKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.SortedFunc(maps.Keys(p.pins.ignored), crypto.PublicKey.Compare)
}

// Ignore remembers that the user ignores a key from now on, or does no more.
func (p *Profile) Ignore(key crypto.PublicKey, on bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.setMark(p.pins.ignored, key, on, disregard(key, on), "an ignored key")
}
