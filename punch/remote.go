package punch

import (
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Remote is one run of one member, as the Conn reaches it. There is one set of
// probe keys for each room both are in.
type Remote struct {
	conn    *Conn
	virtual netip.Addr
	addr    *net.UDPAddr // the same for QUIC; shared, never changed

	// guarded by conn.mu
	keys     []*crypto.ProbeKeys // probes under any of them are taken
	send     *crypto.ProbeKeys   // one of keys, that we probe under; nil: there are none
	agent    *Agent
	relay    func([]byte) // nil: no relay
	admitted []netip.AddrPort
	told     pathSummary
	recent   ring[sentPacket]
	removed  bool

	resting   bool // no event reaches the agent
	deafUntil time.Time
	frugal    bool
	announced []wire.Candidate // the member's latest
	observed  netip.AddrPort   // by a bootnode, the latest
}

// pathSummary is the part of Info whose change is reported.
type pathSummary struct {
	kind     Kind
	addr     netip.AddrPort
	punching bool
	measured bool
	why      Why
	blocked  bool // UDP, at the other end
}

// keyOwner is whose probes bear a hint, and under which keys.
type keyOwner struct {
	remote *Remote
	keys   *crypto.ProbeKeys
}

// AddRemote makes a virtual address for a member whose probe keys are given.
// The agent starts as soon as it has candidates or a relay. Of two Remotes
// with the same keys the first one gets the probes: a member who announces
// another's run key as his own must not cut him off.
func (c *Conn) AddRemote(keys *crypto.ProbeKeys) *Remote {
	var r *Remote
	c.change(func(now time.Time, fx *effects) {
		c.lastID++
		virtual := virtualAddr(c.lastID)
		rng := rand.New(rand.NewPCG(c.cfg.Rand.Uint64(), c.cfg.Rand.Uint64()))
		// Numbers begin at the microseconds of this process, so that they
		// rise above those of an earlier Remote with the same keys.
		first := uint64(now.Sub(c.started).Microseconds())
		r = &Remote{
			conn: c, virtual: virtual.Addr(), addr: net.UDPAddrFromAddrPort(virtual),
			agent: NewAgent(rng, wire.NewTxID, first),
		}
		r.agent.privacy.hidden = c.cfg.Hide
		r.agent.sockets, r.agent.turns = c.cfg.OpenSocket != nil, &c.turns
		c.remotes[r.virtual] = r
		r.addKeys(keys)
		c.list = append(c.list, r)
		if c.gather.generation > 0 {
			c.step(now, r, c.gather.event(), fx)
		}
	})
	return r
}

// AddKeys has probes under further keys taken. We probe under the keys of the
// latest frame that was authentic and no replay, for these the member has for
// certain; before the first, under those that were added first.
func (r *Remote) AddKeys(keys *crypto.ProbeKeys) {
	r.conn.change(func(time.Time, *effects) {
		if !r.removed {
			r.addKeys(keys)
		}
	})
}

func (r *Remote) addKeys(keys *crypto.ProbeKeys) {
	r.keys = append(r.keys, keys)
	if r.send == nil {
		r.send = keys
	}
	if _, taken := r.conn.hints[keys.RecvHint]; !taken {
		r.conn.hints[keys.RecvHint] = keyOwner{r, keys}
	}
}

// RemoveKeys undoes AddKeys, or AddRemote's part of it. A Remote without keys
// goes on carrying packets, but neither sends nor takes probes.
func (r *Remote) RemoveKeys(keys *crypto.ProbeKeys) {
	r.conn.change(func(time.Time, *effects) {
		r.keys = slices.DeleteFunc(r.keys, func(k *crypto.ProbeKeys) bool { return k == keys })
		r.disown(keys)
		if r.send == keys {
			r.send = nil
			if n := len(r.keys); n > 0 {
				r.send = r.keys[n-1]
			}
		}
	})
}

func (r *Remote) disown(keys *crypto.ProbeKeys) {
	if r.conn.hints[keys.RecvHint] == (keyOwner{r, keys}) {
		delete(r.conn.hints, keys.RecvHint)
	}
}

// Addr is the virtual address to dial; the caller must not change it.
func (r *Remote) Addr() *net.UDPAddr { return r.addr }

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
func (r *Remote) AddCandidates(cands []wire.Candidate) {
	r.conn.change(func(now time.Time, fx *effects) {
		if r.removed {
			return
		}
		r.announce(cands)
		r.conn.step(now, r, RemoteCandidates{Candidates: cands}, fx)
	})
}

// AddObserved takes the address at which a bootnode sees the member, which has
// proved to it that it is there.
func (r *Remote) AddObserved(addr netip.AddrPort) {
	r.conn.change(func(now time.Time, fx *effects) {
		if r.removed {
			return
		}
		r.observed = plain(addr)
		r.conn.step(now, r, RemoteCandidates{Observed: addr}, fx)
	})
}

// SetRelay sets how a packet reaches the member through a bootnode; nil takes
// the relay away. send must not block nor keep the packet.
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
		r.conn.handleDisco(p, netip.AddrPort{}, nil)
	case wire.ClassQUIC:
		r.Rouse()
		r.conn.enqueue(p, r)
		if len(p) >= dataSize {
			r.step(DataRelayed{len(p)})
		}
	default:
		r.conn.Counters.Unknown.Add(1)
	}
}

// SetFrugal says whether the member is one of many: then its path stays relayed
// until it is used.
func (r *Remote) SetFrugal(on bool) {
	r.conn.change(func(now time.Time, fx *effects) {
		if !r.removed && r.frugal != on {
			r.frugal = on
			r.conn.step(now, r, Frugal{on}, fx)
		}
	})
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
	c.change(func(now time.Time, _ *effects) {
		r.removed, r.relay = true, nil
		c.turns.release(now, r.agent)
		c.closeExtras(r)
		delete(c.remotes, r.virtual)
		for _, k := range r.keys {
			r.disown(k)
		}
		r.keys, r.send = nil, nil
		c.gate.forget(r)
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
	return pathSummary{i.Kind, i.Addr, i.Punching, i.RTT > 0, i.Why, i.NAT.Blocked}
}

// write says where a data packet goes: by the route of the moment. Called
// under mu; the packet is sent after it.
func (r *Remote) write(now time.Time, p []byte, fx *effects) (Route, func([]byte)) {
	r.rouse(now, fx)
	r.conn.step(now, r, DataSent{len(p)}, fx)
	route := r.agent.Route(now, len(p))
	r.keep(now, p, route.Direct.IsValid() && !route.Relay)
	return route, r.relay
}
