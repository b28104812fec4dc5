package cli

import (
	"gochat/crypto"
)

// maxSought is how many remembered rooms are joined to find somebody.
const maxSought = 16

// seeks reports whether rooms are joined only to meet those in them whom a
// message is for: no meeting place can be computed from a key alone.
func (c *client) seeks() bool { return c.sending != nil && c.sending.direct() }

// enterRemembered joins the rooms of earlier runs, those with the newest
// messages. What cannot be joined is passed over: another may do.
func (c *client) enterRemembered() {
	if c.history.db == nil {
		return
	}
	known, err := c.history.db.Rooms()
	if err != nil {
		c.log.Warn("the rooms of earlier runs are not known", "error", err)
		return
	}
	keys := map[crypto.RoomID]*crypto.RoomKeys{}
	for _, e0 := range c.profile.RoomKeys() {
		k := crypto.NewRoomKeys(e0)
		keys[k.ID] = k
	}
	joined := 0
	for _, r := range known {
		k := keys[r.ID]
		if k == nil || joined == maxSought { // a conversation, or forgotten
			continue
		}
		if _, err := c.session.join(r.Name, k, "", welcome{}); err != nil {
			c.log.Info("a room is not joined", "room", r.Name, "error", err)
			continue
		}
		joined++
	}
}
