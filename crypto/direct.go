package crypto

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
)

// A direct conversation is a room whose epoch key needs no name: see
// docs/decisions/014-direct-messages.md. Its records are taken from its members
// alone.

// DirectKey is the epoch key of the conversation between two: the same on both
// sides, whoever begins, and known to no third. It is made from both identities
// alone and so stays the same for as long as they do. The errors are
// ErrNobodysKey and ErrMembers.
func DirectKey(self *Identity, peer PublicKey) (e EpochKey, err error) {
	pair, err := NewMembers(self.Public(), peer)
	if err != nil {
		return e, fmt.Errorf("conversation with %v: %w", peer, err)
	}
	secret, err := self.agree(peer)
	if err != nil {
		return e, fmt.Errorf("conversation with %v: %w", peer, err)
	}
	expand(e[:], mac([]byte("gochat/1 direct"), secret, pair.append(nil)), "gochat/1 direct key")
	return e, nil
}

// GroupSecret is what the members of a conversation of several share; one of
// them draws it and sends it to each of the others.
type GroupSecret [32]byte

// NewGroupSecret draws a secret.
func NewGroupSecret() (s GroupSecret) {
	rand.Read(s[:])
	return s
}

// GroupKey is the epoch key of a conversation of several. It depends on the
// members: to whom different lists were told, have different rooms and do not
// meet, so everybody's list is everybody else's.
func GroupKey(s GroupSecret, members Members) (e EpochKey) {
	in := binary.BigEndian.AppendUint32(nil, uint32(len(members)))
	expand(e[:], mac(s[:], members.append(in)), "gochat/1 group key")
	return e
}
