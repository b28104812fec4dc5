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
		c.handleDisco(p, from)
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
	r := c.gate[from]
	c.mu.Unlock()
	if r == nil {
		c.Counters.Gated.Add(1)
		return
	}
	if !c.queue.put(p, r.virtual) {
		c.Counters.Overflow.Add(1)
	}
}

// handleDisco opens a probe frame; from is invalid if the relay brought it.
func (c *Conn) handleDisco(p []byte, from netip.AddrPort) {
	hint, err := wire.DiscoHint(p)
	if err != nil {
		c.Counters.BadProbe.Add(1)
		return
	}
	c.change(func(now time.Time, fx *effects) {
		r := c.hints[hint]
		if r == nil {
			c.Counters.BadProbe.Add(1)
			return
		}
		msg, err := wire.OpenDisco(p, r.keys)
		if err != nil {
			c.Counters.BadProbe.Add(1)
			return
		}
		c.step(now, r, Received{From: from, Msg: msg}, fx)
		if from.IsValid() && r.agent.Heard(from) {
			c.admit(from, r)
		}
	})
}

// admit opens the gate for an address. The latest authentic sender owns it: a
// restarted process may come from the same port.
func (c *Conn) admit(from netip.AddrPort, r *Remote) {
	if c.gate[from] == r {
		return
	}
	if len(r.admitted) >= maxPaths {
		old := r.admitted[0]
		r.admitted = r.admitted[1:]
		if c.gate[old] == r {
			delete(c.gate, old)
		}
	}
	c.gate[from] = r
	r.admitted = append(r.admitted, from)
}

func (c *Conn) handleSTUN(p []byte, from netip.AddrPort) {
	id, mapped, err := wire.ParseSTUNResponse(p)
	if err != nil {
		c.Counters.BadReply.Add(1)
		return
	}
	c.change(func(now time.Time, fx *effects) {
		if !c.stun.answered(now, from, id) {
			c.Counters.BadReply.Add(1)
			return
		}
		c.gather.setObserved("stun "+from.String(), mapped)
		c.regather(now, fx)
	})
}
