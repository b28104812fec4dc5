package simnet

import (
	"net/netip"
	"time"
)

// Router is a NAT between the segment it was made on and its LAN. Routers on
// the LAN of a router are double or carrier-grade NAT.
type Router struct {
	// LAN is the segment behind the router.
	LAN *Segment

	net      *Network
	wan, lan *nic
	nat      NAT
	flows    map[flow]*mapping
	outside  map[netip.AddrPort]*mapping
	next     int // sequential allocation: the next port, relative to the lowest
	accepted map[accepted]time.Time
}

// flow is what a NAT tells mappings apart by: the inner endpoint and, as far
// as the mapping behaviour depends on it, the remote one.
type flow struct{ inner, remote netip.AddrPort }

// accepted is a flow that the router's own stack has taken (NAT.AcceptInput).
type accepted struct{ remote, outside netip.AddrPort }

// acceptedFor is how long such a flow is remembered after its latest packet:
// Linux's nf_conntrack_udp_timeout.
const acceptedFor = 30 * time.Second

type mapping struct {
	flow     flow
	outside  netip.AddrPort
	lastSent time.Time
	sentTo   map[netip.AddrPort]time.Time // remote endpoints, for filtering
	sentAddr map[netip.Addr]time.Time     // the same by address
	static   bool                         // a forwarded port: open to all, never expires
}

// Router attaches a NAT router with its WAN side, at the given addresses, to
// this segment. Without an IPv4 address it forwards IPv6 only.
func (s *Segment) Router(name string, nat NAT, wan ...string) *Router {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	r := &Router{net: s.net, nat: nat, LAN: newSegment(s.net, Link{})}
	r.forget()
	r.wan = s.attach(name, r, parseAddrs(wan))
	r.lan = r.LAN.attach(name+"/lan", r, nil)
	r.LAN.gateway = r.lan
	s.routers = append(s.routers, r)
	return r
}

// SetNAT changes the behaviour for new mappings and filters from now on.
func (r *Router) SetNAT(nat NAT) {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	r.nat = nat
}

// SetLink changes the cable on the WAN side.
func (r *Router) SetLink(l Link) {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	r.wan.link = l
}

// Restart forgets all mappings, as after a power cut.
func (r *Router) Restart() {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	r.forget()
}

// SetAddrs gives the WAN side other addresses and forgets all mappings.
func (r *Router) SetAddrs(wan ...string) {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	r.wan.setAddrs(parseAddrs(wan))
	r.forget()
}

// Forward opens an outside port for an inner endpoint, as a port mapping
// protocol or a user would. It reports the outside endpoint.
func (r *Router) Forward(port uint16, inner netip.AddrPort) netip.AddrPort {
	r.net.mu.Lock()
	defer r.net.mu.Unlock()
	addr, _ := r.wanAddr()
	out := netip.AddrPortFrom(addr, port)
	if old := r.outside[out]; old != nil {
		r.drop(old)
	}
	m := r.open(flow{inner: inner}, out, r.net.clock())
	m.static = true
	return m.outside
}

func (r *Router) forget() {
	r.flows = map[flow]*mapping{}
	r.outside = map[netip.AddrPort]*mapping{}
	r.accepted = map[accepted]time.Time{}
}

func (r *Router) receive(now time.Time, at *nic, p packet) {
	p.ttl--
	switch {
	case r.nat.BlockUDP:
		r.net.end(now, p, Blocked)
	case p.ttl <= 0:
		r.net.end(now, p, Expired)
	case at == r.lan:
		r.outbound(now, p)
	default:
		r.inbound(now, p)
	}
}

func (r *Router) outbound(now time.Time, p packet) {
	hairpin := r.wan.owns(p.dst.Addr())
	if hairpin && !r.nat.Hairpin {
		r.net.end(now, p, Filtered)
		return
	}
	m := r.mappingFor(now, p)
	if m == nil {
		r.net.end(now, p, NoMapping)
		return
	}
	m.lastSent = now
	m.sentTo[p.dst] = now
	m.sentAddr[p.dst.Addr()] = now
	p.src = m.outside
	if hairpin {
		r.inbound(now, p)
		return
	}
	r.wan.transmit(now, p)
}

func (r *Router) inbound(now time.Time, p packet) {
	m := r.outside[p.dst]
	if m == nil || !r.alive(m, now) || !r.admits(m, p.src, now) {
		if r.nat.AcceptInput && r.wan.owns(p.dst.Addr()) {
			r.accepted[accepted{p.src, p.dst}] = now
		}
		r.net.end(now, p, Filtered)
		return
	}
	p.dst = m.flow.inner
	r.lan.transmit(now, p)
}

func (r *Router) alive(m *mapping, now time.Time) bool {
	return m.static || now.Sub(m.lastSent) < r.nat.timeout()
}

// admits applies the filtering behaviour (RFC 4787 section 5).
func (r *Router) admits(m *mapping, src netip.AddrPort, now time.Time) bool {
	if m.static || r.nat.Filtering == EndpointIndependent {
		return true
	}
	sent, ok := m.sentAddr[src.Addr()]
	if r.nat.Filtering == AddressAndPortDependent {
		sent, ok = m.sentTo[src]
	}
	return ok && now.Sub(sent) < r.nat.timeout()
}

// mappingFor finds or makes the mapping of an outbound packet; nil if there
// is no outside address or port left.
func (r *Router) mappingFor(now time.Time, p packet) *mapping {
	f := flow{inner: p.src}
	translated := p.dst.Addr().Is4()
	if translated {
		switch r.nat.Mapping {
		case AddressDependent:
			f.remote = netip.AddrPortFrom(p.dst.Addr(), 0)
		case AddressAndPortDependent:
			f.remote = p.dst
		}
	}
	// A forwarded port is the mapping of its inner endpoint, whatever the
	// behaviour for others.
	if m := r.flows[flow{inner: p.src}]; m != nil && m.static {
		return m
	}
	if r.nat.AcceptInput {
		if m := r.displaced(now, f, p); m != nil {
			return m
		}
	}
	if m := r.flows[f]; m != nil {
		if r.alive(m, now) {
			return m
		}
		r.drop(m)
	}
	out := p.src
	if translated {
		var ok bool
		if out, ok = r.allocate(now, p.src.Port()); !ok {
			return nil
		}
	}
	return r.open(f, out, now)
}

// displaced is the mapping of a flow whose outside port the router's own stack
// holds: another one, for this remote endpoint alone.
func (r *Router) displaced(now time.Time, f flow, p packet) *mapping {
	own := flow{p.src, p.dst}
	if m := r.flows[own]; m != nil && r.alive(m, now) {
		return m
	}
	out := netip.AddrPort{}
	if addr, ok := r.wanAddr(); ok {
		out = netip.AddrPortFrom(addr, p.src.Port())
	}
	if m := r.flows[f]; m != nil {
		out = m.outside
	}
	at, held := r.accepted[accepted{p.dst, out}]
	if !held || now.Sub(at) > acceptedFor {
		return nil
	}
	lo, count := r.nat.ports()
	for range count {
		out = netip.AddrPortFrom(out.Addr(), uint16(lo+r.wan.rng.IntN(count)))
		if r.outside[out] == nil {
			return r.open(own, out, now)
		}
	}
	return nil
}

func (r *Router) open(f flow, out netip.AddrPort, now time.Time) *mapping {
	m := &mapping{
		flow:     f,
		outside:  out,
		lastSent: now,
		sentTo:   map[netip.AddrPort]time.Time{},
		sentAddr: map[netip.Addr]time.Time{},
	}
	r.flows[f], r.outside[out] = m, m
	return m
}

func (r *Router) drop(m *mapping) {
	delete(r.flows, m.flow)
	delete(r.outside, m.outside)
}

// allocate picks a free outside endpoint (RFC 4787 section 4.2).
func (r *Router) allocate(now time.Time, innerPort uint16) (netip.AddrPort, bool) {
	addr, ok := r.wanAddr()
	if !ok {
		return netip.AddrPort{}, false
	}
	free := func(port uint16) bool {
		m := r.outside[netip.AddrPortFrom(addr, port)]
		if m != nil && !r.alive(m, now) {
			r.drop(m)
			m = nil
		}
		return m == nil
	}
	if r.nat.Allocation == Preserving && free(innerPort) {
		return netip.AddrPortFrom(addr, innerPort), true
	}
	lo, count := r.nat.ports()
	start, step := r.wan.rng.IntN(count), 1
	if r.nat.Allocation == Sequential {
		start, step = r.next, max(r.nat.Step, 1)
	}
	for i := range count {
		offset := (start + i*step) % count
		if port := uint16(lo + offset); free(port) {
			r.next = (offset + step) % count
			return netip.AddrPortFrom(addr, port), true
		}
	}
	return netip.AddrPort{}, false
}

func (r *Router) wanAddr() (netip.Addr, bool) {
	for _, a := range r.wan.addrs {
		if a.Is4() {
			return a, true
		}
	}
	return netip.Addr{}, false
}
