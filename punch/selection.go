package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

const (
	// goodRTT is a round trip that needs no improvement.
	goodRTT = 5 * time.Millisecond
	// maxSpares is how many proven paths are kept beside the best one.
	maxSpares = 3
)

// Route is where data goes at the moment: to an address, through the relay,
// or both while the direct path is unproven.
type Route struct {
	Direct netip.AddrPort
	Sock   int // by which; 0: the main one
	Relay  bool
}

// Kind is the reported kind of a route.
type Kind int

// The kinds of route.
const (
	None Kind = iota
	Relay
	Direct
)

// Info is what is told of the way to a member.
type Info struct {
	Kind     Kind
	Addr     netip.AddrPort // of a direct path
	RTT      time.Duration  // 0: not measured yet
	Punching bool           // a round of probes is under way
	Tried    int            // rounds that found no direct path
	LastSeen time.Time      // of the latest authentic probe frame; zero: none
	Why      Why            // the path is not direct
	NAT      wire.NAT       // as the member told of its own
}

// choose takes the best validated path and reports whether that is another
// one than before. A working one is left only for one that is clearly better,
// so that jitter does not make paths flap.
func (a *Agent) choose(now time.Time) (changed bool) {
	was := a.best
	if a.best == nil || !a.eligible(a.best) {
		a.best = a.cheapest()
	}
	for _, p := range a.paths {
		if a.best == was && p != a.best && a.eligible(p) && a.clearlyBetter(p) {
			a.best = p
		}
	}
	a.trimSpares()
	if a.best == was {
		return false
	}
	for _, p := range a.paths {
		p.wins = 0
	}
	a.rechecks = 0
	if a.best != nil {
		a.round, a.directAt = 0, now
	}
	if a.roundOver.IsZero() {
		a.retryAt = time.Time{}
		a.planRound(now)
	}
	return true
}

// eligible reports whether data may be sent on a path at all. Where only small
// packets pass, the relay is better.
func (a *Agent) eligible(p *path) bool { return p.valid && !(p.narrow && a.relayUp) }

// cheapest is the eligible path of least cost, or nil.
func (a *Agent) cheapest() (best *path) {
	for _, p := range a.paths {
		if a.eligible(p) && (best == nil || p.cost() < best.cost()) {
			best = p
		}
	}
	return best
}

// clearlyBetter reports whether data should move from the best path to p.
func (a *Agent) clearlyBetter(p *path) bool {
	if p.unanswered > 0 || !p.mtu {
		return false
	}
	return a.best.unanswered > 1 || a.best.narrow || p.wins >= 2
}

// compare counts whether a new sample of p is clearly better than the best
// path: by 5 ms, a tenth, and what the round trips vary by anyway.
func (a *Agent) compare(now time.Time, p *path) {
	best := a.best
	if best == nil || p == best || p.samples < 2 || best.samples < 2 || !p.mtu {
		return
	}
	margin := max(goodRTT, best.rtt/10, best.rttvar, p.rttvar)
	if best.rtt <= goodRTT || p.score()+margin > best.score() {
		p.wins = 0
		return
	}
	if p.wins++; p.wins == 1 && !p.waiting(0) {
		a.ping(now, p, 0) // do not wait for the keep-alive to be sure
	}
}

// trimSpares gives up the worst paths beyond those worth keeping alive.
func (a *Agent) trimSpares() {
	for {
		var worst *path
		spares := 0
		for _, p := range a.paths {
			if !p.valid || p == a.best {
				continue
			}
			spares++
			if worst == nil || p.cost() > worst.cost() {
				worst = p
			}
		}
		if spares <= maxSpares {
			return
		}
		worst.giveUp()
	}
}

// Route is where a packet of a size goes at a moment.
func (a *Agent) Route(now time.Time, size int) Route {
	if a.best == nil {
		return Route{Relay: a.relayUp}
	}
	return Route{Direct: a.best.addr, Sock: a.best.sock, Relay: a.relayUp && !a.best.trusted(now, size)}
}

// Info tells the state of the path.
func (a *Agent) Info() Info {
	i := Info{Punching: a.best == nil && (!a.roundOver.IsZero() || a.ladder.round.Kind != 0), Tried: a.round, LastSeen: a.lastAuth, Why: a.why(), NAT: a.remoteNAT}
	switch {
	case a.best != nil:
		i.Kind, i.Addr, i.RTT = Direct, a.best.addr, a.best.rtt
	case a.relayUp:
		i.Kind, i.RTT = Relay, a.relay.rtt
	}
	return i
}

// HeardAt is when the latest authentic probe frame, not a replay, came from an
// address: QUIC packets from there may pass the gate. Zero: never.
func (a *Agent) HeardAt(addr netip.AddrPort) (at time.Time) {
	for _, p := range a.paths {
		if p.addr == addr && p.heard.After(at) {
			at = p.heard
		}
	}
	return at
}

// Proven reports whether our own probe to an address was answered from there:
// nobody who merely writes that address as his source can do that.
func (a *Agent) Proven(addr netip.AddrPort) bool {
	return slices.ContainsFunc(a.paths, func(p *path) bool { return p.addr == addr && p.valid })
}

// ProvenAt is when the latest answered probe left on the direct path in use, or
// without one on the relay: packets sent before it most likely arrived. Zero:
// none was answered.
func (a *Agent) ProvenAt() time.Time {
	if a.best == nil {
		return a.relay.provenAt
	}
	return a.best.provenAt
}

// Returned reports once that the member has answered after a silence.
func (a *Agent) Returned() bool {
	was := a.returned
	a.returned = false
	return was
}
