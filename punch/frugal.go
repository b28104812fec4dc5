package punch

import "time"

// In a room of many, most pairs say nothing to each other for long. Probing and
// keeping a direct path for each would cost every member more than all that is
// said: a frugal pair stays on the relay until it is used, and goes back there
// some time after.
const (
	// unusedFor is how long a direct path of a frugal pair is kept after use.
	unusedFor = 2 * time.Minute
	// settleFor is how long what a new pair exchanges counts as no use: the
	// handshake of the link and what the room has to catch up with.
	settleFor = 10 * time.Second
	// From leastUsed to mostUsed is the time between two probes of a member who
	// talks: less are repeats, more just keeps the path.
	// The checks of a round are nearer to each other.
	leastUsed = dataProbeEvery - 50*time.Millisecond
	mostUsed  = 2 * activeKeepalive
)

func (a *Agent) setFrugal(now time.Time, on bool) {
	if on && !a.frugal {
		a.frugalAt, a.lastData, a.usedAt = now, time.Time{}, time.Time{}
	}
	a.frugal = on
	a.wanted(now)
}

// saves reports whether no direct path is looked for or kept now.
func (a *Agent) saves(now time.Time) bool {
	return a.frugal && a.relayUp && !a.active(now) && (a.usedAt.IsZero() || now.Sub(a.usedAt) > activeFor)
}

// uses reports whether a packet of a size is one that somebody wrote, as far as
// that can be told.
func (a *Agent) uses(now time.Time, size int) bool {
	return size >= activeSize && !(a.frugal && a.relayUp && now.Sub(a.frugalAt) < settleFor)
}

// wanted begins the search that saving put off.
func (a *Agent) wanted(now time.Time) {
	if a.best == nil && a.roundOver.IsZero() && a.retryAt.IsZero() {
		a.search(now)
	}
}

// dataRelayed takes note of data that came by the relay: the member has begun to
// use the pair, and cannot get through alone if our NAT wants a packet of ours
// first.
func (a *Agent) dataRelayed(now time.Time, size int) {
	if a.uses(now, size) {
		a.usedAt = now
		a.wanted(now)
	}
	a.probeBeside(now, 0)
}

// seemsUsed notes a probe of the member on a path, if it is one of a member who
// talks: then the path is of use, though we say nothing ourselves.
func (a *Agent) seemsUsed(now time.Time, p *path) {
	if d := now.Sub(p.pinged); leastUsed <= d && d <= mostUsed {
		a.usedAt = now
	}
	p.pinged = now
}

// unusedAt is when the direct path of a frugal pair has been of no use for
// long; zero: there is none.
func (a *Agent) unusedAt() time.Time {
	if !a.frugal || !a.relayUp || a.best == nil {
		return time.Time{}
	}
	if last := later(a.lastData, a.usedAt); !last.IsZero() {
		return last.Add(unusedFor)
	}
	return later(a.directAt, a.frugalAt).Add(settleFor)
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// dueFrugal lets direct paths go that are of no use. They stay known.
func (a *Agent) dueFrugal(now time.Time) {
	if !isDue(a.unusedAt(), now) {
		return
	}
	for _, p := range a.paths {
		if p.valid {
			p.giveUp()
		}
	}
	a.best, a.roundOver, a.retryAt = nil, time.Time{}, time.Time{}
}
