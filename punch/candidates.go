package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

const (
	maxPaths   = 32
	offerFirst = 250 * time.Millisecond
	offerMax   = 30 * time.Second
)

// offer is the sending of the own candidates through the relay until the
// member has answered their generation.
type offer struct {
	answered uint32 // the latest of our generations the member has
	at       time.Time
	wait     time.Duration
}

// setLocal takes the own candidates and lets the member know them.
func (a *Agent) setLocal(now time.Time, ev LocalCandidates) {
	if ev.Generation <= a.local.Generation {
		return
	}
	a.local = ev
	a.planLadder(now)
	a.round = 0
	a.offerCandidates(now)
	for _, c := range a.loopback {
		a.addCandidate(c)
	}
	a.search(now)
}

// addRemote takes announced addresses of the member.
func (a *Agent) addRemote(now time.Time, cands []wire.Candidate) {
	fresh := false
	for _, c := range cands[:min(len(cands), maxPaths)] {
		fresh = a.addCandidate(c) || fresh
	}
	if fresh {
		a.search(now)
	}
}

func (a *Agent) addCandidate(c wire.Candidate) (fresh bool) {
	c.Addr = plain(c.Addr)
	if a.privacy.alone() || !reachable(c.Addr) || c.Addr.Addr().IsLinkLocalUnicast() || a.find(c.Addr, 0) != nil {
		return false
	}
	isOwn := func(own wire.Candidate) bool { return own.Addr == c.Addr }
	isLoopback := func(own wire.Candidate) bool { return own.Addr.Addr().IsLoopback() }
	if slices.ContainsFunc(a.local.Candidates, isOwn) {
		return false // ourselves, or a host of the same address in another network
	}
	// Loopback is only worth a probe when we are named there as well:
	// otherwise it is some other process on this host.
	if c.Addr.Addr().IsLoopback() && !slices.ContainsFunc(a.local.Candidates, isLoopback) {
		if len(a.loopback) < wire.MaxCandidates && !slices.Contains(a.loopback, c) {
			a.loopback = append(a.loopback, c)
		}
		return false
	}
	if len(a.paths) >= maxPaths && !a.evict(func(p *path) bool { return p.heard.IsZero() && p.checkAt().IsZero() }) &&
		!a.evict(func(p *path) bool { return p.heard.IsZero() && !p.lastPing.IsZero() }) {
		return false
	}
	a.paths = append(a.paths, &path{addr: c.Addr, typ: c.Type})
	return true
}

// learn adds a peer-reflexive path (RFC 8445 §7.3.1.3).
func (a *Agent) learn(from netip.AddrPort, sock int) *path {
	if len(a.paths) >= maxPaths && !a.evict(func(p *path) bool { return p.heard.IsZero() }) &&
		!a.evict(func(*path) bool { return true }) {
		return nil
	}
	p := &path{addr: from, sock: sock, typ: wire.CandidatePeerReflexive}
	a.paths = append(a.paths, p)
	return p
}

// evict forgets the oldest unproven path that fits.
func (a *Agent) evict(fits func(*path) bool) bool {
	i := slices.IndexFunc(a.paths, func(p *path) bool { return !p.valid && fits(p) })
	if i < 0 {
		return false
	}
	a.paths = slices.Delete(a.paths, i, i+1)
	return true
}

// dropStale forgets paths that the new generation does not name, but for
// those that work or were lately heard from.
func (a *Agent) dropStale(now time.Time, cands []wire.Candidate) {
	a.loopback = nil
	a.paths = slices.DeleteFunc(a.paths, func(p *path) bool {
		return !p.valid && p.sock == 0 && (p.heard.IsZero() || now.Sub(p.heard) > activeFor) &&
			!slices.ContainsFunc(cands, func(c wire.Candidate) bool { return plain(c.Addr) == p.addr })
	})
}

func (a *Agent) find(addr netip.AddrPort, sock int) *path {
	for _, p := range a.paths {
		if p.addr == addr && p.sock == sock {
			return p
		}
	}
	return nil
}

// plain is an address in the one form that is compared: no zone, which means
// nothing to others, and no IPv4 in IPv6.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// reachable says whether a packet to an address can reach one host at all.
func reachable(addr netip.AddrPort) bool {
	ip := addr.Addr()
	if !ip.IsValid() || addr.Port() == 0 || ip.IsUnspecified() || ip.IsMulticast() {
		return false
	}
	if ip.Is4() { // 0/8 is "this network", 240/4 reserved, with broadcast (RFC 6890)
		first := ip.As4()[0]
		return first != 0 && first < 240
	}
	return !ip.IsLinkLocalUnicast() // needs a zone, which does not travel
}

func (a *Agent) setRelay(now time.Time, up bool) {
	if up == a.relayUp {
		return
	}
	a.relayUp = up
	a.relay.outstanding, a.relay.unanswered = nil, 0
	a.offerCandidates(now)
	if !up {
		a.wanted(now)
		return
	}
	a.ping(now, a.relay, 0)
	if a.best == nil && a.roundOver.IsZero() { // what brought it back may have brought back more
		a.round = 0
		a.search(now)
	}
}

// offerCandidates begins to send the own candidates, if the member has not
// got them yet.
func (a *Agent) offerCandidates(now time.Time) {
	a.offer.at, a.offer.wait = time.Time{}, offerFirst
	if a.relayUp && a.generation() > a.offer.answered {
		a.offer.at = now
	}
}

func (a *Agent) dueOffer(now time.Time) {
	if !isDue(a.offer.at, now) {
		return
	}
	a.sendCandidates()
	a.offer.at = now.Add(a.jitter(a.offer.wait))
	a.offer.wait = min(2*a.offer.wait, offerMax)
}

func (a *Agent) sendCandidates() {
	m := wire.Candidates{Generation: a.generation(), Answered: a.remoteGen, NAT: a.local.NAT, Candidates: a.local.Candidates}
	if a.privacy.hidden {
		m.Candidates, m.NAT = nil, wire.NAT{} // a NAT can be recognised, too
	}
	a.send(netip.AddrPort{}, m)
}

// receiveCandidates takes the member's own list of addresses. One of an older
// generation is stale. The answer tells which generation arrived.
func (a *Agent) receiveCandidates(now time.Time, m wire.Candidates) {
	if m.Answered > a.offer.answered && m.Answered <= a.generation() {
		a.offer.answered = m.Answered
		a.alive(now)
	}
	if a.offer.answered >= a.generation() {
		a.offer.at = time.Time{}
	}
	news := m.Generation > a.remoteGen
	if news {
		a.alive(now)
		a.remoteGen, a.remoteNAT = m.Generation, m.NAT
		a.named = slices.Clone(m.Candidates[:min(len(m.Candidates), wire.MaxCandidates)])
		a.round = 0
		a.setWithheld(now, len(a.named) == 0)
		a.planLadder(now)
		a.dropStale(now, a.named)
		for _, c := range a.named {
			a.addCandidate(c)
		}
		a.search(now)
	}
	if a.relayUp && a.local.Generation > 0 && (news || m.Answered < a.generation()) {
		a.sendCandidates()
	}
}
