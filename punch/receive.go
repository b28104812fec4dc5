package punch

import (
	"time"

	"gochat/internal/wire"
)

// receive takes an authentic frame of the member. Authentic is not new: each
// kind decides itself what a replay of it looks like.
func (a *Agent) receive(now time.Time, ev Received) {
	if ev.From.IsValid() && a.privacy.alone() {
		return
	}
	switch m := ev.Msg.(type) {
	case wire.Ping:
		a.receivePing(now, ev, m)
	case wire.Pong:
		p := a.relay
		if ev.From.IsValid() {
			p = a.find(ev.From, ev.Sock)
		}
		if p != nil {
			a.pong(now, p, m)
		}
	case wire.Candidates:
		if !ev.From.IsValid() { // only the relay carries them
			a.receiveCandidates(now, m)
		}
	case wire.Round:
		if !ev.From.IsValid() {
			a.receiveRound(now, m)
		}
	}
}

// alive notes a sign of life.
func (a *Agent) alive(now time.Time) {
	a.lastAuth = now
	a.presence = presenceCheck{}
	a.returned = a.returned || !a.silent.IsZero() && now.Sub(a.silent) >= outage
	a.silent = time.Time{}
}

// receivePing answers a probe and, where the path is not proven yet, probes
// back at once. A probe from an unknown address makes that address a
// peer-reflexive candidate.
func (a *Agent) receivePing(now time.Time, ev Received, m wire.Ping) {
	from := ev.From
	if from.IsValid() && !reachable(from) || !a.seen.accept(pingNumber(m.TxID)) {
		return
	}
	a.alive(now)
	a.out = append(a.out, Action{To: from, Sock: ev.Sock, Msg: wire.Pong{TxID: m.TxID, Observed: from}})
	if !from.IsValid() {
		return
	}
	p := a.find(from, ev.Sock)
	if p == nil {
		p = a.learn(from, ev.Sock)
	}
	if p != nil {
		a.seemsUsed(now, p)
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
