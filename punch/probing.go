package punch

import (
	"time"

	"gochat/internal/wire"
)

const (
	// activeFor is how long after its last packet a pair counts as in use.
	activeFor       = 45 * time.Second
	activeKeepalive = 3 * time.Second
	idleKeepalive   = 15 * time.Second // RFC 4787 REQ-5 allows mappings of 2 min, routers forget after 30 s
	spareKeepalive  = 30 * time.Second
	// Without a direct path, a relay that does not answer is asked again after
	// twice the time, up to relayRetry, so often.
	relayTries     = 30
	relayRetry     = 2 * time.Second
	relayKeepalive = 2 * time.Minute // beside a direct path: beats keep the mapping, this keeps its RTT
	// dataSize is the size from which on a packet is taken for data. QUIC's
	// keep-alives and bare acknowledgements are smaller: an idle path that
	// answers its own keep-alives will do for them.
	dataSize = 48
	// activeSize is the size from which on somebody seems to be talking. What
	// links exchange by themselves, now and then, is smaller.
	activeSize = 128
	// largeSize is the size from which on data calls for a full-size probe.
	largeSize      = 600
	dataProbeEvery = 500 * time.Millisecond // probes beside data, so that a dying path shows within a second
)

// ping sends a probe of a size on a path and remembers it.
func (a *Agent) ping(now time.Time, p *path, size int) {
	id := a.newTxID()
	if len(p.outstanding) >= maxOutstanding {
		p.outstanding = append(p.outstanding[:0], p.outstanding[1:]...)
	}
	p.outstanding = append(p.outstanding, probe{id: id, at: now, size: size, gap: a.gap(now, p)})
	p.lastPing, p.spread = now, a.spread()
	a.out = append(a.out, Action{To: p.addr, Sock: p.sock, Msg: wire.Ping{TxID: id, Size: size}})
}

// pingFull asks whether full-size packets get through, if nothing does already.
func (a *Agent) pingFull(now time.Time, p *path) {
	if !p.waiting(wire.MaxPayload) {
		a.ping(now, p, wire.MaxPayload)
	}
}

// pong takes the answer to one of our probes: it counts only with the id of
// one that was sent on this path. A late one counts as well, as on a path
// whose round trip grew.
func (a *Agent) pong(now time.Time, p *path, m wire.Pong) {
	for i, o := range p.outstanding {
		if o.id != m.TxID {
			continue
		}
		p.outstanding = append(p.outstanding[:0], p.outstanding[i+1:]...)
		a.alive(now)
		p.sample(now.Sub(o.at))
		a.seenAt(now, p, m.Observed, o.gap)
		wasSilent := p.unanswered >= suspectProbes
		p.proven = true
		p.valid, p.heard, p.lastPong, p.provenAt, p.unanswered = true, now, now, o.at, 0
		switch {
		case !p.relay:
			a.checkSize(now, p, o)
			a.compare(now, p)
		case wasSilent && a.best == nil: // the network is back, perhaps for direct paths, too
			a.round = 0
			a.search(now)
		}
		return
	}
}

// checkSize finds out whether full-size packets get through: small probes
// that pass where full ones vanish are a known trap (tunnels, PPPoE).
func (a *Agent) checkSize(now time.Time, p *path, answered probe) {
	switch {
	case answered.size >= wire.MaxPayload:
		p.mtu, p.narrow, p.lostFull, p.fullAt = true, false, 0, now
	case p.lostFull >= fullTries:
		p.mtu, p.narrow = false, true
	case !p.mtu && !p.narrow || p.lostFull > 0:
		a.pingFull(now, p)
	}
}

// duePath sends what a path needs: repeats of unanswered probes, keep-alives.
func (a *Agent) duePath(now time.Time, p *path) {
	a.dueAnswers(now, p)
	if isDue(a.keepaliveAt(p), now) {
		a.ping(now, p, 0)
	}
}

// dueAnswers notes probes that were not answered in time.
func (a *Agent) dueAnswers(now time.Time, p *path) {
	late := false
	for i := range p.outstanding {
		o := &p.outstanding[i]
		if o.late || now.Before(o.at.Add(p.timeout())) {
			continue
		}
		if p.unanswered == 0 && !late {
			p.failedAt, p.failedGap = o.at, o.gap
		}
		o.late, late = true, true
		if o.size >= wire.MaxPayload {
			p.lostFull = min(p.lostFull+1, fullTries)
		}
	}
	if late && a.silent.IsZero() && (p == a.best || p.relay && a.best == nil) {
		a.silent = now
	}
	if !late || !p.valid && !p.relay {
		return
	}
	p.unanswered++
	if p.relay {
		return // keepaliveAt has it asked again
	}
	if p.dead(now) {
		if p == a.best {
			a.diedIdle(now, p)
		}
		p.giveUp()
		if p == a.best {
			a.best = nil
			a.search(now)
		}
		return
	}
	a.ping(now, p, 0)
	if p == a.best {
		a.suspect(now, p)
	}
}

// suspect looks for other ways when the best path does not answer: at once on
// those that worked, soon on all, as the member may be at another port.
func (a *Agent) suspect(now time.Time, best *path) {
	switch best.unanswered {
	case 1:
		if a.relayUp && !a.relay.waiting(0) {
			a.ping(now, a.relay, 0) // is it the path or the network?
		}
		for _, p := range a.paths {
			if p != best && p.valid && !p.waiting(0) {
				a.ping(now, p, 0)
			}
		}
	case suspectProbes:
		a.startRound(now, len(checkTimes), func(*path) bool { return true })
	}
}

// keepaliveAt is when a proven path, or the relay, is probed next just to
// keep it.
func (a *Agent) keepaliveAt(p *path) time.Time {
	if p.lastPing.IsZero() || !p.valid && !p.relay {
		return time.Time{}
	}
	every := spareKeepalive
	switch {
	case p == a.best && a.active(p.lastPing):
		return p.lastPing.Add(activeKeepalive)
	case p.relay && a.best == nil && 0 < p.unanswered && p.unanswered <= relayTries:
		return p.lastPing.Add(min(leastTimeout<<p.unanswered, relayRetry))
	case p == a.best:
		every = a.life.idleEvery(p.lastPing)
	case p.relay && a.best == nil:
		every = idleKeepalive
	case p.relay:
		every = relayKeepalive
	}
	return p.lastPing.Add(time.Duration(float64(every) * p.spread))
}

// active reports whether data was sent lately before a time.
func (a *Agent) active(at time.Time) bool {
	return !a.lastData.IsZero() && at.Sub(a.lastData) < activeFor
}

// dataSent keeps the trust in the path current while data flows.
func (a *Agent) dataSent(now time.Time, size int) {
	a.lastSent = now
	if a.uses(now, size) {
		a.lastData = now
		a.wanted(now)
	}
	if size >= dataSize {
		a.probeBeside(now, size)
	}
}

// probeBeside sends a probe beside data, so that a dead path shows even if
// QUIC's answers are only believed by QUIC. Data that came by the relay calls
// for one, too: the member may know already that the path is dead, while we
// send nothing but acknowledgements.
func (a *Agent) probeBeside(now time.Time, size int) {
	p := a.best
	switch {
	case p == nil || now.Sub(p.lastPing) < dataProbeEvery || p.waiting(0):
	case !p.narrow && (!p.mtu || size >= largeSize && now.Sub(p.fullAt) >= fullEvery):
		a.pingFull(now, p)
	default:
		a.ping(now, p, 0)
	}
}
