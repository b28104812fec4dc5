package peer

import (
	"context"
	"net/netip"
	"time"
)

// PortMap keeps a port of the router mapped to the socket.
type PortMap interface {
	// Run does so until ctx ends, and takes the mapping away then, for which it
	// must not wait long. It tells the outside address; invalid: none any more.
	Run(ctx context.Context, mapped func(netip.AddrPort))
	// Checked is told whether a packet from outside came through. It must not
	// block.
	Checked(addr netip.AddrPort, works bool)
}

// onMapped takes the outside address; any goroutine.
func (n *Node) onMapped(addr netip.AddrPort) {
	n.conn.SetMapped(addr)
	n.mail.put(func(now time.Time) {
		n.mapped, n.reach = addr, reach{}
		for _, b := range n.boots {
			for _, g := range b.regs {
				n.compareMapped(g.observed)
			}
		}
		n.startReach(now)
	})
}

// compareMapped takes an address that a bootnode saw us at: a NAT that sends
// from the mapped address forwards what comes there, too.
func (n *Node) compareMapped(observed netip.AddrPort) {
	if n.cfg.PortMap != nil && n.mapped.IsValid() && observed == n.mapped {
		n.cfg.PortMap.Checked(observed, true)
	}
}
