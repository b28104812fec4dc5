package peer

import (
	"errors"
	"fmt"
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// KeptConversation is what is kept of a conversation: for who reads its history,
// or adds to it, while nobody has it open.
type KeptConversation struct {
	Keys    *crypto.RoomKeys
	Members crypto.Members
}

// KeptConversations lists those that were begun and not left, and some that were.
// What is damaged is left out.
func KeptConversations(self *crypto.Identity, kept Meta) (list []KeptConversation, err error) {
	err = kept.EachMeta(keptPrefix, func(key string, value []byte) error {
		if c, err := parseKept(self, key, value); err == nil && len(list) < maxKnown {
			list = append(list, c.summary())
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("read conversations: %w", err)
	}
	return list, err
}

// PairConversation is that of two.
func PairConversation(self *crypto.Identity, other crypto.PublicKey) (KeptConversation, error) {
	c, err := newPair(self, other)
	if err != nil {
		return KeptConversation{}, err
	}
	return c.summary(), nil
}

func (c *conversation) summary() KeptConversation {
	return KeptConversation{Keys: c.keys, Members: slices.Clone(c.members)}
}

// ImportConversation takes records into a conversation, open or not, as
// Room.Import and ImportInto do. A closed one does not open meanwhile: its store
// would be written beside its engine.
func (n *Node) ImportConversation(c KeptConversation, next func() (*wire.Record, error)) (sum Imported, err error) {
	n.direct.opening.Lock()
	if r := n.openRoom(c.Keys.ID); r != nil {
		n.direct.opening.Unlock()
		return r.Import(next)
	}
	defer n.direct.opening.Unlock()
	var store Store
	if n.cfg.OpenStore != nil {
		if store, err = n.cfg.OpenStore(c.Keys); err != nil {
			return sum, err
		}
	}
	if store == nil {
		return sum, errors.New("nothing is kept on disk here, and the conversation is not open")
	}
	return ImportInto(RoomConfig{Keys: c.Keys, Store: store, Member: c.Members.Has, Retention: n.cfg.Retention}, n.cfg, next)
}
