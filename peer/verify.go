package peer

import (
	"time"

	"gochat/crypto"
	"gochat/internal/text"
)

// Verify notes that the user compared a key with its owner. The nick that the
// owner uses is pinned to the key from then on, and whoever else claims it is an
// impostor. What changes is told at once. The error is ErrOwnKey or that of
// Config.Names.
func (n *Node) Verify(key crypto.PublicKey) error {
	if key == n.Key() {
		return ErrOwnKey
	}
	folded := ""
	_ = n.do(func(time.Time) { // an ended node knows no nicks
		if nick, known := n.nickOf(key); known {
			folded = text.Fold(nick)
		}
	})
	if err := n.cfg.Names.Verify(folded, key); err != nil {
		return err
	}
	return n.do(func(now time.Time) { n.trustChanged(now, key) })
}

// Unverify takes Verify back.
func (n *Node) Unverify(key crypto.PublicKey) error {
	if err := n.cfg.Names.Unverify(key); err != nil {
		return err
	}
	return n.do(func(now time.Time) { n.trustChanged(now, key) })
}

// trustChanged tells of everybody whom it concerns that a key was verified, or
// is no more. Loop only.
func (n *Node) trustChanged(now time.Time, key crypto.PublicKey) {
	if c := n.contacts[key]; c != nil {
		c.disclose()
	}
	for _, r := range n.rooms {
		for _, m := range r.members {
			m.report() // the namesakes, too
		}
		r.revealWithheld(now) // folded no more
	}
}

// Verified reports whether the user compared a key with its owner.
func (n *Node) Verified(key crypto.PublicKey) bool { return n.cfg.Names.Verified(key) }
