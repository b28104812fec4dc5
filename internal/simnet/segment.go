package simnet

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// Link describes one interface's cable, the same in both directions. A packet
// between two interfaces crosses both their links.
type Link struct {
	Latency   time.Duration // one way
	Jitter    time.Duration // added to each packet, uniform in [0, Jitter); may reorder
	Loss      float64       // probability that a packet disappears
	Duplicate float64       // probability that a packet arrives twice
	Reorder   float64       // probability that a packet is held back by Latency + Jitter + 1 ms
	MTU       int           // largest IP packet in bytes; larger ones vanish; 0: 1500
	Down      bool          // nothing passes
}

// lanLatency keeps even local delivery asynchronous, as with a real socket.
const lanLatency = 50 * time.Microsecond

// Segment is one realm of addresses: the Internet, or the LAN of a router.
// The same private address may exist in several.
type Segment struct {
	net     *Network
	link    Link // of interfaces attached from now on
	owners  map[netip.Addr]*nic
	routers []*Router // attached with their WAN side
	gateway *nic      // the LAN side of the router above; nil on the Internet
	hops    int       // routers between any two interfaces
}

func newSegment(n *Network, l Link) *Segment {
	return &Segment{net: n, link: l, owners: map[netip.Addr]*nic{}}
}

// node is what stands behind an interface.
type node interface {
	receive(now time.Time, at *nic, p packet)
}

// nic is a network interface of a host or router.
type nic struct {
	id    int
	seg   *Segment
	node  node
	addrs []netip.Addr
	link  Link
	rng   *rand.Rand
	sent  uint64
}

type packet struct {
	src, dst netip.AddrPort
	ttl      int // routers it may still cross
	data     []byte
	origin   *Host
}

// attach makes an interface. Called with the network's lock held.
func (s *Segment) attach(name string, owner node, addrs []netip.Addr) *nic {
	h := fnv.New64a()
	h.Write([]byte(name))
	s.net.nics++
	c := &nic{
		id:   s.net.nics,
		seg:  s,
		node: owner,
		link: s.link,
		rng:  rand.New(rand.NewPCG(s.net.seed, h.Sum64())),
	}
	c.setAddrs(addrs)
	return c
}

// setAddrs gives the interface other addresses on its segment.
func (c *nic) setAddrs(addrs []netip.Addr) {
	for _, a := range c.addrs {
		delete(c.seg.owners, a)
	}
	for _, a := range addrs {
		if c.seg.owners[a] != nil {
			panic(fmt.Sprintf("simnet: address %v is already taken", a))
		}
		c.seg.owners[a] = c
	}
	c.addrs = slices.Clone(addrs)
}

func (c *nic) owns(a netip.Addr) bool { return c.seg.owners[a] == c }

// lookup finds the interface to which a packet for a is handed on this
// segment: its owner, the router behind which a (IPv6, not translated) lies,
// or the gateway.
func (s *Segment) lookup(a netip.Addr, from *nic) *nic {
	if c := s.owners[a]; c != nil {
		return c
	}
	if a.Is6() {
		for _, r := range s.routers {
			if r.wan != from && r.LAN.contains(a) {
				return r.wan
			}
		}
	}
	if s.gateway != from {
		return s.gateway
	}
	return nil
}

// contains tells whether a is reached by going down into this segment.
func (s *Segment) contains(a netip.Addr) bool {
	return s.owners[a] != nil || slices.ContainsFunc(s.routers, func(r *Router) bool { return r.LAN.contains(a) })
}

// transmit sends p from this interface into its segment. Called with the
// network's lock held.
func (c *nic) transmit(now time.Time, p packet) {
	n := c.seg.net
	to := c.seg.lookup(p.dst.Addr(), c)
	if to == nil {
		n.end(now, p, NoRoute)
		return
	}
	if p.ttl -= c.seg.hops; p.ttl <= 0 {
		n.end(now, p, Expired)
		return
	}
	copies := 1
	for _, l := range []Link{c.link, to.link} {
		switch {
		case l.Down:
			n.end(now, p, Down)
			return
		case ipSize(p) > l.mtu():
			n.end(now, p, TooBig)
			return
		case l.Loss > 0 && c.rng.Float64() < l.Loss:
			n.end(now, p, Lost)
			return
		}
		if l.Duplicate > 0 && c.rng.Float64() < l.Duplicate {
			copies++
		}
	}
	for range copies {
		c.sent++
		delay := lanLatency + c.link.delay(c.rng) + to.link.delay(c.rng)
		n.push(&event{at: now.Add(delay), sender: c.id, seq: c.sent, to: to, seg: c.seg, packet: p})
	}
}

func (l Link) mtu() int {
	if l.MTU == 0 {
		return 1500
	}
	return l.MTU
}

func (l Link) delay(rng *rand.Rand) time.Duration {
	d := l.Latency
	if l.Jitter > 0 {
		d += time.Duration(rng.Int64N(int64(l.Jitter)))
	}
	if l.Reorder > 0 && rng.Float64() < l.Reorder {
		d += l.Latency + l.Jitter + time.Millisecond
	}
	return d
}

// ipSize is the packet's size with its UDP and IP headers.
func ipSize(p packet) int {
	if p.dst.Addr().Is4() {
		return len(p.data) + 8 + 20
	}
	return len(p.data) + 8 + 40
}
