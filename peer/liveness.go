package peer

import "time"

// Constants of liveness: a bootnode's notice and a quiet line are hints, the
// other end itself is asked before it is called gone.
const (
	silenceLimit  = 18 * time.Second // a keep-alive interval (15 s ± 10 %) and a bit
	checkPatience = 2 * time.Second  // for an answer to probes on every path
)

// liveness decides whether the other end of a connection is still there. It is
// pure: time comes in, decisions go out.
type liveness struct {
	up      bool      // there is a connection
	seen    time.Time // latest sign of life
	checked time.Time // when the probes of the check began; zero: none
}

// begin notes a new connection.
func (l *liveness) begin(now time.Time) {
	l.up, l.checked = true, time.Time{}
	l.saw(now)
}

// end notes that there is no connection any more.
func (l *liveness) end() { l.up, l.checked = false, time.Time{} }

// saw notes a sign of life.
func (l *liveness) saw(at time.Time) {
	if at.After(l.seen) {
		l.seen = at
	}
}

// check begins a check, unless one is under way, and reports whether every
// path is to be probed.
func (l *liveness) check(now time.Time) bool {
	if !l.up || !l.checked.IsZero() {
		return false
	}
	l.checked = now
	return true
}

// tick does what is due: every path is to be probed, or the other end is lost.
func (l *liveness) tick(now time.Time) (probe, lost bool) {
	switch {
	case !l.up:
	case !l.checked.IsZero() && l.seen.After(l.checked):
		l.checked = time.Time{}
	case !l.checked.IsZero() && now.Sub(l.checked) >= checkPatience:
		return false, true
	case l.checked.IsZero() && now.Sub(l.seen) >= silenceLimit:
		return l.check(now), false
	}
	return false, false
}

// nextDeadline is when tick has something to do; zero: never.
func (l *liveness) nextDeadline() time.Time {
	switch {
	case !l.up:
		return time.Time{}
	case !l.checked.IsZero():
		return l.checked.Add(checkPatience)
	}
	return l.seen.Add(silenceLimit)
}
