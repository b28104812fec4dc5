package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// SetMapped names the outside address that a router forwards to this socket;
// an invalid one: none. It is a candidate at once, also if it is a private one:
// another NAT may stand before the router, and members behind that can use it.
func (c *Conn) SetMapped(addr netip.AddrPort) {
	c.change(func(now time.Time, fx *effects) {
		c.gather.mapped = plain(addr)
		c.regather(now, fx)
	})
}

// ExpectReach waits for a STUN response with an id, from whatever address: a
// bootnode was asked to send it to the mapped one. Who knows the id was told so
// under the session's key. The one before is waited for no more.
func (c *Conn) ExpectReach(id wire.TxID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reach = id
}

// isReach reports whether a response is the one waited for; once.
func (c *Conn) isReach(id wire.TxID) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id != c.reach || id == (wire.TxID{}) {
		return false
	}
	c.reach = wire.TxID{}
	return true
}
