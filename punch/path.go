package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// path is one way to the member: a candidate pair in the sense of RFC 8445,
// whose local half is one of our sockets, or the relay.
type path struct {
	addr  netip.AddrPort
	sock  int // of ours; 0: the main one
	typ   wire.CandidateType
	relay bool

	start    time.Time // of this round's checks; zero: not being checked
	attempts int       // checks sent in this round
	probes   int       // checks sent in all
	proven   bool      // a probe was answered once

	outstanding []probe        // oldest first
	unanswered  int            // probes in a row that found no answer in time
	lostFull    int            // full-size probes among those since one was answered
	lastPing    time.Time      // sent
	lastPong    time.Time      // received
	provenAt    time.Time      // when the latest answered probe was sent
	fullAt      time.Time      // when a full-size probe was last answered
	heard       time.Time      // when an authentic frame last came from there: data may be taken
	observed    netip.AddrPort // where the member sees us on it, as it said last
	failedAt    time.Time      // when the first of the unanswered probes was sent, and
	failedGap   time.Duration  // how long nothing had been sent before it
	pinged      time.Time      // when a probe of the member last came from there
	spread      float64        // of the keep-alive interval, drawn with each probe

	rtt     time.Duration // smoothed, and its variation (RFC 6298 §2)
	rttvar  time.Duration
	samples int
	wins    int // samples in a row that were clearly better than the best path

	valid  bool // our probe was answered: data may be sent there
	mtu    bool // a full-size probe was answered
	narrow bool // small probes are answered, full-size ones are not
}

// probe is a PING without answer yet.
type probe struct {
	id   wire.TxID
	at   time.Time
	size int
	gap  time.Duration // how long nothing had been sent before it
	late bool          // counted as unanswered
}

const (
	leastTimeout   = 300 * time.Millisecond // a probe without answer for this long, or 3 RTT, makes a path untrusted
	trustFor       = 6500 * time.Millisecond
	smallTrustFor  = 20 * time.Second // more than an idle path's keep-alive takes
	deadAfter      = 3 * time.Second
	deadProbes     = 8
	suspectProbes  = 3 // unanswered ones that begin a search for another path
	fullTries      = 6
	fullEvery      = time.Minute // full-size probes beside data: a route's MTU may shrink
	maxOutstanding = 8
)

// timeout is how long an answer may take.
func (p *path) timeout() time.Duration { return max(leastTimeout, 3*p.rtt) }

// timeoutAt is when the oldest waiting probe becomes late.
func (p *path) timeoutAt() time.Time {
	for i := range p.outstanding {
		if o := &p.outstanding[i]; !o.late {
			return o.at.Add(p.timeout())
		}
	}
	return time.Time{}
}

// waiting reports whether a probe of at least a size may still be answered.
func (p *path) waiting(size int) bool {
	return slices.ContainsFunc(p.outstanding, func(o probe) bool { return !o.late && o.size >= size })
}

// checkAt is when the next check of the round is due.
func (p *path) checkAt() time.Time {
	if p.start.IsZero() || p.valid || p.attempts >= len(checkTimes) {
		return time.Time{}
	}
	return p.start.Add(checkTimes[p.attempts])
}

// sample takes a measured round trip into the estimate.
func (p *path) sample(rtt time.Duration) {
	if p.samples == 0 {
		p.rtt, p.rttvar = rtt, rtt/2
	} else {
		p.rttvar += ((p.rtt - rtt).Abs() - p.rttvar) / 4
		p.rtt += (rtt - p.rtt) / 8
	}
	p.samples++
}

// trusted reports whether a packet of a size may go on this path alone.
func (p *path) trusted(now time.Time, size int) bool {
	limit := trustFor
	if size < dataSize {
		limit = smallTrustFor
	}
	return p.valid && p.mtu && p.unanswered == 0 && now.Sub(p.lastPong) <= limit
}

// dead reports whether a path that once worked is to be given up.
func (p *path) dead(now time.Time) bool {
	return p.unanswered >= deadProbes && now.Sub(p.lastPong) >= deadAfter
}

// giveUp makes it an unproven path again.
func (p *path) giveUp() {
	*p = path{
		addr: p.addr, sock: p.sock, typ: p.typ, heard: p.heard, lastPing: p.lastPing,
		probes: p.probes, proven: p.proven,
	}
}

// cost is the score, with those paths last that work only half.
func (p *path) cost() time.Duration {
	switch {
	case p.unanswered > 0 || p.narrow:
		return p.score() + time.Hour
	case !p.mtu:
		return p.score() + time.Minute
	}
	return p.score()
}

// score ranks validated paths: the lower the better. Paths that stay on the
// host or the LAN, and IPv6, get a head start over equal round trips.
func (p *path) score() time.Duration {
	head := [...]time.Duration{10 * time.Millisecond, 5 * time.Millisecond, 3 * time.Millisecond, 0}
	return p.rtt - head[rank(p)]
}
