package peer

import (
	"encoding/hex"
	"errors"

	"gochat/crypto"
	"gochat/internal/wire"
)

// conversation is what a Node knows of a conversation of two or more, open or
// not. Its keys, members, secret and origin never change; the rest is guarded by
// Node.mu.
type conversation struct {
	keys    *crypto.RoomKeys
	members crypto.Members
	secret  crypto.GroupSecret // of several
	from    crypto.PublicKey   // of several: who invited us first, perhaps we ourselves

	name     string // "": not named yet
	shown    bool   // the user knows of it
	left     bool   // the user left it
	withheld bool   // the user would know of it, were not the one ignored who wrote, or it folded
	folded   bool   // it is one of too many that one person began; withheld, too
	inviting bool   // the others may not have been told the secret yet
	telling  bool   // they are being told
	moved    bool   // the user was told that it goes on elsewhere
}

// newPair is the conversation of self with another.
func newPair(self *crypto.Identity, other crypto.PublicKey) (*conversation, error) {
	e0, err := crypto.DirectKey(self, other)
	if err != nil {
		return nil, err
	}
	members, err := crypto.NewMembers(self.Public(), other)
	return &conversation{keys: crypto.NewRoomKeys(e0), members: members}, err
}

// newGroup is a conversation of several.
func newGroup(g wire.Group, from crypto.PublicKey) *conversation {
	return &conversation{keys: crypto.NewRoomKeys(crypto.GroupKey(g.Secret, g.Members)), members: g.Members, secret: g.Secret, from: from}
}

// isPair reports whether it is of two: those need nothing kept to be found again.
func (c *conversation) isPair() bool { return len(c.members) == 2 }

// others are the members but one.
func (c *conversation) others(self crypto.PublicKey) (out []crypto.PublicKey) {
	for _, k := range c.members {
		if k != self {
			out = append(out, k)
		}
	}
	return out
}

// invitation is what the others are to be told.
func (c *conversation) invitation() wire.Field {
	return wire.Field{Type: wire.FieldGroup, Value: wire.Group{Secret: c.secret, Members: c.members}.Append(nil)}
}

// What is kept of a conversation, under keptPrefix and the room's id in
// hexadecimal:
//
//	version 1 | flags 1 | from 32 | secret 32 | length 1 | name | members 32 each, rising, 2 to MaxGroup
const (
	keptPrefix  = "conversation/"
	keptVersion = 1

	keptShown    = 1
	keptLeft     = 2
	keptInviting = 4
	keptWithheld = 8
	keptFolded   = 16
)

var errKept = errors.New("what is kept of a conversation is damaged, or of another identity")

func (c *conversation) keptKey() string { return keptPrefix + hex.EncodeToString(c.keys.ID[:]) }

// kept is the conversation as it is kept.
func (c *conversation) kept() []byte {
	flags := byte(0)
	for flag, is := range map[byte]bool{keptShown: c.shown, keptLeft: c.left, keptInviting: c.inviting, keptWithheld: c.withheld, keptFolded: c.folded} {
		if is {
			flags |= flag
		}
	}
	b := append([]byte{keptVersion, flags}, c.from[:]...)
	b = append(b, c.secret[:]...)
	b = append(append(b, byte(len(c.name))), c.name...)
	for i := range c.members {
		b = append(b, c.members[i][:]...)
	}
	return b
}

// parseKept reads what is kept under a key. The error is errKept.
func parseKept(self *crypto.Identity, key string, b []byte) (*conversation, error) {
	const head = 2 + 32 + 32 + 1
	if len(b) < head || b[0] != keptVersion {
		return nil, errKept
	}
	flags, named := b[1], int(b[head-1])
	if len(b) < head+named {
		return nil, errKept
	}
	name, rest := string(b[head:head+named]), b[head+named:]
	var keys []crypto.PublicKey
	for ; len(rest) >= 32; rest = rest[32:] {
		keys = append(keys, crypto.PublicKey(rest[:32]))
	}
	members, err := crypto.NewMembers(keys...)
	if err != nil || len(rest) > 0 || len(members) != len(keys) || len(members) > wire.MaxGroup || !members.Has(self.Public()) {
		return nil, errKept
	}
	g := wire.Group{Secret: crypto.GroupSecret(b[34:66]), Members: members}
	c := newGroup(g, crypto.PublicKey(b[2:34]))
	if c.isPair() {
		if c, err = newPair(self, c.others(self.Public())[0]); err != nil {
			return nil, errKept
		}
	}
	if c.keptKey() != key {
		return nil, errKept
	}
	if isConversationName(name) {
		c.name = name
	}
	c.shown, c.left, c.inviting = flags&keptShown != 0, flags&keptLeft != 0, flags&keptInviting != 0
	c.withheld, c.folded = flags&keptWithheld != 0, flags&keptFolded != 0
	return c, nil
}
