package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

const (
	// lowTTL opens the own NAT, and one of the provider's, and gets no further:
	// a packet that comes before the other side's own left makes some NATs
	// choose another port.
	lowTTL     = 5
	openerWait = 150 * time.Millisecond

	predictSamples = 3
	predictFirst   = 16 // ports probed at first
	predictMost    = 64
	predictPace    = 5 * time.Millisecond
	predictPause   = 300 * time.Millisecond // before the range is widened
	predictGrace   = 700 * time.Millisecond // after the last probe

	guessSockets = 256
	blockSockets = 64 // where the hard side's ports lie in a small block
	smallBlock   = 4096
	guessPorts   = 1024
	openPace     = 5 * time.Millisecond  // 200 a second
	guessPace    = 10 * time.Millisecond // 100 a second
	reopenAfter  = 10 * time.Second      // mappings are refreshed
	guessFor     = 16 * time.Second
	guessPause   = 20 * time.Second
	leastPort    = 1024 // no client is behind a lower one
)

// beginFresh probes from the new socket to the other side's new socket.
func (a *Agent) beginFresh(now time.Time) {
	l := &a.ladder
	if !a.verifiedIP(l.peer.Addr.Addr()) {
		a.endRound(now)
		return
	}
	a.pingFrom(now, l.sock, l.peer.Addr, lowTTL)
	a.checkFrom(now.Add(openerWait), l.sock, l.peer.Addr)
	l.over = now.Add(openerWait + checkTimes[len(checkTimes)-1] + roundGrace)
}

// beginPredict probes the ports that follow the one the other side named.
func (a *Agent) beginPredict(now time.Time) {
	l := &a.ladder
	l.over = now.Add(predictMost*predictPace + predictPause + predictGrace)
	if easy(a.remoteNAT) { // ours is the one to be found
		a.checkFrom(now.Add(openerWait), l.sock, a.target())
		return
	}
	base := l.peer.Addr
	if !a.verifiedIP(base.Addr()) {
		a.endRound(now)
		return
	}
	var ports []uint16
	lo, hi := int(a.remoteNAT.Lo), int(a.remoteNAT.Hi)
	for i := range predictMost {
		p := int(base.Port()) + (i+1)*int(a.remoteNAT.Step)
		if hi > lo && p > hi && hi >= int(base.Port()) && hi-lo >= predictMost {
			p = lo + p - hi - 1
		}
		if p >= leastPort && p <= 65535 {
			ports = append(ports, uint16(p))
		}
	}
	l.spray = spray{sock: l.sock, ip: base.Addr(), ports: ports, pace: predictPace, at: now, pauseAt: predictFirst}
}

// beginBirthday opens many sockets towards the other side, or guesses one of
// the ports that these have outside (docs/decisions/019 for the odds).
func (a *Agent) beginBirthday(now time.Time) {
	l := &a.ladder
	l.over = now.Add(guessFor)
	if dependent(a.local.NAT) {
		n := guessSockets
		if own := a.local.NAT; own.Hi > own.Lo && int(own.Hi-own.Lo) < smallBlock {
			n = blockSockets
		}
		l.opener = opener{target: a.target(), left: n, at: now}
		return
	}
	l.spray = spray{ip: a.target().Addr(), ports: a.guesses(), pace: guessPace, at: now}
}

// guesses are distinct ports in random order, those of the known block first.
func (a *Agent) guesses() []uint16 {
	seen := map[uint16]bool{}
	out := make([]uint16, 0, guessPorts)
	draw := func(lo, hi, n int) {
		for tries := 0; n > 0 && len(out) < guessPorts && tries < 64*guessPorts; tries++ {
			if p := uint16(lo + a.rng.IntN(hi-lo+1)); !seen[p] {
				seen[p] = true
				out = append(out, p)
				n--
			}
		}
	}
	if lo, hi := max(int(a.remoteNAT.Lo), leastPort), int(a.remoteNAT.Hi); lo < hi && hi-lo < smallBlock {
		draw(lo, hi, hi-lo+1)
	}
	draw(leastPort, 65535, guessPorts)
	return out
}

// spray is a series of single probes to ports of one address.
type spray struct {
	sock    int
	ip      netip.Addr
	ports   []uint16
	next    int
	pauseAt int // before this one the answers are waited for; 0: never
	pace    time.Duration
	at      time.Time
}

func (s *spray) nextAt() time.Time {
	if s.next >= len(s.ports) {
		return time.Time{}
	}
	return s.at
}

func (a *Agent) dueSpray(now time.Time) {
	s := &a.ladder.spray
	if !isDue(s.nextAt(), now) {
		return
	}
	a.pingFrom(now, s.sock, netip.AddrPortFrom(s.ip, s.ports[s.next]), 0)
	s.next++
	s.at = now.Add(s.pace)
	if s.next == s.pauseAt {
		s.at = now.Add(predictPause)
	}
}

// opener opens sockets, each of which sends towards the target.
type opener struct {
	target netip.AddrPort
	left   int
	at     time.Time
	opened []int
	fresh  int       // of opened, how many have sent in this turn
	since  time.Time // when the turn began
}

func (a *Agent) dueOpener(now time.Time) {
	o := &a.ladder.opener
	if !isDue(o.at, now) {
		return
	}
	if o.since.IsZero() {
		o.since = now
	}
	o.at = now.Add(openPace)
	switch {
	case o.left > 0:
		o.left--
		s := a.open(0)
		o.opened = append(o.opened, s)
		o.fresh = len(o.opened)
		a.pingFrom(now, s, o.target, lowTTL)
	case o.fresh < len(o.opened):
		a.pingFrom(now, o.opened[o.fresh], o.target, lowTTL)
		o.fresh++
	default:
		o.since = o.since.Add(reopenAfter)
		o.fresh, o.at = 0, o.since
	}
}

// pingFrom sends a single probe. Nothing remembers it: what it is for is to
// open the own NAT, or to have the member probe back.
func (a *Agent) pingFrom(now time.Time, sock int, to netip.AddrPort, ttl int) {
	a.out = append(a.out, Action{To: to, Sock: sock, TTL: ttl, Msg: wire.Ping{TxID: a.newTxID()}})
}

// checkFrom has an address checked from one of our further sockets.
func (a *Agent) checkFrom(at time.Time, sock int, addr netip.AddrPort) {
	p := a.find(addr, sock)
	if p == nil {
		if p = a.learn(addr, sock); p == nil {
			return
		}
	}
	p.start, p.attempts = at, 0
}
