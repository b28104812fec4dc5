package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// path is one way to the member: a candidate pair in the sense of RFC 8445,
// whose local half is always our one socket, or the relay.
type path struct {
	addr  netip.AddrPort
	typ   wire.CandidateType
	relay bool

	start    time.Time // of this round's probes; zero: not being probed
	attempts int       // probes sent in this round

	outstanding []probe
	unanswered  int // probes in a row that found no answer in time
	lastPing    time.Time
	lastPong    time.Time
	keepalive   time.Duration // jittered interval until the next keep-alive
	rtt         time.Duration // smoothed (RFC 6298 §2: 1/8)
	samples     int
	heard       bool // an authentic frame came from there: data may be taken
	valid       bool // our probe was answered: data may be sent there
	mtu         bool // a 1200-byte probe was answered
}

// probe is a PING without answer yet.
type probe struct {
	id   wire.TxID
	at   time.Time
	size int
	late bool // counted as unanswered
}

// timeout is how long an answer may take.
func (p *path) timeout() time.Duration { return max(leastTimeout, 3*p.rtt) }

// timeoutAt is when the oldest waiting probe becomes late.
func (p *path) timeoutAt() time.Time {
	for _, o := range p.outstanding {
		if !o.late {
			return o.at.Add(p.timeout())
		}
	}
	return time.Time{}
}

// checkAt is when the next probe of the round is due.
func (p *path) checkAt() time.Time {
	if p.start.IsZero() || p.valid || p.attempts >= len(checkTimes) {
		return time.Time{}
	}
	return p.start.Add(checkTimes[p.attempts])
}

// sample takes a measured round trip into the estimate.
func (p *path) sample(rtt time.Duration) {
	if p.samples == 0 {
		p.rtt = rtt
	} else {
		p.rtt += (rtt - p.rtt) / 8
	}
	p.samples++
}

// trusted reports whether data may go on this path alone.
func (p *path) trusted(now time.Time) bool {
	return p.valid && p.mtu && p.unanswered == 0 && now.Sub(p.lastPong) <= trustFor
}

// dead reports whether a path that once worked is to be given up.
func (p *path) dead(now time.Time) bool {
	return p.unanswered >= deadProbes && now.Sub(p.lastPong) > deadAfter
}

// score ranks validated paths: the lower the better. Paths that stay on the
// host or the LAN, and IPv6, get a head start over equal round trips.
func (p *path) score() time.Duration {
	ip := p.addr.Addr()
	switch {
	case ip.IsLoopback():
		return p.rtt - 10*time.Millisecond
	case ip.IsPrivate() || ip.IsLinkLocalUnicast():
		return p.rtt - 5*time.Millisecond
	case ip.Is6():
		return p.rtt - 3*time.Millisecond
	}
	return p.rtt
}

// ping sends a probe of a size on a path and remembers it.
func (a *Agent) ping(now time.Time, p *path, size int) {
	id := a.txID()
	if len(p.outstanding) >= maxOutstanding {
		p.outstanding = append(p.outstanding[:0], p.outstanding[1:]...)
	}
	p.outstanding = append(p.outstanding, probe{id: id, at: now, size: size})
	p.lastPing = now
	a.send(p.addr, wire.Ping{TxID: id, Size: size})
}

// pong takes the answer to one of our probes.
func (a *Agent) pong(now time.Time, p *path, id wire.TxID) {
	for i, o := range p.outstanding {
		if o.id != id {
			continue
		}
		p.outstanding = append(p.outstanding[:0], p.outstanding[i+1:]...)
		p.sample(now.Sub(o.at))
		p.valid, p.heard, p.lastPong, p.unanswered = true, true, now, 0
		p.keepalive = 0
		if o.size >= wire.MaxPayload {
			p.mtu = true
		} else if !p.mtu && !p.relay {
			a.ping(now, p, wire.MaxPayload)
		}
		return
	}
}

// duePath sends what a direct path needs: the round's probes, repeats of
// unanswered ones, keep-alives.
func (a *Agent) duePath(now time.Time, p *path) {
	for at := p.checkAt(); !at.IsZero() && !now.Before(at); at = p.checkAt() {
		p.attempts++
		a.ping(now, p, 0)
	}
	a.dueAnswers(now, p)
	if at := a.keepaliveAt(p); !at.IsZero() && !now.Before(at) {
		a.pingProven(now, p)
	}
}

// pingProven probes a path that worked, at full size until that was answered.
func (a *Agent) pingProven(now time.Time, p *path) {
	size := 0
	if !p.mtu && !p.relay {
		size = wire.MaxPayload
	}
	p.keepalive = 0
	a.ping(now, p, size)
}

// dueAnswers notes probes that were not answered in time.
func (a *Agent) dueAnswers(now time.Time, p *path) {
	late := false
	for i := range p.outstanding {
		if o := &p.outstanding[i]; !o.late && now.Sub(o.at) >= p.timeout() {
			o.late, late = true, true
		}
	}
	if !late || !p.valid {
		return
	}
	p.unanswered++
	if p.dead(now) {
		p.valid, p.mtu, p.samples, p.outstanding = false, false, 0, nil
		if p == a.best {
			a.best = nil
			a.startRound(now) // it may be back on another port or address
		}
		return
	}
	a.pingProven(now, p)
}

// keepaliveAt is when a proven path is probed next, just to keep it.
func (a *Agent) keepaliveAt(p *path) time.Time {
	if !p.valid && !p.relay || p.unanswered > 0 {
		return time.Time{}
	}
	if p.keepalive == 0 {
		p.keepalive = a.jitter(a.keepaliveEvery(p))
	}
	if p.lastPing.IsZero() {
		return time.Time{}
	}
	every := p.keepalive
	if p == a.best && a.active(p.lastPing) {
		every = min(every, activeKeepalive)
	}
	return p.lastPing.Add(every)
}

func (a *Agent) keepaliveEvery(p *path) time.Duration {
	switch {
	case p == a.best || p.relay && a.best == nil:
		return idleKeepalive
	case p.relay:
		return 2 * time.Minute // the beats keep its mapping; this keeps its RTT
	}
	return spareKeepalive
}

// active reports whether data was sent lately before a time.
func (a *Agent) active(at time.Time) bool {
	return !a.lastData.IsZero() && at.Sub(a.lastData) < activeFor
}
