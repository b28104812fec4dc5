package punch

import (
	"net/netip"
	"slices"

	"gochat/internal/wire"
)

// Both kinds of candidates must find room among wire.MaxCandidates.
const (
	maxHosts    = 10
	maxObserved = 16 // observers remembered
)

// gatherer keeps the own candidates: host addresses with the socket's port and
// the addresses under which bootnodes and STUN servers see us.
type gatherer struct {
	port       uint16
	hosts      []netip.Addr
	mapped     netip.AddrPort // by the router; invalid: none
	observed   []observation  // in order of first seeing
	generation uint32
	current    []wire.Candidate
	nat        wire.NAT // measured by now
	told       wire.NAT // with the current generation
}

type observation struct {
	server string
	addr   netip.AddrPort
}

// update recomputes the candidates and reports whether they, or what is known
// of the NAT, changed; then the generation has risen.
func (g *gatherer) update() bool {
	next := g.candidates()
	if g.generation > 0 && slices.Equal(next, g.current) && g.nat == g.told {
		return false
	}
	g.current, g.told = next, g.nat
	g.generation++
	return true
}

// event tells an agent the current candidates.
func (g *gatherer) event() LocalCandidates {
	return LocalCandidates{Generation: g.generation, Candidates: g.current, NAT: g.told}
}

// setObserved notes the address that server saw. Addresses that cannot be
// ours, as broken routers and servers report them, are dropped.
func (g *gatherer) setObserved(server string, addr netip.AddrPort) {
	if addr = plain(addr); !reachable(addr) {
		return
	}
	for i := range g.observed {
		if g.observed[i].server == server {
			g.observed[i].addr = addr
			return
		}
	}
	if len(g.observed) >= maxObserved {
		g.observed = slices.Delete(g.observed, 0, 1)
	}
	g.observed = append(g.observed, observation{server, addr})
}

// candidates lists host addresses first, then reflexive ones, each once. A
// loopback candidate only makes sense to others on this host, so it is named
// only when somebody sees us there.
func (g *gatherer) candidates() []wire.Candidate {
	loop := slices.ContainsFunc(g.observed, func(o observation) bool { return o.addr.Addr().IsLoopback() })
	var out []wire.Candidate
	add := func(t wire.CandidateType, a netip.AddrPort, limit int) {
		known := slices.ContainsFunc(out, func(c wire.Candidate) bool { return c.Addr == a })
		if !known && len(out) < limit && reachable(a) {
			out = append(out, wire.Candidate{Type: t, Addr: a})
		}
	}
	for _, ip := range g.hosts {
		if loop || !ip.Unmap().IsLoopback() {
			add(wire.CandidateHost, plain(netip.AddrPortFrom(ip, g.port)), maxHosts)
		}
	}
	add(wire.CandidateMapped, g.mapped, wire.MaxCandidates)
	for _, o := range g.observed {
		add(wire.CandidateServerReflexive, o.addr, wire.MaxCandidates)
	}
	return out
}
