package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// The survey finds out with a few short-lived sockets what the main one cannot
// tell: how the NAT chooses ports, what it lets in, whether it hairpins. The
// first message never waits for it.
const (
	surveySockets = 4 // whose outside ports are compared
	surveyServers = 2 // asked by each
	surveyLater   = 2 * time.Second
	surveyPause   = time.Minute
	surveyRepeats = 4
	surveyFor     = time.Second // from the first question to the verdicts
	// filterSocket sends to one port of one server only.
	filterSocket = surveySockets + 1
)

type survey struct {
	number int       // rises with each: answers to an earlier one do not count
	at     time.Time // when to begin; zero: not planned
	begun  bool
	done   bool // what follows is known
	step   int
	block  PortRange

	samples [surveySockets][]netip.AddrPort
	waiting int // sockets whose answers are missing

	server netip.AddrPort // the filter is tried with
	change wire.TxID      // asks it to answer from its other port
	hair   wire.TxID      // goes between our two outside addresses
	seen   netip.AddrPort // the filter socket's outside address
	tries  int
	next   time.Time

	filtering Filtering
	hairpin   Verdict

	outside netip.Addr // ours, when it began
	ended   time.Time
}

// planSurvey has the survey begin: at once if the ports differ, since a peer
// may have to be told how; else when there is time. Called under mu.
func (c *Conn) planSurvey(now time.Time, m Mapping, fx *effects) {
	s := &c.survey
	if s.done && s.next.IsZero() && s.outside != c.mapped4().Addr() && now.Sub(s.ended) > surveyPause {
		c.newSurvey() // another network
	}
	if c.cfg.OpenSocket == nil || s.begun || m == MappingUnknown {
		return
	}
	if servers := c.stun.answering(1); len(servers) == 0 || servers[0].Addr().IsLoopback() {
		return // there is no NAT on the way
	}
	at := now.Add(surveyLater)
	if m != MappingNone && m != MappingEndpointIndependent {
		at = now
	}
	if s.at.IsZero() || at.Before(s.at) {
		s.at = at
		c.rearm(at, fx)
	}
}

// dueSurvey does what is due. Called under mu.
func (c *Conn) dueSurvey(now time.Time, fx *effects) {
	s := &c.survey
	servers := c.stun.answering(1)
	if len(servers) == 0 {
		s.at = time.Time{} // none is left of those that answered; the next answer plans it again
	}
	if isDue(s.at, now) && !s.begun {
		s.begun, s.at = true, time.Time{}
		s.server, s.change, s.hair = servers[0], wire.NewTxID(), wire.NewTxID()
		s.next, s.outside = now, c.mapped4().Addr()
		c.openSurvey(fx, filterSocket, 1)
		r := c.report(now)
		if r.Mapping == MappingNone || r.Mapping == MappingEndpointIndependent {
			s.done = true
		} else {
			s.waiting = surveySockets
			for i := range surveySockets {
				c.openSurvey(fx, i+1, surveyServers)
			}
		}
	}
	if !isDue(s.next, now) {
		return
	}
	if s.tries++; s.tries > surveyRepeats {
		c.endSurvey(now, fx)
		return
	}
	s.next = now.Add(surveyFor / surveyRepeats)
	if s.tries == 1 {
		return // the socket is only being opened
	}
	if s.filtering == FilteringUnknown {
		fx.direct = append(fx.direct, directPacket{p: wire.STUNRequestOtherPort(s.change), to: s.server, sock: filterSocket})
	}
	if main := c.mapped4(); s.seen.IsValid() && main.IsValid() && s.hairpin == Unknown {
		p := wire.STUNRequest(s.hair)
		fx.direct = append(fx.direct, directPacket{p: p, to: main, sock: filterSocket}, directPacket{p: p, to: s.seen})
	}
}

// newSurvey forgets what was found. Called under mu.
func (c *Conn) newSurvey() {
	c.survey = survey{number: c.survey.number + 1}
	c.closeExtras(nil)
}

func (c *Conn) openSurvey(fx *effects, id, ask int) {
	number := c.survey.number
	fx.opens = append(fx.opens, openSocket{id: id, ask: ask, done: func(now time.Time, seen []netip.AddrPort, fx *effects) {
		if c.survey.number == number {
			c.surveyed(now, id, seen, fx)
		}
	}})
}

// surveyed takes what the servers say of one of the survey's sockets.
func (c *Conn) surveyed(now time.Time, id int, seen []netip.AddrPort, fx *effects) {
	s := &c.survey
	if id == filterSocket {
		if len(seen) > 0 {
			s.seen = seen[0]
		}
		return
	}
	s.samples[id-1] = seen
	if s.waiting--; s.waiting > 0 {
		return
	}
	var ports []uint16
	for i, list := range s.samples {
		for _, a := range list {
			if n := len(ports); n == 0 || ports[n-1] != a.Port() {
				ports = append(ports, a.Port())
			}
		}
		c.closeExtra(extraKey{nil, i + 1})
	}
	s.step, s.block, s.done = portStep(ports), portBlock(ports), true
	c.regather(now, fx)
}

// endSurvey draws the conclusions from what did not come.
func (c *Conn) endSurvey(now time.Time, fx *effects) {
	s := &c.survey
	s.next, s.done, s.ended = time.Time{}, true, now
	if s.seen.IsValid() { // the server answers
		if s.filtering == FilteringUnknown {
			s.filtering = FilteringAddressAndPortDependent
		}
		if s.hairpin == Unknown && c.mapped4().IsValid() {
			s.hairpin = No
		}
	}
	for id := range filterSocket {
		c.closeExtra(extraKey{nil, id + 1})
	}
	c.regather(now, fx)
}

// mapped4 is our main socket's outside IPv4 address, if a NAT gave it one.
func (c *Conn) mapped4() netip.AddrPort {
	for _, s := range c.stun.outside() {
		if !slices.Contains(c.gather.hosts, s.mapped.Addr()) {
			return s.mapped
		}
	}
	return netip.AddrPort{}
}

// surveyAnswered takes a STUN answer that came from another port than was
// asked. It reports whether it was one.
func (c *Conn) surveyAnswered(from netip.AddrPort, id wire.TxID) bool {
	s := &c.survey
	if s.next.IsZero() || id != s.change || from.Addr() != s.server.Addr() || from == s.server {
		return false
	}
	s.filtering = FilteringAddressDependent
	return true
}

// surveyHeard takes a STUN request: only our own, come round by the router, is
// of interest.
func (c *Conn) surveyHeard(p []byte) bool {
	id, err := wire.ParseSTUNRequest(p)
	if err != nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := &c.survey
	if s.next.IsZero() || id != s.hair {
		return false
	}
	s.hairpin = Yes
	return true
}
