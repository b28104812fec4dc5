package peer

import (
	"time"

	"gochat/internal/rendezvous"
)

// onNetwork is called when the network is another one, or is back after an
// outage or the host's sleep: nothing waits for its turn any longer.
func (n *Node) onNetwork() {
	n.mail.put(func(now time.Time) {
		for _, b := range n.boots {
			b.networkChanged(now)
		}
		for _, c := range n.contacts {
			for _, m := range c.members {
				m.presence.hurry(now)
			}
		}
	})
}

func (b *boot) networkChanged(now time.Time) {
	if b.state != BootnodeRegistered && !b.resolving {
		b.resolveAt = now // by name it may be at another address here
	}
	b.carrier.networkChanged(now)
	b.stepAll(now, rendezvous.NetworkChanged{})
	b.carry(now)
}

// tellOverTCP tells the socket whether bootnodes answer by TCP alone, though
// they were asked by UDP.
func (n *Node) tellOverTCP() {
	over := false
	for _, b := range n.boots {
		switch {
		case b.state != BootnodeRegistered || b.carrier.forced:
		case b.via == ViaUDP:
			n.conn.OverTCP(false)
			return
		default:
			over = true
		}
	}
	n.conn.OverTCP(over)
}
