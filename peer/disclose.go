package peer

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// Disclosure says to whom this member shows its addresses. Whoever is not among
// them meets it through a relay.
type Disclosure int

// The disclosures. Where it is not everybody, announcements name no address, and
// bootnodes are asked to keep the observed one to themselves.
const (
	ToEverybody Disclosure = iota
	ToVerified             // members whose keys the user compared
	ToNobody
)

// discloses reports whether the owner of a key may learn our addresses.
func (n *Node) discloses(key crypto.PublicKey) bool {
	switch n.cfg.Disclose {
	case ToEverybody:
		return true
	case ToVerified:
		return n.cfg.Names.Verified(key)
	}
	return false
}

// announced are the addresses that whoever knows a room may see.
func (n *Node) announced() []wire.Candidate {
	if n.cfg.Disclose != ToEverybody {
		return nil
	}
	return n.hosts
}
