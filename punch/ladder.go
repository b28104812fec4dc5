package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// The ladder is what is tried when plain probing finds no path: rounds that
// both sides take part in, agreed upon through the relay (docs/decisions/019).
const (
	// easyPatience is how long plain probes may take when they should do;
	// hardPatience and countPatience when the NATs hardly let them.
	easyPatience  = 1500 * time.Millisecond
	hardPatience  = 300 * time.Millisecond
	countPatience = 150 * time.Millisecond
	// prepareFor bounds what comes before a round's first probe: a new
	// socket, its address, the other side's word.
	prepareFor   = 4 * time.Second
	roundEvery   = 250 * time.Millisecond // between repetitions of our word
	roundRepeats = 5
	// triesFor is how long a try counts against the limits below.
	triesFor   = 10 * time.Minute
	maxFresh   = 2 // with the one that was there, three sockets
	maxPredict = 3
	maxGuesses = 2
)

// ladder is the coordinated search of one agent.
type ladder struct {
	planAt time.Time // when to see whether a round is wanted
	tries  []try
	place  place

	round   wire.Round // ours, under way; Kind 0: none
	peer    wire.Round // the member's word for it; Number 0: not yet
	sock    int        // ours for this round; 0: none is needed
	ready   bool       // our word can be given
	said    int        // times it was
	sayAt   time.Time
	saidAt  time.Time
	begun   bool
	beginAt time.Time
	over    time.Time
	ended   time.Time

	searched time.Time // when the member last called for a plain round

	spray  spray
	opener opener
}

// planLadder has the ladder looked at once plain probing had its time.
func (a *Agent) planLadder(now time.Time) {
	if at := now.Add(a.patience()); a.best == nil && (a.ladder.planAt.IsZero() || at.Before(a.ladder.planAt)) {
		a.ladder.planAt = at
	}
}

func (a *Agent) patience() time.Duration {
	own, other := a.local.NAT, a.remoteNAT
	if counts(own) || counts(other) {
		return countPatience
	}
	hopeless := func(hard, easy wire.NAT) bool {
		return dependent(hard) && (dependent(easy) || easy.Filtering != wire.FilteringAddressDependent && easy.Filtering != wire.FilteringEndpointIndependent)
	}
	if hopeless(own, other) || hopeless(other, own) {
		return hardPatience
	}
	return easyPatience
}

// dueLadder plans, prepares, runs and ends rounds.
func (a *Agent) dueLadder(now time.Time) {
	l := &a.ladder
	if l.round.Kind == 0 {
		a.plan(now)
	} else if a.best != nil || isDue(l.over, now) {
		a.endRound(now)
	}
	if l.round.Kind != 0 {
		a.say(now)
		if isDue(l.beginAt, now) && !l.begun {
			l.begun = true
			a.begin(now)
		}
		a.dueOpener(now)
		a.dueSpray(now)
	}
	a.reap(now)
}

func (a *Agent) plan(now time.Time) {
	l := &a.ladder
	if !isDue(l.planAt, now) {
		return
	}
	l.planAt = time.Time{}
	kind := a.nextKind(now)
	switch {
	case a.best != nil:
	case kind == 0:
		l.planAt = a.nextTry()
	case kind == wire.RoundBirthday && !a.turns.take(now, a):
		l.planAt = now.Add(a.jitter(guessPause))
	default:
		a.prepare(now, wire.Round{Number: max(1, l.round.Number+1), Kind: kind})
	}
}

// prepare begins a round: with a new socket, if it needs one here.
func (a *Agent) prepare(now time.Time, r wire.Round) {
	l := &a.ladder
	l.tries = append(l.tries, try{r.Kind, now})
	*l = ladder{tries: l.tries, place: l.place, searched: l.searched, round: r, over: now.Add(prepareFor)}
	switch {
	case r.Kind == wire.RoundFresh:
		l.sock = a.open(1)
	case r.Kind == wire.RoundPredict && counts(a.local.NAT):
		l.sock = a.open(predictSamples)
	default:
		l.ready, l.sayAt = true, now
	}
}

// socketMapped takes where servers saw a new socket, in the order of asking.
// None: it could not be opened, or no server answered.
func (a *Agent) socketMapped(now time.Time, ev SocketMapped) {
	l := &a.ladder
	if l.round.Kind == 0 || ev.Sock != l.sock || l.ready {
		return
	}
	if len(ev.Addrs) == 0 {
		a.endRound(now)
		return
	}
	l.round.Addr = ev.Addrs[len(ev.Addrs)-1]
	l.ready, l.sayAt = true, now
	if l.round.Kind == wire.RoundPredict && easy(a.remoteNAT) {
		a.pingFrom(now, l.sock, a.target(), lowTTL) // takes the port that follows the one we name
	}
}

// say gives our word for the round, again until the other side's is there.
func (a *Agent) say(now time.Time) {
	l := &a.ladder
	if !l.ready || !isDue(l.sayAt, now) {
		return
	}
	l.sayAt, l.saidAt = time.Time{}, now
	if l.said++; l.said < roundRepeats && l.peer.Number == 0 {
		l.sayAt = now.Add(roundEvery)
	}
	a.send(netip.AddrPort{}, l.round)
	if l.peer.Number != 0 && l.beginAt.IsZero() {
		// The other side begins when it hears this.
		l.beginAt = now.Add(a.relay.rtt / 2)
	}
}

// receiveRound takes the member's word.
func (a *Agent) receiveRound(now time.Time, m wire.Round) {
	l := &a.ladder
	if m.Kind == wire.RoundPlain {
		if a.best == nil && a.roundOver.IsZero() && !a.privacy.alone() && !a.saves(now) && now.Sub(l.searched) >= roundGrace {
			l.searched = now
			a.search(now)
		}
		return
	}
	m.Addr = plain(m.Addr)
	same := m.Number == l.round.Number && m.Kind == l.round.Kind
	switch {
	case a.best != nil && a.best.unanswered == 0:
		return
	case l.round.Kind != 0 && same:
		repeated := l.peer.Number != 0
		l.peer = m
		switch {
		case !l.ready || l.said == 0:
		case repeated:
			if l.said < 2*roundRepeats && now.Sub(l.saidAt) >= roundEvery {
				l.sayAt = now // ours was lost
			}
		case l.beginAt.IsZero():
			l.beginAt, l.sayAt = now, time.Time{}
		}
		return
	case l.round.Kind != 0 && (l.begun || int8(m.Number-l.round.Number) < 0 || m.Number == l.round.Number && m.Kind < l.round.Kind):
		return
	case l.round.Kind == 0 && m.Number == l.round.Number && now.Sub(l.ended) < prepareFor:
		return // a repetition of what is over
	}
	if !a.possible(now, m.Kind) {
		return
	}
	if l.round.Kind != 0 {
		a.endRound(now)
	}
	if m.Kind == wire.RoundBirthday && !a.turns.take(now, a) {
		return
	}
	a.prepare(now, wire.Round{Number: m.Number, Kind: m.Kind})
	l.peer = m
}

// begin runs a round that both sides have given their word for.
func (a *Agent) begin(now time.Time) {
	switch a.ladder.round.Kind {
	case wire.RoundFresh:
		a.beginFresh(now)
	case wire.RoundPredict:
		a.beginPredict(now)
	case wire.RoundBirthday:
		a.beginBirthday(now)
	}
}

// endRound ends what is under way, and plans on if that found nothing.
func (a *Agent) endRound(now time.Time) {
	l := &a.ladder
	a.turns.release(now, a)
	tries, again := l.tries, 2*roundEvery
	if !l.begun && l.peer.Number == 0 { // nobody answered: that was no try
		tries, again = tries[:max(0, len(tries)-1)], guessPause
	}
	*l = ladder{tries: tries, place: l.place, searched: l.searched, round: wire.Round{Number: l.round.Number}, ended: now}
	if a.best == nil {
		l.planAt = now.Add(a.jitter(again))
	}
}

func (l *ladder) nextDeadline() time.Time {
	if l.round.Kind == 0 {
		return l.planAt
	}
	var d deadline
	d.add(l.over)
	if l.ready {
		d.add(l.sayAt)
	}
	if !l.begun {
		d.add(l.beginAt)
	}
	d.add(l.spray.nextAt())
	d.add(l.opener.at)
	return d.at
}
