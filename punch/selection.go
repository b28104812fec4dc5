package punch

import (
	"net/netip"
	"time"
)

// choose takes the best validated path. A working one is left only for one
// that is clearly better, so that jitter does not make paths flap.
func (a *Agent) choose(now time.Time) {
	if a.best != nil && !a.best.valid {
		a.best = nil
	}
	for _, p := range a.paths {
		if !p.valid || p == a.best {
			continue
		}
		if a.best == nil || betterPath(now, p, a.best) {
			a.best = p
			p.keepalive = 0
			a.retryAt = time.Time{}
			a.round = 0
		}
	}
}

// betterPath reports whether data should move from cur to p.
func betterPath(now time.Time, p, cur *path) bool {
	if p.unanswered > 0 || !p.mtu {
		return false
	}
	if cur.unanswered > 1 {
		return true
	}
	margin := max(5*time.Millisecond, cur.rtt/10)
	return p.samples >= 2 && cur.samples >= 2 && p.score()+margin <= cur.score()
}

// dataSent keeps the trust in the path current while data flows: a probe goes
// beside the data, so a dead path shows even if QUIC's answers are only
// believed by QUIC.
func (a *Agent) dataSent(now time.Time) {
	a.lastData = now
	p := a.best
	if p == nil || len(p.outstanding) > 0 && !p.outstanding[len(p.outstanding)-1].late {
		return
	}
	if now.Sub(p.lastPing) >= dataProbeEvery {
		a.pingProven(now, p)
	}
}

// Route is where data goes at a moment.
func (a *Agent) Route(now time.Time) Route {
	if a.best == nil {
		return Route{Relay: a.relayUp}
	}
	return Route{Direct: a.best.addr, Relay: a.relayUp && !a.best.trusted(now)}
}

// Info is what is told of the way to a member.
type Info struct {
	Kind     Kind
	Addr     netip.AddrPort // of a direct path
	RTT      time.Duration  // 0: not measured yet
	Punching bool           // a round of probes is under way
	Tried    int            // rounds that found no direct path
	LastSeen time.Time      // of the latest authentic probe frame; zero: none
}

// Info tells the state of the path.
func (a *Agent) Info() Info {
	i := Info{Punching: a.best == nil && !a.roundOver.IsZero(), Tried: a.round, LastSeen: a.lastAuth}
	switch {
	case a.best != nil:
		i.Kind, i.Addr, i.RTT = Direct, a.best.addr, a.best.rtt
	case a.relayUp:
		i.Kind, i.RTT = Relay, a.relay.rtt
	}
	return i
}

// Heard reports whether an authentic probe frame, not a replay, has come from
// an address: QUIC packets from there may pass the gate.
func (a *Agent) Heard(addr netip.AddrPort) bool {
	p := a.find(addr)
	return p != nil && p.heard
}
