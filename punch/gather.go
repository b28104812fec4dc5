package punch

import (
	"net/netip"
	"slices"

	"gochat/internal/wire"
)

// gatherer keeps the own candidates: host addresses with the socket's port and
// the addresses under which bootnodes and STUN servers see us.
type gatherer struct {
	port       uint16
	hosts      []netip.Addr
	observed   map[string]netip.AddrPort // by who saw it
	order      []string
	generation uint32
	current    []wire.Candidate
}

// update recomputes the candidates and reports whether they changed; then the
// generation has risen.
func (g *gatherer) update() bool {
	next := g.candidates()
	if g.generation > 0 && slices.Equal(next, g.current) {
		return false
	}
	g.current = next
	g.generation++
	return true
}

// setObserved notes the address that server saw.
func (g *gatherer) setObserved(server string, addr netip.AddrPort) {
	if _, ok := g.observed[server]; !ok {
		g.order = append(g.order, server)
	}
	g.observed[server] = addr
}

// candidates lists host addresses first, then reflexive ones, each once. A
// loopback candidate only makes sense to others on this host, so it is named
// only when somebody sees us there.
func (g *gatherer) candidates() []wire.Candidate {
	loop := slices.ContainsFunc(g.order, func(s string) bool { return g.observed[s].Addr().IsLoopback() })
	var out []wire.Candidate
	add := func(t wire.CandidateType, a netip.AddrPort) {
		known := slices.ContainsFunc(out, func(c wire.Candidate) bool { return c.Addr == a })
		if !known && len(out) < wire.MaxCandidates {
			out = append(out, wire.Candidate{Type: t, Addr: a})
		}
	}
	for _, ip := range g.hosts {
		if ip = ip.Unmap().WithZone(""); loop || !ip.IsLoopback() {
			add(wire.CandidateHost, netip.AddrPortFrom(ip, g.port))
		}
	}
	for _, s := range g.order {
		a := g.observed[s]
		if !a.Addr().IsLoopback() || loop {
			add(wire.CandidateServerReflexive, a)
		}
	}
	return out
}
