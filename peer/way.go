package peer

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"gochat/internal/rendezvous"
)

// send sends a packet to the bootnode by a way. What cannot be sent is lost, as
// any packet may be.
func (g *registration) send(p []byte, v rendezvous.Via) bool {
	g.mu.Lock()
	addr, stream := g.addr, g.stream
	g.mu.Unlock()
	switch {
	case v == rendezvous.TCP:
		return stream != nil && stream.Send(p)
	case !addr.IsValid():
		return false
	}
	g.boot.node.conn.Send(p, addr)
	return true
}

func (g *registration) setStream(s Stream) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.stream = s
}

// setAddr takes the address of UDP, from which packets are expected, too.
func (g *registration) setAddr(a netip.AddrPort) {
	g.mu.Lock()
	g.addr = a
	g.mu.Unlock()
	n := g.boot.node
	n.mu.Lock()
	defer n.mu.Unlock()
	n.regs[bare(a)] = append(slices.Clone(n.regs[bare(a)]), g)
}

// moved notes by which way the registration stands now.
func (g *registration) moved(now time.Time, v rendezvous.Via) {
	changed := g.via != v
	g.via = v
	b := g.boot
	on := rendezvous.UDP
	for _, x := range b.regs {
		if x.state == rendezvous.Registered && x.via == rendezvous.TCP {
			on = rendezvous.TCP
		}
	}
	b.carrier.moved(now, max(on, v))
	if !changed {
		return
	}
	if g.state == rendezvous.Registered { // else the news that it is follows
		b.refresh()
	}
	for _, m := range g.sessions {
		m.contact.updateRelay()
		m.contact.report()
	}
}

// routes are the ways through bootnodes, in order of preference: those that are
// about to stop last, and those over UDP before those over TCP.
func (c *contact) routes() (routes []route) {
	for _, m := range c.members {
		for _, rt := range m.routes {
			if rt.reg.state != rendezvous.Unreachable {
				routes = append(routes, rt)
			}
		}
	}
	slices.SortStableFunc(routes, func(a, b route) int {
		return cmp.Or(btoi(a.reg.boot.departing())-btoi(b.reg.boot.departing()), int(a.reg.via)-int(b.reg.via))
	})
	return routes
}

// relayVia is how packets get to the relay.
func (c *contact) relayVia() Via {
	routes := c.routes()
	if len(routes) == 0 {
		return ViaNone
	}
	return viaOf(routes[0].reg.via)
}
