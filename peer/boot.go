package peer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
)

// Bootnode names one rendezvous server.
type Bootnode struct {
	// Address is host:port, or a URL of scheme ws or wss: then UDP is not tried.
	Address string
	// Key is the key it is expected to have; zero: unknown. Strict says that
	// the user gave the key: another one is refused instead of warned about.
	Key    crypto.RunPublic
	Strict bool
	// Embedded: found on this host or LAN, or run by this process.
	Embedded bool
	// Token is what its operator gave to those invited; "": none.
	Token string
	// Rooms names the rooms to register there; nil: all. A bootnode that was
	// found by one room's members is not to learn of another room.
	Rooms []string
}

func (b Bootnode) serves(r *Room) bool {
	return b.Rooms == nil || slices.Contains(b.Rooms, r.name)
}

const (
	resolveRetry = 5 * time.Second
	resolveAgain = time.Minute // while it is unreachable: its address may have changed
)

// boot is one bootnode as the node uses it: its address and a registration for
// each room. Owned by the loop.
type boot struct {
	node      *Node
	cfg       Bootnode
	addr      netip.AddrPort
	resolving bool
	resolveAt time.Time
	regs      []*registration
	state     BootnodeState
	reason    string
	via       Via
	told      bool
	quietTill time.Time // of notices the bootnode sends
	limited   string    // what its relay keeps from us, in words
	limitTill time.Time // unless it says so again
	spoken    spoken
	departure departure
	standsFor *boot     // it is here only as long as that one is away; nil: it was named
	began     time.Time // when it was added
	wrongKey  bool      // than the one the user gave

	carrier   carrier
	stream    Stream // nil: none is open
	streamErr error  // why the last one did not come up
	stopDial  context.CancelFunc
	live      atomic.Pointer[[]*registration] // regs, for the reader of the stream
}

func (n *Node) newBoot(c Bootnode) *boot {
	b := &boot{node: n, cfg: c, carrier: carrier{
		can: n.cfg.DialWS != nil && !c.Embedded, forced: n.cfg.TCPOnly || isURL(c.Address),
		rand: rand.New(rand.NewPCG(n.cfg.Rand.Uint64(), n.cfg.Rand.Uint64())),
	}}
	b.live.Store(&[]*registration{})
	return b
}

// setRegs takes the registrations there are from now on.
func (b *boot) setRegs(regs []*registration) {
	b.regs = regs
	shared := slices.Clone(regs)
	b.live.Store(&shared)
}

// same reports whether it is the bootnode that another entry means.
func (b Bootnode) same(c Bootnode) bool { return b.Address == c.Address && b.Key == c.Key }

// SetBootnodes replaces the set of bootnodes to register with. Registrations
// that stay are not disturbed.
func (n *Node) SetBootnodes(list []Bootnode) error {
	return n.do(func(now time.Time) { n.setBootnodes(now, list) })
}

// setBootnodes is SetBootnodes on the loop.
func (n *Node) setBootnodes(now time.Time, list []Bootnode) {
	var gone []*boot // removed when the list is whole again: that looks at it
	n.boots = slices.DeleteFunc(slices.Clone(n.boots), func(b *boot) bool {
		if slices.ContainsFunc(list, b.named().same) {
			return false
		}
		gone = append(gone, b)
		return true
	})
	for _, b := range gone {
		b.remove(now)
	}
	for _, c := range list {
		if i := slices.IndexFunc(n.boots, func(b *boot) bool { return b.cfg.same(c) }); i >= 0 {
			n.boots[i].standsFor = nil
			n.boots[i].serve(now, c.Rooms)
			continue
		}
		b := n.newBoot(c)
		n.boots = append(n.boots, b)
		b.begin(now)
	}
	n.tellOverTCP()
}

// begin goes for a bootnode that is new in the list.
func (b *boot) begin(now time.Time) {
	b.began = now
	b.tell(BootnodeConnecting, "")
	b.carrier.start(now)
	if !b.carrier.forced {
		b.resolve()
		return
	}
	if !b.carrier.can {
		b.tell(BootnodeUnreachable, "it can be reached over TCP only, for which there is no way here")
		return
	}
	for _, r := range b.node.rooms {
		b.register(now, r)
	}
}

// resolve looks the address up, beside the loop.
func (b *boot) resolve() {
	b.resolving = true
	n := b.node
	n.tasks.Go(func() {
		ctx, cancel := context.WithTimeout(n.ctx, resolveRetry)
		defer cancel()
		addrs, err := n.cfg.Resolve(ctx, b.cfg.Address)
		n.mail.put(func(now time.Time) { b.resolved(now, addrs, err) })
	})
}

func (b *boot) resolved(now time.Time, addrs []netip.AddrPort, err error) {
	b.resolving = false
	if !slices.Contains(b.node.boots, b) {
		return
	}
	addrs = b.reputable(addrs)
	if err != nil || len(addrs) == 0 {
		if !b.addr.IsValid() && b.stream == nil {
			b.tell(BootnodeUnreachable, fmt.Sprintf("cannot find %s: check the name and your network", b.cfg.Address))
		}
		b.resolveAt = now.Add(resolveRetry)
		return
	}
	b.resolveAt = now.Add(resolveAgain)
	if slices.Contains(addrs, b.addr) {
		return
	}
	if b.addr.IsValid() {
		b.dropRegistrations(now)
	}
	b.addr = addrs[0]
	for _, g := range b.regs { // over TCP, while the name was looked up
		g.setAddr(b.addr)
		g.step(now, rendezvous.Open{Via: rendezvous.UDP})
	}
	for _, r := range b.node.rooms {
		b.register(now, r)
	}
	b.carrier.asked(now)
	b.carry(now)
}

// serve changes for which rooms to register.
func (b *boot) serve(now time.Time, rooms []string) {
	b.cfg.Rooms = rooms
	for _, r := range b.node.rooms {
		b.register(now, r)
	}
	for _, g := range slices.Clone(b.regs) {
		if !b.cfg.serves(g.room) {
			b.unregister(now, g.room)
		}
	}
}

// register begins the registration for a room, unless there is one or should
// be none.
func (b *boot) register(now time.Time, r *Room) {
	has := slices.ContainsFunc(b.regs, func(g *registration) bool { return g.room == r })
	reachable := b.addr.IsValid() || b.stream != nil || b.carrier.forced && b.carrier.can
	if has || !reachable || !b.cfg.serves(r) || r.quiet {
		return
	}
	n := b.node
	cfg := rendezvous.Config{
		Room: r.keys, Run: n.run, Strict: b.cfg.Strict, Token: b.cfg.Token, NoUDP: !b.addr.IsValid(), HideAddress: n.cfg.Disclose != ToEverybody,
		Rand: rand.New(rand.NewPCG(n.cfg.Rand.Uint64(), n.cfg.Rand.Uint64())),
	}
	if b.cfg.Key != (crypto.RunPublic{}) {
		cfg.ExpectedKey = &b.cfg.Key
	}
	reg := newRegistration(b, r, rendezvous.NewClient(cfg))
	b.setRegs(append(b.regs, reg))
	if b.addr.IsValid() {
		reg.setAddr(b.addr)
	}
	if b.stream != nil {
		reg.setStream(b.stream)
		reg.step(now, rendezvous.Open{Via: rendezvous.TCP})
	}
	reg.step(now, rendezvous.Announce{Sealed: r.announcement()})
	reg.step(now, rendezvous.Start{})
	if !r.silent {
		reg.step(now, rendezvous.Collect{Secret: r.boxSecret()})
	}
}

// unregister gives up the registration for a room.
func (b *boot) unregister(now time.Time, r *Room) {
	n := b.node
	b.setRegs(slices.DeleteFunc(b.regs, func(g *registration) bool {
		if g.room != r {
			return false
		}
		g.leave(now)
		g.drop(now)
		n.mu.Lock()
		at := bare(b.addr)
		n.regs[at] = slices.DeleteFunc(slices.Clone(n.regs[at]), func(x *registration) bool { return x == g })
		n.mu.Unlock()
		return true
	}))
	b.refresh()
}

// dropRegistrations forgets all registrations; their routes end.
func (b *boot) dropRegistrations(now time.Time) {
	for _, reg := range b.regs {
		reg.drop(now)
	}
	n := b.node
	n.mu.Lock()
	delete(n.regs, bare(b.addr))
	n.mu.Unlock()
	b.setRegs(nil)
}

func (b *boot) remove(now time.Time) {
	b.leave(now)
	b.dropRegistrations(now)
	b.hangUp()
}

// leave says goodbye for all rooms.
func (b *boot) leave(now time.Time) {
	for _, reg := range b.regs {
		reg.leave(now)
	}
}

// leaving reports whether a goodbye waits for the answer to a registration.
func (b *boot) leaving() bool {
	return slices.ContainsFunc(b.regs, func(g *registration) bool {
		g.mu.Lock()
		defer g.mu.Unlock()
		return g.client.Leaving()
	})
}

func (b *boot) tick(now time.Time) {
	for _, reg := range b.regs {
		if at := reg.nextDeadline(); !at.IsZero() && !now.Before(at) {
			reg.step(now, rendezvous.Timer{})
		}
		reg.expireHeld(now)
	}
	b.carrier.tick(now)
	b.carry(now)
	b.tickDeparture(now)
	if reached(now, b.limitTill) {
		b.limit(time.Time{}, "")
	}
	if !b.resolveAt.IsZero() && !now.Before(b.resolveAt) {
		b.resolveAt = time.Time{}
		if b.state != BootnodeRegistered && !b.resolving {
			b.resolve()
		} else {
			b.resolveAt = now.Add(resolveAgain)
		}
	}
}

func (b *boot) nextDeadline() time.Time {
	next := earliest(earliest(b.resolveAt, b.limitTill), b.carrier.nextDeadline())
	next = earliest(next, b.departure.look)
	for _, reg := range b.regs {
		next = earliest(next, reg.nextDeadline())
	}
	return next
}

// tell reports a changed state once.
func (b *boot) tell(s BootnodeState, reason string) {
	via := b.viaNow(s)
	if b.told && s == b.state && reason == b.reason && via == b.via {
		return
	}
	b.state, b.reason, b.via, b.told = s, reason, via, true
	b.node.tellOverTCP()
	b.node.events.Put(BootnodeChanged{State: s, Address: b.cfg.Address, Embedded: b.cfg.Embedded, Reason: reason, Via: via})
}

// viaNow is the way by which a registered bootnode is talked to: TCP if any
// room is.
func (b *boot) viaNow(s BootnodeState) Via {
	if s != BootnodeRegistered {
		return ViaNone
	}
	for _, g := range b.regs {
		if g.state == rendezvous.Registered && g.via == rendezvous.TCP {
			return ViaTCP
		}
	}
	return ViaUDP
}

// resolve finds the addresses of host:port, IPv6 after IPv4: a bootnode that
// listens on IPv4 only must not be missed for want of an answer.
func resolve(ctx context.Context, hostport string) ([]netip.AddrPort, error) {
	host, portText, err := net.SplitHostPort(hostport)
	if err != nil {
		return nil, err
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, err
	}
	if ip, err := netip.ParseAddr(host); err == nil { // keeps a zone, which the resolver loses
		return []netip.AddrPort{netip.AddrPortFrom(ip.Unmap(), uint16(port))}, nil
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(ips, func(a, b netip.Addr) int {
		return btoi(a.Unmap().Is6()) - btoi(b.Unmap().Is6())
	})
	out := make([]netip.AddrPort, 0, len(ips))
	for _, ip := range ips {
		out = append(out, netip.AddrPortFrom(ip.Unmap(), uint16(port)))
	}
	return out, nil
}

// bare is an address without zone, as the socket's reader tells sources.
func bare(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().WithZone(""), a.Port())
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
