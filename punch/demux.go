package punch

import (
	"net/netip"
	"time"

	"gochat/internal/wire"
)

// handle sorts one packet from the socket by its first byte.
func (c *Conn) handle(p []byte, from netip.AddrPort) {
	switch wire.Classify(p) {
	case wire.ClassQUIC:
		c.handleQUIC(p, from)
	case wire.ClassDisco:
		c.handleDisco(p, from, nil)
	case wire.ClassRelay:
		c.cfg.OnRelay(p, from)
	case wire.ClassRendezvous:
		c.cfg.OnRendezvous(p, from)
	case wire.ClassSTUN:
		c.handleSTUN(p, from)
	default:
		c.Counters.Unknown.Add(1)
	}
}

// handleQUIC is the gate: a packet passes only from an address from which an
// authentic probe has come, and then counts as that member's.
func (c *Conn) handleQUIC(p []byte, from netip.AddrPort) {
	c.mu.Lock()
	r := c.gate.owner(time.Now(), from)
	resting := r != nil && r.resting
	c.mu.Unlock()
	if r == nil {
		c.Counters.Gated.Add(1)
		return
	}
	if resting {
		r.Rouse()
	}
	c.enqueue(p, r)
}

func (c *Conn) enqueue(p []byte, r *Remote) {
	if !c.queue.put(p, r.addr) {
		c.Counters.Overflow.Add(1)
	}
}

// handleDisco opens a probe frame; from is invalid if the relay brought it, x
// the further socket by which it came, or nil.
// It is opened without the lock, so that junk delays nobody's data.
func (c *Conn) handleDisco(p []byte, from netip.AddrPort, x *extra) {
	hint, err := wire.DiscoHint(p)
	if err != nil {
		c.Counters.BadProbe.Add(1)
		return
	}
	c.mu.Lock()
	owner, ok := c.hints[hint]
	c.mu.Unlock()
	if !ok || x != nil && x.remote != owner.remote {
		c.Counters.BadProbe.Add(1)
		return
	}
	ev := Received{From: from}
	if x != nil {
		ev.Sock = x.id
	}
	msg, err := wire.OpenDisco(p, owner.keys)
	if err != nil {
		c.Counters.BadProbe.Add(1)
		return
	}
	c.change(func(now time.Time, fx *effects) {
		if c.hints[hint] != owner {
			return // removed meanwhile
		}
		r := owner.remote
		if _, ping := msg.(wire.Ping); r.resting && (!ping || now.Before(r.deafUntil)) {
			return
		}
		fresh := false // no replay
		ev.Msg = msg
		actions := r.agent.Step(now, ev)
		if r.agent.Info().LastSeen.Equal(now) {
			r.send, fresh = owner.keys, true
			c.heard = now
		}
		c.perform(now, r, actions, fx)
		if fresh {
			r.rouse(now, fx)
		}
		if at := r.agent.HeardAt(from); !at.IsZero() {
			c.gate.admit(at, from, r)
		}
	})
}

func (c *Conn) handleSTUN(p []byte, from netip.AddrPort) {
	id, mapped, err := wire.ParseSTUNResponse(p)
	if err != nil {
		if !c.surveyHeard(p) {
			c.Counters.BadReply.Add(1)
		}
		return
	}
	if c.isReach(id) {
		c.cfg.OnReach()
		return
	}
	c.change(func(now time.Time, fx *effects) {
		ok, silent := c.stun.answered(now, from, id, mapped)
		if !ok {
			c.Counters.BadReply.Add(1)
			return
		}
		back := !silent.IsZero() && (c.heard.Before(silent) || c.overTCP)
		c.heard = now
		c.gather.setObserved("stun "+from.String(), mapped)
		c.regather(now, fx)
		c.rearm(c.stun.nextDeadline(), fx)
		if back {
			c.otherNetwork(now, fx)
		}
	})
}
