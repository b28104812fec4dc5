package peer

import "time"

// Constants of presence. A bootnode's notice is a hint; the member itself is
// asked before it is called gone.
const (
	elderWait       = time.Second      // the elder of a pair lets the newcomer dial first
	dialRetryFirst  = time.Second      // pause after a failed dial, doubled each time
	dialRetryMax    = 15 * time.Second //
	connectPatience = 10 * time.Second // announced for so long without a link: unreachable
	silenceLimit    = 18 * time.Second // a keep-alive interval (15 s ± 10 %) and a bit
	checkPatience   = 2 * time.Second  // for an answer to probes on every path
)

// presence decides about one run of one member whether to dial it, to look
// whether it is still there, and what to tell the user. It is pure: time comes
// in, decisions go out.
type presence struct {
	state   State
	since   time.Time
	reason  string
	listed  bool // some bootnode lists it
	firstAt time.Time

	linked   bool
	dialing  bool
	dialAt   time.Time // zero: do not dial
	dialWait time.Duration

	seen    time.Time // latest sign of life
	checked time.Time // when the probes of the check began; zero: none
}

// decision is what a presence wants done.
type decision struct {
	dial, check, drop, changed bool
}

// list notes that a bootnode lists the member. newcomer: it was there before
// us, so we dial at once; the elder of the pair waits a moment.
func (p *presence) list(now time.Time, newcomer bool) (d decision) {
	p.listed = true
	if p.linked || p.dialing || !p.dialAt.IsZero() {
		return d
	}
	p.firstAt = now
	p.dialWait = dialRetryFirst
	p.dialAt = now
	if !newcomer {
		p.dialAt = now.Add(elderWait)
	}
	if p.state != Unreachable {
		d.changed = p.become(now, Connecting, "")
	}
	return d
}

// unlist notes that no bootnode lists the member any more. A live link
// outlives the notice.
func (p *presence) unlist(now time.Time) (d decision) {
	p.listed = false
	p.dialAt = time.Time{}
	if p.linked {
		return p.doubt(now)
	}
	if !p.dialing {
		d.changed = p.become(now, Left, "")
	}
	return d
}

// up notes a link whose both ends proved the room.
func (p *presence) up(now time.Time) (d decision) {
	p.linked, p.dialing = true, false
	p.dialAt, p.checked = time.Time{}, time.Time{}
	p.dialWait = dialRetryFirst
	p.saw(now)
	d.changed = p.become(now, Joined, "")
	return d
}

// dialFailed notes that an attempt to link came to nothing.
func (p *presence) dialFailed(now time.Time, why string) (d decision) {
	p.dialing = false
	if p.linked {
		return d
	}
	if !p.listed {
		d.changed = p.become(now, Left, "")
		return d
	}
	p.dialAt = now.Add(p.dialWait)
	p.dialWait = min(2*p.dialWait, dialRetryMax)
	if p.reason == "" || p.state == Unreachable {
		p.reason = why
	}
	return d
}

// down notes that the link is gone; left: the member said that it leaves.
func (p *presence) down(now time.Time, left bool, why string) (d decision) {
	p.linked, p.checked = false, time.Time{}
	if left || !p.listed {
		p.dialAt = time.Time{}
		d.changed = p.become(now, Left, "")
		return d
	}
	p.dialAt, p.dialWait = now, dialRetryFirst
	d.changed = p.become(now, Unreachable, why)
	return d
}

// saw notes a sign of life.
func (p *presence) saw(at time.Time) {
	if at.After(p.seen) {
		p.seen = at
	}
}

// doubt asks a linked member whether it is still there.
func (p *presence) doubt(now time.Time) (d decision) {
	if p.linked {
		p.check(now, &d)
	}
	return d
}

// tick does what is due.
func (p *presence) tick(now time.Time) (d decision) {
	if p.linked {
		switch {
		case !p.checked.IsZero() && p.seen.After(p.checked):
			p.checked = time.Time{}
		case !p.checked.IsZero() && now.Sub(p.checked) >= checkPatience:
			d.drop = true
			d.changed = p.down(now, false, "no answer on any path").changed
			return d
		case p.checked.IsZero() && now.Sub(p.seen) >= silenceLimit:
			p.check(now, &d)
		}
		return d
	}
	if !p.dialAt.IsZero() && !now.Before(p.dialAt) && !p.dialing {
		p.dialAt = time.Time{}
		p.dialing = true
		d.dial = true
	}
	if p.state == Connecting && now.Sub(p.firstAt) >= connectPatience {
		d.changed = p.become(now, Unreachable, firstNonEmpty(p.reason, "no answer yet"))
	}
	return d
}

func (p *presence) check(now time.Time, d *decision) {
	if p.checked.IsZero() {
		p.checked = now
		d.check = true
	}
}

// nextDeadline is when tick has something to do; zero: never.
func (p *presence) nextDeadline() (at time.Time) {
	add := func(t time.Time) {
		if at.IsZero() || t.Before(at) {
			at = t
		}
	}
	switch {
	case p.linked && !p.checked.IsZero():
		add(p.checked.Add(checkPatience))
	case p.linked:
		add(p.seen.Add(silenceLimit))
	default:
		if !p.dialAt.IsZero() && !p.dialing {
			add(p.dialAt)
		}
		if p.state == Connecting {
			add(p.firstAt.Add(connectPatience))
		}
	}
	return at
}

func (p *presence) become(now time.Time, s State, reason string) bool {
	if p.state == s && p.reason == reason && !p.since.IsZero() {
		return false
	}
	if p.state != s || p.since.IsZero() {
		p.since = now
	}
	p.state, p.reason = s, reason
	return true
}

func firstNonEmpty(ss ...string) string {
	for _, s := range ss {
		if s != "" {
			return s
		}
	}
	return ""
}
