package peer

import (
	"time"

	"gochat/internal/rendezvous"
	"gochat/internal/wire"
)

const (
	// reachTries packets are asked for, reachEvery apart; what a NAT has just
	// been told to forward may take a moment.
	reachTries = 4
	reachEvery = time.Second
	// reachSure of them must have been sent before a mapping is called dead.
	reachSure = 3
)

// reach is the question whether packets from outside come through the router's
// mapping. A bootnode sends them, to the address it sees us at and the mapped
// port: that is the router's address, or there is another NAT before it and
// nothing can be told.
type reach struct {
	next  time.Time // zero: nothing is asked
	tries int
	sent  int // by the bootnode
	done  bool
}

// startReach asks unless it is known already, or nobody could answer.
func (n *Node) startReach(now time.Time) {
	if r := &n.reach; n.mapped.IsValid() && !r.done && r.next.IsZero() && n.reacher() != nil {
		*r = reach{next: now}
	}
}

// reacher is a registration at a bootnode that sees us at the router's address.
func (n *Node) reacher() *registration {
	for _, b := range n.boots {
		for _, g := range b.regs {
			if g.state == rendezvous.Registered && g.observed.Addr() == n.mapped.Addr() {
				return g
			}
		}
	}
	return nil
}

func (n *Node) tickReach(now time.Time) {
	r := &n.reach
	if r.next.IsZero() || now.Before(r.next) {
		return
	}
	r.next = time.Time{}
	g := n.reacher()
	switch {
	case g == nil: // it will be seen again
	case r.tries < reachTries:
		r.tries++
		r.next = now.Add(reachEvery)
		id := wire.NewTxID()
		n.conn.ExpectReach(id)
		g.step(now, rendezvous.Reach{ID: id, Port: n.mapped.Port()})
	case r.sent >= reachSure:
		r.done = true
		n.cfg.PortMap.Checked(n.mapped, false)
	default: // an older bootnode, or one that has no socket for it
		r.done = true
	}
}

// onReach takes the packet from outside; any goroutine.
func (n *Node) onReach() {
	n.mail.put(func(time.Time) {
		if n.mapped.IsValid() && !n.reach.done {
			n.reach = reach{done: true}
			n.cfg.PortMap.Checked(n.mapped, true)
		}
	})
}
