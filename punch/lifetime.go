package punch

import (
	"net/netip"
	"time"
)

// How long a NAT keeps an idle mapping is nowhere to be asked: RFC 4787 wants
// two minutes, routers forget after thirty seconds, some after less. So the
// time between the keep-alives of an idle path is learnt from those that came
// too late.
const (
	leastIdle = 5 * time.Second // between keep-alives of an idle path at the least
	// leastGap is the shortest silence after which a failure is put down to it.
	leastGap = 4 * time.Second
	// trustIdle is how long a shortened time is kept before a longer one is tried.
	trustIdle = 10 * time.Minute
)

// lifetime is what was learnt of the mappings that a pair's path needs.
type lifetime struct {
	every   time.Duration // between keep-alives of an idle path; 0: not shortened
	learnt  time.Time
	settled bool // a longer time was tried and failed
}

// idleEvery is the time between keep-alives of an idle path.
func (l *lifetime) idleEvery(now time.Time) time.Duration {
	switch {
	case l.every == 0:
		return idleKeepalive
	case !l.settled && now.Sub(l.learnt) >= trustIdle:
		return min(l.every*3/2, idleKeepalive)
	}
	return l.every
}

// expired notes that a mapping did not outlive a silence.
func (l *lifetime) expired(now time.Time, gap time.Duration) {
	if gap < leastGap {
		return
	}
	trial := l.every != 0 && now.Sub(l.learnt) >= trustIdle
	l.every, l.learnt = max(leastIdle, min(l.idleEvery(now), gap)*2/3), now
	l.settled = l.settled || trial
}

// gap is how long nothing was sent on a path.
func (a *Agent) gap(now time.Time, p *path) time.Duration {
	last := p.lastPing
	if p == a.best && a.lastSent.After(last) {
		last = a.lastSent
	}
	if last.IsZero() {
		return 0
	}
	return now.Sub(last)
}

// diedIdle notes the death of the path in use, if the relay answered meanwhile:
// then neither the network nor the member was away, but a mapping.
func (a *Agent) diedIdle(now time.Time, p *path) {
	if a.relay.lastPong.After(p.failedAt) {
		a.life.expired(now, p.failedGap)
	}
}

// seenAt compares where the member sees us with where it did: another port
// after a silence is another mapping.
func (a *Agent) seenAt(now time.Time, p *path, at netip.AddrPort, gap time.Duration) {
	at = plain(at)
	if p.observed.IsValid() && at.IsValid() && at != p.observed && at.Addr() == p.observed.Addr() {
		a.life.expired(now, gap)
	}
	p.observed = at
}
