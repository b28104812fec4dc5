package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// effects are what steps under the lock want done after it: packets to send
// and callbacks to make.
type effects struct {
	opens      []openSocket // first: packets go out by them
	direct     []directPacket
	relayed    []relayedPacket
	paths      []*Remote
	candidates *LocalCandidates
	network    bool // the network is another one, or back
	wake       bool // a deadline is earlier than the timer is set to
}

type directPacket struct {
	p      []byte
	to     netip.AddrPort
	remote *Remote // whose socket; nil: the survey's
	sock   int     // 0: the main one
	ttl    int     // 0: the usual one
}

type openSocket struct {
	remote *Remote
	id     int
	ask    int
	done   func(now time.Time, seen []netip.AddrPort, fx *effects)
}

type relayedPacket struct {
	p    []byte
	send func([]byte)
}

func (fx *effects) packet(p []byte, to netip.AddrPort) {
	fx.direct = append(fx.direct, directPacket{p: p, to: to})
}

func (fx *effects) relay(p []byte, send func([]byte)) {
	if send != nil {
		fx.relayed = append(fx.relayed, relayedPacket{p, send})
	}
}

// step runs one agent and does what it wants. Called under mu.
func (c *Conn) step(now time.Time, r *Remote, ev Event, fx *effects) {
	if r.resting {
		return
	}
	c.perform(now, r, r.agent.Step(now, ev), fx)
}

// perform seals what an agent wants sent and notes what changed. Called under mu.
func (c *Conn) perform(now time.Time, r *Remote, actions []Action, fx *effects) {
	if r.send == nil {
		actions = nil
	}
	for _, act := range actions {
		if r.agent.privacy.hidden && !act.discreet() {
			continue
		}
		var p []byte
		switch m := act.Msg.(type) {
		case wire.Ping:
			p = m.Seal(r.send)
		case wire.Pong:
			p = m.Seal(r.send)
		case wire.Candidates:
			p = m.Seal(r.send)
		case wire.Round:
			p = m.Seal(r.send)
		case Open:
			fx.opens = append(fx.opens, c.roundSocket(r, act.Sock, m.Ask))
			continue
		case Close:
			c.closeExtra(extraKey{r, act.Sock})
			continue
		}
		if act.To.IsValid() {
			fx.direct = append(fx.direct, directPacket{p: p, to: act.To, remote: r, sock: act.Sock, ttl: act.TTL})
		} else {
			fx.relay(p, r.relay)
		}
	}
	if r.agent.Returned() {
		r.repeat(now, fx)
	}
	r.rescue(now, fx)
	if s := r.summary(); s != r.told {
		if r.told.kind == Direct && s.kind != Direct {
			c.stun.refresh(now) // perhaps our own address is another now
			c.rearm(c.stun.nextDeadline(), fx)
		}
		r.told = s
		fx.paths = append(fx.paths, r)
	}
	c.rearm(r.agent.NextDeadline(), fx)
}

// roundSocket is the opening of a socket that an agent wants. Called under mu.
func (c *Conn) roundSocket(r *Remote, id, ask int) openSocket {
	o := openSocket{remote: r, id: id, ask: ask}
	if ask > 0 {
		o.done = func(now time.Time, seen []netip.AddrPort, fx *effects) {
			c.step(now, r, SocketMapped{id, seen}, fx)
		}
	}
	return o
}

// rearm sees to it that the timer fires by a time. Called under mu.
func (c *Conn) rearm(at time.Time, fx *effects) {
	if !at.IsZero() && at.Before(c.armed) {
		c.armed = at
		fx.wake = true
	}
}

// change runs f under the lock, then its effects.
func (c *Conn) change(f func(now time.Time, fx *effects)) {
	var fx effects
	c.mu.Lock()
	f(time.Now(), &fx)
	c.mu.Unlock()
	c.run(&fx)
}

// run does the effects, without any lock.
func (c *Conn) run(fx *effects) {
	for _, o := range fx.opens {
		c.openExtra(o)
	}
	for _, d := range fx.direct {
		c.sendBy(d)
	}
	for _, d := range fx.relayed {
		d.send(d.p)
	}
	if fx.candidates != nil {
		c.cfg.OnCandidates(fx.candidates.Generation, fx.candidates.Candidates)
	}
	for _, r := range fx.paths {
		c.cfg.OnPath(r)
	}
	if fx.network {
		c.cfg.OnNetwork()
	}
	if fx.wake {
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}
