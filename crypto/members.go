package crypto

import (
	"errors"
	"slices"
)

// ErrMembers says that keys do not make a conversation.
var ErrMembers = errors.New("a conversation is between two or more different people")

// Members are the keys of those in a conversation: rising, none twice.
type Members []PublicKey

// NewMembers sorts the keys of two or more people; who is named twice counts
// once. The error is ErrMembers.
func NewMembers(keys ...PublicKey) (Members, error) {
	m := slices.Clone(keys)
	slices.SortFunc(m, PublicKey.Compare)
	m = slices.Compact(m)
	if len(m) < 2 || m[0].IsZero() {
		return nil, ErrMembers
	}
	return m, nil
}

// Has reports whether a key is one of the members'.
func (m Members) Has(k PublicKey) bool {
	_, found := slices.BinarySearchFunc(m, k, PublicKey.Compare)
	return found
}

// append appends the keys to b.
func (m Members) append(b []byte) []byte {
	for i := range m {
		b = append(b, m[i][:]...)
	}
	return b
}
