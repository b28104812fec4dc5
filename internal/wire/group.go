package wire

import "gochat/crypto"

// MaxGroup bounds the members of a conversation of several: as many as keep a
// link with each other.
const MaxGroup = 50

// Group is the value of FieldGroup: an invitation into a conversation of several,
// sent to each member in the conversation of two. Whoever gets it checks that
// its author and itself are among the members.
//
//	secret 32 | members 32 each, rising, 3 to MaxGroup
type Group struct {
	Secret  crypto.GroupSecret
	Members crypto.Members
}

// Append appends the field's value.
func (g Group) Append(b []byte) []byte {
	b = append(b, g.Secret[:]...)
	for i := range g.Members {
		b = append(b, g.Members[i][:]...)
	}
	return b
}

// ParseGroup reads a value of FieldGroup. The error is ErrFrame.
func ParseGroup(b []byte) (g Group, err error) {
	c := cursor{b: b}
	c.copy(g.Secret[:])
	last := crypto.PublicKey{}
	for !c.bad && len(c.b) > 0 && len(g.Members) <= MaxGroup {
		var k crypto.PublicKey
		c.copy(k[:])
		if last.Compare(k) >= 0 {
			return Group{}, ErrFrame
		}
		g.Members = append(g.Members, k)
		last = k
	}
	if !c.done() || len(g.Members) < 3 || len(g.Members) > MaxGroup {
		return Group{}, ErrFrame
	}
	return g, nil
}
