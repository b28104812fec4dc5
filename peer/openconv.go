package peer

import (
	"time"

	"gochat/crypto"
)

// openConversation opens a conversation, or finds it open. With opening held.
func (n *Node) openConversation(c *conversation, why occasion) (*Room, error) {
	if r := n.openRoom(c.keys.ID); r != nil {
		if why == byUser {
			n.mail.put(r.reveal)
		}
		return r, nil
	}
	if why == byAsk || why == byGroup {
		if err := n.mayAsk(time.Now()); err != nil {
			return nil, err
		}
	}
	n.name(c)
	cfg := RoomConfig{Name: c.name, Keys: c.keys, Private: true, Member: c.members.Has, conversation: c}
	if n.cfg.OpenStore != nil {
		store, err := n.cfg.OpenStore(c.keys)
		if err != nil {
			return nil, err
		}
		cfg.Store = store
	}
	r, err := n.newRoom(cfg)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	c.shown, c.left = c.shown || why == byUser, false
	r.hidden = !c.shown
	r.quiet = r.hidden && why == byAsk
	r.first = why == byGroup || c.isPair() && (why == byUser || why == toCarry)
	running := n.running
	n.mu.Unlock()
	read := r.awaitEngine(why != byPast)
	n.callByNick(r, c, read)
	if !r.quiet {
		if err := n.keep(c); err != nil {
			n.drop(r)
			return nil, err
		}
	}
	if err := n.enter(r, running && !r.hidden, read); err != nil {
		return nil, err
	}
	return r, nil
}

// openRoom is the room that has a place under an id; nil: none.
func (n *Node) openRoom(id crypto.RoomID) *Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.occupied {
		if r.keys.ID == id {
			return r
		}
	}
	return nil
}
