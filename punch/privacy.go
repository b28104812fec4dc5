package punch

import (
	"time"

	"gochat/internal/wire"
)

// Policy is an event: whether the member may learn our address. Without that
// no packet goes to any address of the member and none is taken from there, and
// what we tell of ourselves is an empty list, which also asks the member not to
// look for us.
type Policy struct{ Direct bool }

func (Policy) agentEvent() {}

// privacy is what keeps an agent from direct paths.
type privacy struct {
	hidden   bool   // by our own policy
	withheld bool   // the member's latest list is empty: it keeps its address to itself
	shifts   uint32 // changes of the policy so far: each makes a new generation
}

// alone reports whether the relay is all there may be.
func (p *privacy) alone() bool { return p.hidden || p.withheld }

// setPolicy takes the policy for the member.
func (a *Agent) setPolicy(now time.Time, direct bool) {
	if a.privacy.hidden == !direct {
		return
	}
	a.privacy.hidden = !direct
	a.privacy.shifts++
	if direct {
		for _, c := range a.named {
			a.addCandidate(c)
		}
	} else {
		a.forgetPaths(now)
	}
	a.offerCandidates(now)
	a.search(now)
}

// setWithheld notes whether the member's latest list names any address.
func (a *Agent) setWithheld(now time.Time, withheld bool) {
	a.privacy.withheld = withheld
	if withheld {
		a.forgetPaths(now)
	}
}

// forgetPaths goes back to the relay at once.
func (a *Agent) forgetPaths(now time.Time) {
	a.turns.release(now, a)
	a.ladder = ladder{tries: a.ladder.tries, place: a.ladder.place, round: wire.Round{Number: a.ladder.round.Number}}
	a.paths, a.loopback, a.best = nil, nil, nil
	a.round, a.roundOver, a.retryAt = 0, time.Time{}, time.Time{}
}

// generation is the own generation as this member is told it: the policy for
// the member counts besides the addresses.
func (a *Agent) generation() uint32 {
	if a.local.Generation == 0 {
		return 0
	}
	return a.local.Generation + a.privacy.shifts
}

// discreet reports whether an action shows nothing of our address. To a member
// who is not to learn it, nothing else goes out, whatever an agent decides.
func (act Action) discreet() bool {
	if act.To.IsValid() {
		return false
	}
	switch m := act.Msg.(type) {
	case wire.Ping, wire.Pong, Close:
		return true
	case wire.Candidates:
		return len(m.Candidates) == 0
	}
	return false
}

// SetDirect says whether the member may learn our address, as Policy. It holds
// from now on, also for a Remote at rest; Config.Hide says what holds before.
func (r *Remote) SetDirect(on bool) {
	r.conn.change(func(now time.Time, fx *effects) {
		if r.removed {
			return
		}
		if !on {
			r.conn.gate.forget(r)
		}
		r.conn.perform(now, r, r.agent.Step(now, Policy{on}), fx)
		if on && len(r.announced) > 0 {
			r.conn.step(now, r, RemoteCandidates{r.announced, r.observed}, fx)
		}
	})
}
