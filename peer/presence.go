package peer

import "time"

// Constants of presence.
const (
	elderWait       = time.Second      // the elder of a pair lets the newcomer begin
	dialRetryFirst  = time.Second      // pause after a failed attempt, doubled each time
	dialRetryMax    = 15 * time.Second //
	connectPatience = 10 * time.Second // announced for so long without a link: unreachable
	shunFor         = 10 * time.Minute // who broke the protocol is left alone
)

// presence decides about one member of one room when to ask for a link with it,
// if one is wanted, and what to tell the user. It is pure: time comes in,
// decisions go out. Whether a link is wanted is the room engine's to say, and
// whether the other end of the connection is alive is liveness's.
type presence struct {
	state   State
	since   time.Time
	reason  string
	listed  bool      // some bootnode lists it
	wanted  bool      // the room wants a link, and there is none
	first   time.Time // before it the other end is to begin
	firstAt time.Time // since when a link is waited for

	linked   bool
	dialing  bool      // a link was asked for
	dialAt   time.Time // when to ask for one; zero: not
	dialWait time.Duration
	shunned  time.Time // until then no link is taken, either
}

// decision is what a presence wants done.
type decision struct {
	dial, check, changed bool
	failed               bool // an attempt at a wanted link came to nothing
}

// list notes that a bootnode lists the member. newcomer: it was there before
// us, so we begin at once; the elder of the pair waits a moment.
func (p *presence) list(now time.Time, newcomer bool) (d decision) {
	if !p.listed && !p.linked {
		p.first = now
		if !newcomer {
			p.first = now.Add(elderWait)
		}
	}
	p.listed = true
	if p.state == Left && !p.linked {
		p.firstAt = now
		d.changed = p.become(now, Connecting, "")
	}
	return d
}

// want notes that the room wants a link. While the member is linked, it is told
// so because the link is about to go.
func (p *presence) want(now time.Time) {
	p.wanted = true
	if p.linked || p.dialing || !p.dialAt.IsZero() {
		return
	}
	p.firstAt, p.dialWait = now, dialRetryFirst
	p.dialAt = now
	if p.first.After(now) {
		p.dialAt = p.first
	}
}

// hurry has a link that is waited for asked for at once: what failed before may
// work now.
func (p *presence) hurry(now time.Time) {
	if !p.dialAt.IsZero() && !p.linked && !now.Before(p.shunned) {
		p.dialAt, p.dialWait = now, dialRetryFirst
	}
}

// unwant notes that the room wants no link (any more): the member is reached
// through others. One that comes up all the same is welcome.
func (p *presence) unwant(now time.Time) (d decision) {
	p.wanted, p.dialAt = false, time.Time{}
	return p.settle(now)
}

// settle says how a listed member is reached without a link, unless one is on
// its way.
func (p *presence) settle(now time.Time) (d decision) {
	if p.listed && !p.linked && !p.wanted && !p.dialing && p.state != Left && !now.Before(p.shunned) {
		d.changed = p.become(now, Present, "")
	}
	return d
}

// unlist notes that no bootnode lists the member any more. A live link
// outlives the notice.
func (p *presence) unlist(now time.Time) (d decision) {
	p.listed = false
	p.dialAt = time.Time{}
	if p.linked {
		d.check = true
		return d
	}
	if !p.dialing || p.state == Present { // nothing but the list told that it is there
		d.changed = p.become(now, Left, "")
	}
	return d
}

// wants reports whether a link is wanted now or as soon as the wait is over.
func (p *presence) wants(now time.Time) bool {
	return !p.linked && !now.Before(p.shunned) && (p.dialing || !p.dialAt.IsZero())
}

// seeks reports whether a link is to come about.
func (p *presence) seeks() bool { return p.wanted || p.dialing || !p.dialAt.IsZero() }

// ask notes that a link is being asked for.
func (p *presence) ask() { p.dialing, p.dialAt = true, time.Time{} }

// linking notes that the room has its link, if both ends prove it: it says anew
// what it wants when that goes.
func (p *presence) linking() { p.wanted, p.dialAt = false, time.Time{} }

// up notes a link whose both ends proved the room.
func (p *presence) up(now time.Time) (d decision) {
	p.linked, p.dialing, p.wanted = true, false, false
	p.dialAt = time.Time{}
	p.dialWait = dialRetryFirst
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
	if !p.wanted {
		return p.settle(now)
	}
	p.dialAt = now.Add(p.dialWait)
	p.dialWait = min(2*p.dialWait, dialRetryMax)
	if p.state != Present && (p.reason == "" || p.state == Unreachable) {
		p.reason = why
	}
	d.failed = true
	return d
}

// down notes that the link is gone; left: the member said that it leaves.
func (p *presence) down(now time.Time, left bool, why string) (d decision) {
	p.linked = false
	if left || !p.listed {
		p.dialAt = time.Time{}
		d.changed = p.become(now, Left, "")
		return d
	}
	if !p.wanted {
		return p.settle(now)
	}
	p.dialAt, p.dialWait = now, dialRetryFirst
	d.changed = p.become(now, Unreachable, why)
	return d
}

// moved notes that the link is gone because another one takes its place: the
// other end brings it, or we ask for it in a moment.
func (p *presence) moved(now time.Time) {
	p.linked = false
	p.firstAt, p.dialAt, p.dialWait = now, now.Add(elderWait), dialRetryFirst
}

// shun notes that the member broke the protocol, and that its link is gone.
func (p *presence) shun(now time.Time, why string) (d decision) {
	p.linked, p.dialing, p.wanted = false, false, false
	p.shunned = now.Add(shunFor)
	p.dialAt = time.Time{}
	d.changed = p.become(now, Unreachable, why)
	return d
}

// tick does what is due.
func (p *presence) tick(now time.Time) (d decision) {
	if p.linked {
		return d
	}
	if !p.shunned.IsZero() && !now.Before(p.shunned) {
		p.shunned = time.Time{}
		return p.settle(now)
	}
	if !p.dialAt.IsZero() && !now.Before(p.dialAt) && !p.dialing {
		p.ask()
		d.dial = true
	}
	if p.waiting() && now.Sub(p.firstAt) >= connectPatience {
		d.changed = p.become(now, Unreachable, firstNonEmpty(p.reason, "no answer yet"))
	}
	return d
}

// waiting reports whether the user may still expect the link to come up soon.
func (p *presence) waiting() bool {
	return !p.linked && (p.state == Connecting || p.state == Joined)
}

// nextDeadline is when tick has something to do; zero: never.
func (p *presence) nextDeadline() (at time.Time) {
	if p.linked {
		return at
	}
	if !p.dialAt.IsZero() && !p.dialing {
		at = p.dialAt
	}
	if p.waiting() {
		at = earliest(at, p.firstAt.Add(connectPatience))
	}
	at = earliest(at, p.shunned)
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

// earliest is the first of the times that are set; zero: none is.
func earliest(ts ...time.Time) (first time.Time) {
	for _, t := range ts {
		if !t.IsZero() && (first.IsZero() || t.Before(first)) {
			first = t
		}
	}
	return first
}
