package peer

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
)

const (
	mostStandIns = 2                      // of the bootnodes one names: a false one must not send us all over the world
	lookEvery    = 250 * time.Millisecond // whether everybody can be met elsewhere
	lookLater    = 5 * time.Second        // whether those who stand in can go
	settled      = 2 * time.Second        // a registration elsewhere lasts so long before one is left for it
	standInTrial = time.Minute            // in which one who stands in has to answer
	lastsAgain   = time.Minute            // a bootnode that came back has lasted so long before its stand-ins go
	mostAway     = time.Hour              // a bootnode can say to be away
)

// departure is the planned stop of a bootnode, from its word on until it is back.
type departure struct {
	stop    time.Time // zero: none is planned
	look    time.Time // when to see what can be done; zero: nothing can
	retired bool      // we have left
}

// departing reports whether a bootnode is about to stop, or has.
func (b *boot) departing() bool { return !b.departure.stop.IsZero() }

// departs takes the word of a bootnode that it stops, and goes for those it names
// before it leaves: nobody is to be out of reach meanwhile.
func (b *boot) departs(now time.Time, a rendezvous.Departing) {
	n := b.node
	switch {
	case b.cfg.Embedded: // the network's own ways find another
		return
	case a.CalledOff:
		if b.departing() && !b.departure.retired {
			if b.spoken.take(now) {
				n.events.Put(Notice{Level: Info, Code: CodeBootnodeStays, Text: "the bootnode " + b.cfg.Address + " stays after all"})
			}
			b.departure = departure{look: now.Add(lookLater)} // those who stand in are needed no more
			b.updateRelays()
		}
		return
	case b.departing():
		b.departure.stop = now.Add(min(a.In, mostAway))
		if len(b.standIns()) == 0 { // it names some now, perhaps
			b.addStandIns(now, a.Elsewhere)
		}
		return
	}
	b.departure = departure{stop: now.Add(min(a.In, mostAway)), look: now}
	names := b.addStandIns(now, a.Elsewhere)
	text := fmt.Sprintf("the bootnode %s stops in %v", b.cfg.Address, a.In)
	others := slices.ContainsFunc(n.boots, func(x *boot) bool {
		return x != b && x.standsFor != b && !x.departing() && x.state == BootnodeRegistered
	})
	switch {
	case len(names) > 0:
		text += " and sends its members to " + strings.Join(names, " and ") + "; going there"
	case others:
		text += "; the other bootnodes serve on"
	default:
		text += " and names no other: links that are direct go on, others wait until it is back"
	}
	if b.spoken.take(now) { // by turns with the opposite it would flood
		n.events.Put(Notice{Level: Info, Code: CodeBootnodeStops, Text: text})
	}
	b.updateRelays()
}

// addStandIns registers with those a bootnode names and returns their addresses.
func (b *boot) addStandIns(now time.Time, list []wire.Alternative) (names []string) {
	n := b.node
	if b.standsFor != nil { // no chains: the bootnode that was named will be back
		return nil
	}
	for _, a := range list {
		if len(b.standIns()) == mostStandIns {
			break
		}
		c := Bootnode{Address: a.Address, Key: a.Key, Strict: a.Key != crypto.RunPublic{}, Token: b.cfg.Token, Rooms: b.cfg.Rooms}
		known := slices.ContainsFunc(n.boots, func(x *boot) bool {
			return x.cfg.Address == c.Address || c.Strict && x.cfg.Key == c.Key
		})
		if known || b.cfg.Strict && !c.Strict || !b.plausible(a.Address) {
			continue
		}
		x := n.newBoot(c)
		x.standsFor = b
		n.boots = append(n.boots, x)
		names = append(names, a.Address)
		x.begin(now)
	}
	return names
}

// standIns are those that stand in for a bootnode.
func (b *boot) standIns() (list []*boot) {
	for _, x := range b.node.boots {
		if x.standsFor == b {
			list = append(list, x)
		}
	}
	return list
}

// plausible reports whether an address that a bootnode names may be that of
// another.
func (b *boot) plausible(address string) bool {
	host, port, ok := placeOf(address)
	if !ok || host == "" || port == "" || port == "0" || isURL(address) && b.node.cfg.DialWS == nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return err != nil || b.bounds().allow(ip)
}

// placeOf is where HOST:PORT or a URL leads. A URL without a port has "443".
func placeOf(address string) (host, port string, ok bool) {
	if !isURL(address) {
		host, port, err := net.SplitHostPort(address)
		return host, port, err == nil
	}
	u, err := url.Parse(address)
	if err != nil || u.User != nil {
		return "", "", false
	}
	return u.Hostname(), cmp.Or(u.Port(), "443"), true
}

// bounds say to which addresses a bootnode may send us: one on the internet has
// no business in the networks behind our router.
type bounds struct{ inside bool }

func (b *boot) bounds() bounds {
	at := b.addr.Addr()
	if host, _, ok := placeOf(b.cfg.Address); ok && !at.IsValid() { // by TCP no name is looked up here
		at, _ = netip.ParseAddr(host)
	}
	return bounds{isInside(at.Unmap())}
}

func (b bounds) allow(a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && !a.IsUnspecified() && !a.IsMulticast() && (b.inside || !isInside(a))
}

// shared is what providers use behind their own NATs, and VPNs (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

func isInside(a netip.Addr) bool {
	return a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || shared.Contains(a)
}

// reputable leaves out addresses that whoever named this bootnode may not send
// us to.
func (b *boot) reputable(addrs []netip.AddrPort) []netip.AddrPort {
	if b.standsFor == nil {
		return addrs
	}
	bounds := b.standsFor.bounds()
	return slices.DeleteFunc(slices.Clone(addrs), func(a netip.AddrPort) bool { return !bounds.allow(a.Addr()) })
}

// named is the bootnode that the user named: for one who stands in, that is the
// one it stands in for.
func (b *boot) named() Bootnode {
	if b.standsFor != nil {
		return b.standsFor.cfg
	}
	return b.cfg
}

// tickDeparture leaves a bootnode that is about to stop as soon as nobody is out
// of reach by it, and lets those who stood in go when they are needed no more.
func (b *boot) tickDeparture(now time.Time) {
	x := &b.departure
	if !reached(now, x.look) {
		return
	}
	switch {
	case b.departing() && !x.retired:
		x.look = now.Add(lookEvery)
		if b.dispensable(now) {
			x.retired, x.look = true, now.Add(standInTrial)
			for _, g := range b.regs {
				g.step(now, rendezvous.Retire{For: x.stop.Sub(now) + settled})
			}
		}
	case b.releaseStandIns(now, !b.departing()) == 0:
		x.look = time.Time{}
	default:
		x.look = now.Add(lookLater)
	}
}

// dispensable reports whether all rooms are registered elsewhere, and everybody
// who is listed here is listed there, or linked directly.
func (b *boot) dispensable(now time.Time) bool {
	n := b.node
	serves := func(g *registration) bool {
		x := g.boot
		return x != b && slices.Contains(n.boots, x) && !x.departing() && g.state == rendezvous.Registered && g.missing == 0 && now.Sub(g.since) >= settled
	}
	for _, g := range b.regs {
		if g.state != rendezvous.Registered {
			continue
		}
		elsewhere := slices.ContainsFunc(n.boots, func(x *boot) bool {
			return slices.ContainsFunc(x.regs, func(y *registration) bool { return y.room == g.room && serves(y) })
		})
		if !elsewhere {
			return false
		}
		for _, m := range g.sessions {
			if !m.contact.direct && !slices.ContainsFunc(m.routes, func(rt route) bool { return serves(rt.reg) }) {
				return false
			}
		}
	}
	return len(b.regs) > 0
}

// returned notes that a registration stands. A bootnode that was about to stop is
// back.
func (b *boot) returned(now time.Time) {
	if b.departing() && (b.departure.retired || now.After(b.departure.stop)) {
		b.departure = departure{look: now.Add(lastsAgain)}
	}
}

// releaseStandIns lets those go that never answered, and, if the bootnode they
// stand in for is back, those by which nobody is out of reach. It returns how
// many are left.
func (b *boot) releaseStandIns(now time.Time, back bool) (left int) {
	n := b.node
	for _, x := range b.standIns() {
		silent := x.state != BootnodeRegistered && now.Sub(x.began) >= standInTrial
		if !silent && !(back && x.dispensable(now)) {
			left++
			continue
		}
		n.boots = slices.DeleteFunc(slices.Clone(n.boots), func(y *boot) bool { return y == x })
		x.remove(now)
	}
	n.tellOverTCP()
	return left
}

// updateRelays has everybody met through the bootnode met through others, if
// there are any.
func (b *boot) updateRelays() {
	for _, g := range b.regs {
		for _, m := range g.sessions {
			m.contact.updateRelay()
		}
	}
}
