package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// receive takes an authentic frame of the member. Authentic is not new: each
// kind decides itself what a replay of it looks like.
func (a *Agent) receive(now time.Time, ev Received) {
	switch m := ev.Msg.(type) {
	case wire.Ping:
		a.receivePing(now, ev.From, m)
	case wire.Pong:
		p := a.relay
		if ev.From.IsValid() {
			p = a.find(ev.From)
		}
		if p != nil {
			a.pong(now, p, m.TxID)
		}
	case wire.Candidates:
		if !ev.From.IsValid() { // only the relay carries them
			a.receiveCandidates(now, m)
		}
	}
}

// alive notes a sign of life.
func (a *Agent) alive(now time.Time) {
	a.lastAuth = now
	a.presence = presenceCheck{}
}

// receivePing answers a probe and, where the path is not proven yet, probes
// back at once. A probe from an unknown address makes that address a
// peer-reflexive candidate.
func (a *Agent) receivePing(now time.Time, from netip.AddrPort, m wire.Ping) {
	if from.IsValid() && !reachable(from) || !a.seen.accept(pingNumber(m.TxID)) {
		return
	}
	a.alive(now)
	a.send(from, wire.Pong{TxID: m.TxID, Observed: from})
	if !from.IsValid() {
		return
	}
	p := a.find(from)
	if p == nil {
		p = a.learn(from)
	}
	if p != nil {
		p.heard = now
		a.triggeredCheck(now, p)
	}
}

// presenceCheck repeats the probes that CheckNow asked for until any answer.
type presenceCheck struct {
	left int
	at   time.Time // of the next probes; zero: no check
}

const presenceTries = 5

func (a *Agent) checkNow(now time.Time) {
	a.presence = presenceCheck{presenceTries, now}
	if a.best == nil {
		a.search(now)
	}
}

func (a *Agent) duePresence(now time.Time) {
	if !isDue(a.presence.at, now) {
		return
	}
	a.presence.left--
	a.presence.at = now.Add(leastTimeout)
	if a.presence.left == 0 {
		a.presence.at = time.Time{}
	}
	if a.relayUp {
		a.ping(now, a.relay, 0)
	}
	for _, p := range a.paths {
		if p.valid {
			a.ping(now, p, 0)
		}
	}
}
