package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// setLocal takes the own candidates and lets the member know them.
func (a *Agent) setLocal(now time.Time, ev LocalCandidates) {
	if ev.Generation <= a.local.Generation {
		return
	}
	first := a.local.Generation == 0
	a.local = ev
	a.offerCandidates(now)
	if !first {
		a.round = 0
	}
	a.startRound(now)
}

// addRemote takes announced addresses of the member.
func (a *Agent) addRemote(now time.Time, cands []wire.Candidate) {
	fresh := false
	for _, c := range cands {
		fresh = a.addCandidate(c) || fresh
	}
	if fresh {
		a.startRound(now)
	}
}

// dropStale forgets unproven paths that the new generation does not name.
func (a *Agent) dropStale(cands []wire.Candidate) {
	a.paths = slices.DeleteFunc(a.paths, func(p *path) bool {
		return !p.valid && !slices.ContainsFunc(cands, func(c wire.Candidate) bool { return c.Addr == p.addr })
	})
}

// usable says whether an address is one to probe at all. Loopback is only
// worth a probe when our own candidates are on loopback: otherwise it is some
// other process on this host.
func (a *Agent) usable(addr netip.AddrPort) bool {
	ip := addr.Addr()
	if !ip.IsValid() || addr.Port() == 0 || ip.IsUnspecified() || ip.IsMulticast() ||
		ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}) {
		return false
	}
	return !ip.IsLoopback() || slices.ContainsFunc(a.local.Candidates, func(c wire.Candidate) bool {
		return c.Addr.Addr().IsLoopback()
	})
}

func (a *Agent) addCandidate(c wire.Candidate) (fresh bool) {
	if !a.usable(c.Addr) || a.find(c.Addr) != nil || len(a.paths) >= maxPaths {
		return false
	}
	a.paths = append(a.paths, &path{addr: c.Addr, typ: c.Type})
	return true
}

func (a *Agent) find(addr netip.AddrPort) *path {
	for _, p := range a.paths {
		if p.addr == addr {
			return p
		}
	}
	return nil
}

func (a *Agent) setRelay(now time.Time, up bool) {
	if up == a.relayUp {
		return
	}
	a.relayUp = up
	a.relay.valid, a.relay.outstanding, a.relay.unanswered = false, nil, 0
	if up {
		a.offerCandidates(now)
		a.ping(now, a.relay, 0)
	}
}

// offerCandidates sends the own candidates through the relay until answered.
func (a *Agent) offerCandidates(now time.Time) {
	a.candTries, a.candWait = 0, candidatesFirst
	a.candAt = time.Time{}
	if a.relayUp && a.local.Generation > a.answered {
		a.candAt = now
	}
}

func (a *Agent) dueCandidates(now time.Time) {
	if a.candAt.IsZero() || now.Before(a.candAt) {
		return
	}
	a.sendCandidates()
	a.candTries++
	a.candAt = now.Add(a.jitter(a.candWait))
	a.candWait = min(2*a.candWait, candidatesMax)
	if a.candTries > 8 {
		a.candAt = time.Time{} // the announcement carries most of them anyway
	}
}

func (a *Agent) sendCandidates() {
	a.send(netip.AddrPort{}, wire.Candidates{
		Generation: a.local.Generation, Answered: a.remoteGen, Candidates: a.local.Candidates,
	})
}

// receive takes an authentic frame of the member.
func (a *Agent) receive(now time.Time, ev Received) {
	a.lastAuth = now
	switch m := ev.Msg.(type) {
	case wire.Ping:
		a.receivePing(now, ev.From, m)
	case wire.Pong:
		p := a.relay
		if ev.From.IsValid() {
			p = a.find(ev.From)
		}
		if p != nil {
			a.pong(now, p, m.TxID)
		}
	case wire.Candidates:
		if ev.From.IsValid() {
			return // only the relay carries them
		}
		a.receiveCandidates(now, m)
	}
}

// receiveCandidates takes the member's own list of addresses. One of an older
// generation is stale. The answer tells which generation arrived.
func (a *Agent) receiveCandidates(now time.Time, m wire.Candidates) {
	if m.Answered > a.answered && m.Answered <= a.local.Generation {
		a.answered = m.Answered
	}
	if a.answered >= a.local.Generation {
		a.candAt = time.Time{}
	}
	news := m.Generation > a.remoteGen
	if news {
		a.remoteGen = m.Generation
		a.round = 0
		a.dropStale(m.Candidates)
		a.addRemote(now, m.Candidates)
	}
	if a.local.Generation > 0 && (news || m.Answered < a.local.Generation) {
		a.sendCandidates()
	}
}

// receivePing answers a probe and, where the path is not proven yet, probes
// back at once (RFC 8445 §7.3.1.4, triggered check). The answer to a probe
// from an unknown address makes that address a peer-reflexive candidate.
func (a *Agent) receivePing(now time.Time, from netip.AddrPort, m wire.Ping) {
	if slices.Contains(a.seen[:], m.TxID) {
		return
	}
	a.seen[a.seenNext%len(a.seen)] = m.TxID
	a.seenNext++
	a.send(from, wire.Pong{TxID: m.TxID, Observed: from})
	if !from.IsValid() {
		return
	}
	p := a.find(from)
	if p == nil {
		if p = a.learn(from); p == nil {
			return
		}
	}
	p.heard = true
	if !p.valid && now.Sub(p.lastPing) >= checkPace {
		a.ping(now, p, wire.MaxPayload)
	}
}

// learn adds a peer-reflexive path, in the place of the oldest unproven one
// when there are too many.
func (a *Agent) learn(from netip.AddrPort) *path {
	if len(a.paths) >= maxPaths {
		i := slices.IndexFunc(a.paths, func(p *path) bool { return !p.valid })
		if i < 0 {
			return nil
		}
		a.paths = slices.Delete(a.paths, i, i+1)
	}
	p := &path{addr: from, typ: wire.CandidatePeerReflexive}
	a.paths = append(a.paths, p)
	return p
}

// startRound probes all unproven paths, the near ones first.
func (a *Agent) startRound(now time.Time) {
	if a.local.Generation == 0 || len(a.paths) == 0 {
		return
	}
	order := slices.Clone(a.paths)
	slices.SortStableFunc(order, func(x, y *path) int { return rank(x) - rank(y) })
	at := now
	for _, p := range order {
		if p.valid {
			continue
		}
		if at2 := p.checkAt(); !at2.IsZero() {
			continue // already being probed
		}
		p.start, p.attempts = at, 0
		at = at.Add(checkPace)
	}
	a.retryAt = time.Time{}
	a.roundOver = at.Add(checkTimes[len(checkTimes)-1] + time.Second)
}

// rank orders first probes: same host, LAN, IPv6, the rest.
func rank(p *path) int {
	ip := p.addr.Addr()
	switch {
	case ip.IsLoopback():
		return 0
	case ip.IsPrivate():
		return 1
	case ip.Is6():
		return 2
	}
	return 3
}

// dueRound ends a round and plans the next one while there is no direct path.
func (a *Agent) dueRound(now time.Time) {
	if !a.roundOver.IsZero() && !now.Before(a.roundOver) {
		a.roundOver = time.Time{}
		if a.best == nil {
			a.retryAt = now.Add(a.jitter(retryAfter[min(a.round, len(retryAfter)-1)]))
			a.round++
		}
	}
	if !a.retryAt.IsZero() && !now.Before(a.retryAt) {
		a.retryAt = time.Time{}
		if a.best == nil {
			a.startRound(now)
		}
	}
}

// restart distrusts everything after a change of the local network.
func (a *Agent) restart(now time.Time) {
	a.round = 0
	for _, p := range a.paths {
		p.start = time.Time{}
		if p.valid {
			p.lastPong = time.Time{}
			a.pingProven(now, p)
		}
	}
	a.offerCandidates(now)
	a.startRound(now)
}

// duePresence repeats the probes that CheckNow asked for until any answer.
func (a *Agent) duePresence(now time.Time) {
	if a.checkLeft == 0 || now.Before(a.checkAt) {
		return
	}
	if a.checkLeft < presenceTries && a.lastAuth.After(a.lastListen) {
		a.checkLeft = 0
		return
	}
	if a.checkLeft == presenceTries {
		a.lastListen = now
	}
	a.checkLeft--
	a.checkAt = now.Add(leastTimeout)
	if a.relayUp {
		a.ping(now, a.relay, 0)
	}
	for _, p := range a.paths {
		if p.valid {
			a.ping(now, p, 0)
		}
	}
}

// dueRelay keeps the relay's round trip known.
func (a *Agent) dueRelay(now time.Time) {
	if !a.relayUp {
		return
	}
	p := a.relay
	for i := range p.outstanding {
		if o := &p.outstanding[i]; !o.late && now.Sub(o.at) >= p.timeout() {
			o.late = true
		}
	}
	if at := a.keepaliveAt(p); !at.IsZero() && !now.Before(at) {
		p.keepalive = 0
		a.ping(now, p, 0)
	}
}
