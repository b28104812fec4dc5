package punch

import "time"

// rescueKeep is how many packets sent on a direct path alone are kept, for at
// most rescueFor, to go by the relay when the path turns out to be dying.
// That shows within a probe's interval and its timeout; what is older QUIC has
// sent again itself.
const (
	rescueKeep = 64
	rescueFor  = 2 * time.Second
)

type sentPacket struct {
	p  []byte
	at time.Time
}

// keep remembers a packet that goes on the direct path alone.
func (r *Remote) keep(now time.Time, p []byte) {
	if r.recent.n >= rescueKeep {
		r.conn.free.put(r.recent.pop().p)
	}
	r.recent.push(sentPacket{r.conn.free.clone(p), now})
}

// rescue sends the packets that may be lost again through the relay, when the
// direct path has just lost its trust; QUIC drops what it has twice. Those
// sent before the latest answered probe are not among them.
func (r *Remote) rescue(now time.Time, fx *effects) {
	if r.recent.n == 0 {
		return
	}
	for proven := r.agent.ProvenAt(); r.recent.n > 0 && r.recent.at(0).at.Before(proven); {
		r.conn.free.put(r.recent.pop().p)
	}
	if r.recent.n == 0 || !r.agent.Route(now, dataSize).Relay {
		return
	}
	for r.recent.n > 0 {
		if s := r.recent.pop(); now.Sub(s.at) <= rescueFor {
			fx.relay(s.p, r.relay)
		}
	}
}
