package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// Constants of the path search. Where numbers of RFC 8445 would be slower than
// what people expect of a chat, the comment says why ours are safe.
const (
	// checkPace spaces probes to unproven addresses (RFC 8445 §14.2: Ta,
	// 50 ms; ours go to a room member's addresses only, from a budget).
	checkPace = 20 * time.Millisecond
	// checkBurst checks may be sent in a row, then one each checkRefill: a
	// member cannot make us flood addresses by naming ever new ones.
	checkBurst  = 240
	checkRefill = 500 * time.Millisecond
	// roundGrace is how long after its last check a round waits for answers.
	roundGrace = time.Second
)

// checkTimes are the moments of a pair's probes within a round.
var checkTimes = [...]time.Duration{0, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond, 800 * time.Millisecond}

// retryAfter are the pauses between rounds while only the relay works;
// recheckAfter those between looks for a better path than the one in use.
var (
	retryAfter   = [...]time.Duration{5 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute}
	recheckAfter = [...]time.Duration{time.Minute, 2 * time.Minute, 5 * time.Minute}
)

// pacer spaces checks and keeps them within the budget, as a generic cell rate
// algorithm: full is when the budget will be whole again.
type pacer struct{ next, full time.Time }

// budgetAt is when the budget allows a check.
func (p *pacer) budgetAt() time.Time { return p.full.Add(-(checkBurst - 1) * checkRefill) }

// nextAt is when pace and budget allow a check.
func (p *pacer) nextAt() time.Time {
	if at := p.budgetAt(); at.After(p.next) {
		return at
	}
	return p.next
}

func (p *pacer) take(now time.Time) {
	p.next = now.Add(checkPace)
	if p.full.Before(now) {
		p.full = now
	}
	p.full = p.full.Add(checkRefill)
}

// search begins a round: with all unproven paths while none works, else with
// those that were never tried.
func (a *Agent) search(now time.Time) {
	a.startRound(now, len(checkTimes), func(p *path) bool { return a.best == nil || p.lastPing.IsZero() })
}

// startRound has a number of checks sent to each wanted unproven path, the
// near ones first. Paths that are being checked already go on.
func (a *Agent) startRound(now time.Time, checks int, want func(*path) bool) {
	if a.local.Generation == 0 || len(a.paths) == 0 || a.saves(now) {
		return
	}
	order := slices.Clone(a.paths)
	slices.SortStableFunc(order, func(x, y *path) int { return a.turn(x) - a.turn(y) })
	at := now
	for _, p := range order {
		switch {
		case p.valid && p.narrow: // perhaps full packets get through by now
			a.pingFull(now, p)
		case p.valid || !p.checkAt().IsZero() || p.sock != 0 && p.heard.IsZero() || a.spent(p) || !want(p):
		default:
			p.start, p.attempts = at, len(checkTimes)-checks
			at = at.Add(checkPace)
		}
	}
	a.planLadder(now)
	a.retryAt = time.Time{}
	a.roundOver = at.Add(checkTimes[len(checkTimes)-1] + roundGrace)
}

// turn is the order of a round's checks: near addresses first, unless they lead
// into another home. A direct path is not to wait for a probe into the void.
func (a *Agent) turn(p *path) int {
	if near(p.addr.Addr()) && !p.addr.Addr().IsLoopback() && a.apart() {
		return 4
	}
	return rank(p)
}

// rank orders paths by how near they lead: same host, LAN, IPv6, the rest.
func rank(p *path) int {
	ip := p.addr.Addr()
	switch {
	case ip.IsLoopback():
		return 0
	case ip.IsPrivate() || ip.IsLinkLocalUnicast():
		return 1
	case ip.Is6():
		return 2
	}
	return 3
}

// nextCheckAt is when the next check may leave.
func (a *Agent) nextCheckAt() time.Time {
	var d deadline
	for _, p := range a.paths {
		d.add(p.checkAt())
	}
	if pace := a.pacer.nextAt(); !d.at.IsZero() && pace.After(d.at) {
		return pace
	}
	return d.at
}

// dueChecks sends a check if one is due: the pace allows one at a time. When
// they queue for the budget, an address that was never tried goes first.
func (a *Agent) dueChecks(now time.Time) {
	if !isDue(a.nextCheckAt(), now) {
		return
	}
	var next *path
	for _, p := range a.paths {
		at := p.checkAt()
		if !isDue(at, now) {
			continue
		}
		fresh := p.lastPing.IsZero()
		if next == nil || fresh && !next.lastPing.IsZero() ||
			fresh == next.lastPing.IsZero() && at.Before(next.checkAt()) {
			next = p
		}
	}
	a.check(now, next)
}

func (a *Agent) check(now time.Time, p *path) {
	p.attempts++
	p.probes++
	if a.spent(p) {
		p.start = time.Time{}
	}
	a.pacer.take(now)
	a.ping(now, p, 0)
}

// triggeredCheck probes the source of a PING at once (RFC 8445 §7.3.1.4), and
// again like any candidate. Its size is that of the least PING, so that a
// member who forges sources cannot make us send much.
func (a *Agent) triggeredCheck(now time.Time, p *path) {
	if p.valid || a.saves(now) || now.Sub(p.lastPing) < checkPace || now.Before(a.pacer.budgetAt()) {
		return
	}
	if p.checkAt().IsZero() && !a.spent(p) {
		p.start, p.attempts = now, 0
	}
	a.check(now, p)
}

// dueRound ends a round and plans and begins the next one.
func (a *Agent) dueRound(now time.Time) {
	if isDue(a.roundOver, now) {
		if !a.nextCheckAt().IsZero() { // the budget stretches it
			a.roundOver = now.Add(roundGrace)
		} else {
			a.roundOver = time.Time{}
			a.planRound(now)
		}
	}
	if !isDue(a.retryAt, now) {
		return
	}
	a.retryAt = time.Time{}
	if a.best == nil {
		if a.relayUp { // neither reaches a NAT that the other's probes did not open
			a.send(netip.AddrPort{}, wire.Round{Number: 1, Kind: wire.RoundPlain})
		}
		a.search(now)
	} else {
		a.startRound(now, 1, a.nearer)
	}
}

// planRound sets when the search goes on: soon and then ever more rarely
// while nothing works; rarely while something does that could be better.
func (a *Agent) planRound(now time.Time) {
	switch {
	case a.best == nil:
		a.retryAt = now.Add(a.jitter(retryAfter[min(a.round, len(retryAfter)-1)]))
		a.round++
	case slices.ContainsFunc(a.paths, a.nearer):
		a.retryAt = now.Add(a.jitter(recheckAfter[min(a.rechecks, len(recheckAfter)-1)]))
		a.rechecks++
	}
}

// nearer reports whether a path does not work but would be worth more than
// the one in use.
func (a *Agent) nearer(p *path) bool {
	return !p.valid && a.best.rtt > goodRTT && rank(p) < rank(a.best)
}

// restart distrusts everything after a change of the local network.
func (a *Agent) restart(now time.Time) {
	a.round = 0
	if a.ladder.round.Kind != 0 {
		a.endRound(now)
	}
	for _, p := range a.paths {
		p.start = time.Time{}
		if p.valid {
			p.lastPong = time.Time{}
			a.ping(now, p, 0)
		}
	}
	if a.relayUp {
		a.ping(now, a.relay, 0)
	}
	a.offerCandidates(now)
	a.startRound(now, len(checkTimes), func(*path) bool { return true })
}
