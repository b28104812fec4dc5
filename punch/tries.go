package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

type try struct {
	kind wire.RoundKind
	at   time.Time
}

// place is a pair of networks: in another one all may be tried again.
type place struct{ own, peer netip.Addr }

// nextKind is the round worth trying now; 0: none.
func (a *Agent) nextKind(now time.Time) wire.RoundKind {
	for _, k := range [...]wire.RoundKind{wire.RoundFresh, wire.RoundPredict, wire.RoundBirthday} {
		if a.possible(now, k) {
			return k
		}
	}
	return 0
}

// possible reports whether a kind of round makes sense and may be tried again.
func (a *Agent) possible(now time.Time, k wire.RoundKind) bool {
	return a.sensible(k) && !a.saves(now) && !a.triedOut(now, k)
}

// sensible reports whether a kind of round may find a path between the two
// NATs, and is within what was agreed to.
func (a *Agent) sensible(k wire.RoundKind) bool {
	own, other := a.local.NAT, a.remoteNAT
	target := a.target()
	if a.privacy.alone() || !a.relayUp || !target.IsValid() || own.Blocked || other.Blocked || a.sameHome(target.Addr()) {
		return false
	}
	switch k {
	case wire.RoundFresh:
		return a.sockets && easy(own) && easy(other)
	case wire.RoundPredict:
		return (counts(own) && a.sockets || easy(own)) && (counts(other) || easy(other)) && !(easy(own) && easy(other))
	case wire.RoundBirthday:
		return own.Birthday && other.Birthday && (dependent(own) && a.sockets && easy(other) || easy(own) && dependent(other))
	}
	return false
}

// easy NATs show every destination the same address.
func easy(n wire.NAT) bool {
	return n.Mapping == wire.MappingNone || n.Mapping == wire.MappingEndpointIndependent
}

// counts reports whether a NAT's next port is known.
func counts(n wire.NAT) bool { return dependent(n) && n.Step != 0 }

// triedOut reports whether a kind was tried as often as is decent between
// these networks. In others the count begins anew.
func (a *Agent) triedOut(now time.Time, k wire.RoundKind) bool {
	l := &a.ladder
	if here := a.place(); here != l.place {
		l.place, l.tries = here, nil
	}
	l.tries = slices.DeleteFunc(l.tries, func(t try) bool { return now.Sub(t.at) > triesFor })
	return l.tried(k) >= [...]int{0, 0, maxFresh, maxPredict, maxGuesses}[k]
}

func (l *ladder) tried(k wire.RoundKind) (n int) {
	for _, t := range l.tries {
		if t.kind == k {
			n++
		}
	}
	return n
}

// nextTry is when a round that makes sense may be tried again; zero: none does.
func (a *Agent) nextTry() time.Time {
	var d deadline
	for _, t := range a.ladder.tries {
		if a.sensible(t.kind) {
			d.add(t.at.Add(triesFor + time.Second))
		}
	}
	return d.at
}

func (a *Agent) place() place {
	p := place{peer: a.target().Addr()}
	for _, c := range a.local.Candidates {
		if c.Type == wire.CandidateServerReflexive && c.Addr.Addr().Is4() {
			p.own = c.Addr.Addr()
		}
	}
	return p
}
