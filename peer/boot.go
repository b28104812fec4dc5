package peer

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
)

// Bootnode names one rendezvous server.
type Bootnode struct {
	Address string // host:port
	// Key is the key it is expected to have; zero: unknown. Strict says that
	// the user gave the key: another one is refused instead of warned about.
	Key    crypto.RunPublic
	Strict bool
	// Embedded: found on this host or LAN, or run by this process.
	Embedded bool
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
	told      bool
}

// same reports whether it is the bootnode that another entry means.
func (b Bootnode) same(c Bootnode) bool { return b.Address == c.Address && b.Key == c.Key }

// SetBootnodes replaces the set of bootnodes to register with. Registrations
// that stay are not disturbed.
func (n *Node) SetBootnodes(list []Bootnode) error {
	return n.do(func(now time.Time) {
		n.boots = slices.DeleteFunc(n.boots, func(b *boot) bool {
			if slices.ContainsFunc(list, b.cfg.same) {
				return false
			}
			b.remove(now)
			return true
		})
		for _, c := range list {
			if i := slices.IndexFunc(n.boots, func(b *boot) bool { return b.cfg.same(c) }); i >= 0 {
				n.boots[i].serve(now, c.Rooms)
				continue
			}
			b := &boot{node: n, cfg: c}
			n.boots = append(n.boots, b)
			b.tell(BootnodeConnecting, "")
			b.resolve()
		}
	})
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
	if err != nil || len(addrs) == 0 {
		if !b.addr.IsValid() {
			b.tell(BootnodeUnreachable, fmt.Sprintf("cannot find %s: check the name and your network", b.cfg.Address))
		}
		b.resolveAt = now.Add(resolveRetry)
		return
	}
	b.resolveAt = now.Add(resolveAgain)
	if slices.Contains(addrs, b.addr) {
		return
	}
	b.dropRegistrations(now)
	b.addr = addrs[0]
	for _, r := range b.node.rooms {
		b.register(now, r)
	}
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
	if has || !b.addr.IsValid() || !b.cfg.serves(r) || r.quiet {
		return
	}
	n := b.node
	cfg := rendezvous.Config{
		Room: r.keys, Run: n.run, Strict: b.cfg.Strict,
		Rand: rand.New(rand.NewPCG(n.cfg.Rand.Uint64(), n.cfg.Rand.Uint64())),
	}
	if b.cfg.Key != (crypto.RunPublic{}) {
		cfg.ExpectedKey = &b.cfg.Key
	}
	reg := newRegistration(b, r, rendezvous.NewClient(cfg))
	b.regs = append(b.regs, reg)
	n.mu.Lock()
	n.regs[bare(b.addr)] = append(n.regs[bare(b.addr)], reg)
	n.mu.Unlock()
	reg.step(now, rendezvous.Announce{Sealed: r.announcement()})
	reg.step(now, rendezvous.Start{})
}

// unregister gives up the registration for a room.
func (b *boot) unregister(now time.Time, r *Room) {
	n := b.node
	b.regs = slices.DeleteFunc(b.regs, func(g *registration) bool {
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
	})
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
	b.regs = nil
}

func (b *boot) remove(now time.Time) {
	b.leave(now)
	b.dropRegistrations(now)
}

// leave says goodbye for all rooms.
func (b *boot) leave(now time.Time) {
	for _, reg := range b.regs {
		reg.leave(now)
	}
}

func (b *boot) tick(now time.Time) {
	for _, reg := range b.regs {
		if at := reg.nextDeadline(); !at.IsZero() && !now.Before(at) {
			reg.step(now, rendezvous.Timer{})
		}
		reg.expireHeld(now)
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
	next := b.resolveAt
	for _, reg := range b.regs {
		next = earliest(next, reg.nextDeadline())
	}
	return next
}

// tell reports a changed state once.
func (b *boot) tell(s BootnodeState, reason string) {
	if b.told && s == b.state && reason == b.reason {
		return
	}
	b.state, b.reason, b.told = s, reason, true
	b.node.events.Put(BootnodeChanged{State: s, Address: b.cfg.Address, Embedded: b.cfg.Embedded, Reason: reason})
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
