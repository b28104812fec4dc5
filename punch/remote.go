package punch

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// virtualPrefix is the range of the addresses under which QUIC knows members:
// a unique local prefix (RFC 4193) that is never on a wire.
var virtualPrefix = [8]byte{0xfd, 'g', 'o', 'c', 'h', 'a', 't', 1}

// rescueKeep is how many packets sent on a direct path alone are kept, for at
// most rescueFor, to go by the relay when the path turns out to be dying.
const (
	rescueKeep = 64
	rescueFor  = time.Second
)

// Remote is one run of one member, as the Conn reaches it.
type Remote struct {
	conn    *Conn
	virtual netip.AddrPort
	keys    *crypto.ProbeKeys

	// guarded by conn.mu
	agent    *Agent
	relay    func([]byte) // nil: no relay
	admitted []netip.AddrPort
	told     pathSummary
	recent   []sentPacket
	removed  bool
}

// pathSummary is the part of Info whose change is reported.
type pathSummary struct {
	kind     Kind
	addr     netip.AddrPort
	punching bool
	measured bool
}

type sentPacket struct {
	p  []byte
	at time.Time
}

// AddRemote makes a virtual address for a member whose probe keys are given.
// The agent starts as soon as it has candidates or a relay.
func (c *Conn) AddRemote(keys *crypto.ProbeKeys) *Remote {
	var r *Remote
	c.change(func(now time.Time, fx *effects) {
		c.nextID++
		var ip [16]byte
		copy(ip[:], virtualPrefix[:])
		binary.BigEndian.PutUint64(ip[8:], c.nextID)
		rng := rand.New(rand.NewPCG(c.cfg.Rand.Uint64(), c.cfg.Rand.Uint64()))
		r = &Remote{
			conn: c, keys: keys, agent: NewAgent(rng, wire.NewTxID),
			virtual: netip.AddrPortFrom(netip.AddrFrom16(ip), 1),
		}
		c.remotes[r.virtual.Addr()] = r
		c.hints[keys.RecvHint] = r
		c.list = append(c.list, r)
		if c.gather.generation > 0 {
			c.step(now, r, LocalCandidates{c.gather.generation, c.gather.current}, fx)
		}
	})
	return r
}

// Addr is the virtual address to dial.
func (r *Remote) Addr() *net.UDPAddr { return net.UDPAddrFromAddrPort(r.virtual) }

// RemoteAt returns whose virtual address an address is, or nil.
func (c *Conn) RemoteAt(a net.Addr) *Remote {
	u, ok := a.(*net.UDPAddr)
	if !ok {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.remotes[u.AddrPort().Addr()]
}

// AddCandidates takes announced or observed addresses of the member.
func (r *Remote) AddCandidates(cands []wire.Candidate) { r.step(RemoteCandidates{cands}) }

// SetRelay sets how a packet reaches the member through a bootnode; nil takes
// the relay away. send must not block.
func (r *Remote) SetRelay(send func(packet []byte)) {
	r.conn.change(func(now time.Time, fx *effects) {
		if r.removed {
			return
		}
		r.relay = send
		r.conn.step(now, r, RelayChanged{Up: send != nil}, fx)
	})
}

// Deliver takes a packet that came from the member through a relay.
func (r *Remote) Deliver(p []byte) {
	switch wire.Classify(p) {
	case wire.ClassDisco:
		r.conn.handleDisco(p, netip.AddrPort{})
	case wire.ClassQUIC:
		if !r.conn.queue.put(p, r.virtual) {
			r.conn.Counters.Overflow.Add(1)
		}
	default:
		r.conn.Counters.Unknown.Add(1)
	}
}

// Check probes every path at once: is the member still there? Info().LastSeen
// tells.
func (r *Remote) Check() { r.step(CheckNow{}) }

// Info tells the state of the path.
func (r *Remote) Info() Info {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return r.agent.Info()
}

// Remove forgets the member's run: its virtual address, keys and gates.
func (r *Remote) Remove() {
	c := r.conn
	c.change(func(time.Time, *effects) {
		r.removed, r.relay = true, nil
		delete(c.remotes, r.virtual.Addr())
		if c.hints[r.keys.RecvHint] == r {
			delete(c.hints, r.keys.RecvHint)
		}
		for _, a := range r.admitted {
			if c.gate[a] == r {
				delete(c.gate, a)
			}
		}
		c.list = slices.DeleteFunc(c.list, func(x *Remote) bool { return x == r })
	})
}

func (r *Remote) step(ev Event) {
	r.conn.change(func(now time.Time, fx *effects) {
		if !r.removed {
			r.conn.step(now, r, ev, fx)
		}
	})
}

func (r *Remote) summary() pathSummary {
	i := r.agent.Info()
	return pathSummary{i.Kind, i.Addr, i.Punching, i.RTT > 0}
}

// write sends a data packet on the route of the moment. Called under mu.
func (r *Remote) write(now time.Time, p []byte, fx *effects) {
	r.conn.step(now, r, DataSent{}, fx)
	route := r.agent.Route(now)
	if route.Direct.IsValid() {
		fx.packet(p, route.Direct)
	}
	switch {
	case route.Relay:
		fx.relay(p, r.relay)
	case route.Direct.IsValid():
		r.keep(now, p)
	}
}

// keep remembers a packet that went on the direct path alone.
func (r *Remote) keep(now time.Time, p []byte) {
	if len(r.recent) >= rescueKeep {
		r.recent = slices.Delete(r.recent, 0, 1)
	}
	r.recent = append(r.recent, sentPacket{slices.Clone(p), now})
}

// rescue sends the latest packets again through the relay when the direct path
// has just lost its trust; QUIC drops what it has twice.
func (r *Remote) rescue(now time.Time, fx *effects) {
	if len(r.recent) == 0 || !r.agent.Route(now).Relay {
		return
	}
	for _, s := range r.recent {
		if now.Sub(s.at) <= rescueFor {
			fx.relay(s.p, r.relay)
		}
	}
	r.recent = nil
}
