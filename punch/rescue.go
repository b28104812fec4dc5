package punch

import (
	"slices"
	"time"
)

// rescueKeep is how many packets sent on a direct path alone are kept, for at
// most rescueFor, to go by the relay when the path turns out to be dying.
// That shows within a probe's interval and its timeout; what is older QUIC has
// sent again itself.
const (
	rescueKeep = 64
	rescueFor  = 2 * time.Second
)

// repeatKeep is how many of the latest packets are sent again when the member
// answers after a silence, unless they are older than repeatFor. After an
// outage of some seconds QUIC would wait as long again before its next try;
// any packet that is acknowledged ends the wait.
const (
	repeatKeep = 8
	repeatFor  = time.Minute
)

type sentPacket struct {
	p     []byte
	at    time.Time
	alone bool // on the direct path, not by the relay
}

// keep remembers a packet that was sent.
func (r *Remote) keep(now time.Time, p []byte, alone bool) {
	limit := repeatKeep
	if alone {
		limit = rescueKeep
	}
	for r.recent.n >= limit {
		r.conn.free.put(r.recent.pop().p)
	}
	r.recent.push(sentPacket{r.conn.free.clone(p), now, alone})
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
	for i := range r.recent.n {
		s := r.recent.at(i)
		if s.alone && now.Sub(s.at) <= rescueFor {
			fx.relay(slices.Clone(s.p), r.relay) // the buffer may be used again before that leaves
		}
		s.alone = false
	}
}

// repeat sends the latest packets again to a member who has just answered
// after a silence.
func (r *Remote) repeat(now time.Time, fx *effects) {
	route := r.agent.Route(now, dataSize)
	for i := max(0, r.recent.n-repeatKeep); i < r.recent.n; i++ {
		s := r.recent.at(i)
		if now.Sub(s.at) > repeatFor {
			continue
		}
		if route.Direct.IsValid() {
			fx.direct = append(fx.direct, directPacket{p: slices.Clone(s.p), to: route.Direct, remote: r, sock: route.Sock})
		}
		if route.Relay {
			fx.relay(slices.Clone(s.p), r.relay)
		}
	}
}
