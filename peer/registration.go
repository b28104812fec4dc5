package peer

import (
	"net/netip"
	"slices"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
)

// registration is one room's place at one bootnode. The client is stepped by
// the loop and seals and opens relay frames for whoever sends and receives, so
// it has a lock of its own, the innermost one.
type registration struct {
	boot *boot
	room *Room
	addr netip.AddrPort

	mu     sync.Mutex
	client *rendezvous.Client
	held   []heldPacket

	// owned by the loop
	state    rendezvous.State
	reason   string
	sessions map[crypto.SessionID]*member // who is listed here
	missing  int                          // of the list, changes that are yet to come
	welcomed bool                         // within the step that brought the WELCOME
	told     bool                         // that this room is not served while others are
}

func newRegistration(b *boot, r *Room, c *rendezvous.Client) *registration {
	return &registration{boot: b, room: r, addr: b.addr, client: c, sessions: map[crypto.SessionID]*member{}}
}

// step runs the client and does what it wants. Loop only.
func (g *registration) step(now time.Time, ev rendezvous.Event) {
	g.mu.Lock()
	acts := slices.Clone(g.client.Step(now, ev))
	g.mu.Unlock()
	g.welcomed = slices.ContainsFunc(acts, func(a rendezvous.Action) bool {
		_, ok := a.(rendezvous.Welcomed)
		return ok
	})
	for _, a := range acts {
		g.act(now, a)
	}
	g.room.callRoll(now)
}

func (g *registration) act(now time.Time, a rendezvous.Action) {
	n := g.boot.node
	switch a := a.(type) {
	case rendezvous.Send:
		n.conn.Send(a.Packet, g.addr)
	case rendezvous.StateChanged:
		g.state, g.reason, g.missing = a.State, a.Reason, 0
		for _, m := range g.sessions {
			m.contact.updateRelay()
		}
		g.boot.refresh()
		if a.State == rendezvous.Unreachable {
			g.failed()
		}
	case rendezvous.KeySeen:
		g.keySeen(a)
	case rendezvous.KeyMismatch:
		g.keyMismatch(a)
	case rendezvous.Observed:
		n.conn.SetObserved(g.boot.cfg.Address, a.Addr)
		if a.STUNPort != 0 {
			n.conn.AddSTUN(netip.AddrPortFrom(g.addr.Addr(), a.STUNPort))
		}
	case rendezvous.MemberPresent:
		g.present(now, a)
	case rendezvous.Listed:
		g.missing = a.Missing
	case rendezvous.MemberLeft:
		g.room.twinLeft(now, a.Session)
		if m := g.sessions[a.Session]; m != nil {
			delete(g.sessions, a.Session)
			m.removeRoute(now, g)
		}
	}
}

// Codes of notices that programs act upon.
const (
	CodeBootnodeKey        = "bootnode-key-mismatch"
	CodeBootnodeKeyChanged = "bootnode-key-changed"
	CodeNickKey            = "nick-has-another-key"
	CodeClock              = "clock-off"
	CodeFork               = "fork"
	CodeStore              = "store"
	CodeTwin               = "identity-in-use"
	CodeNotRegistered      = "not-registered"
)

// failed tells that this room cannot be registered, or no more.
func (g *registration) failed() {
	if f := g.boot.node.cfg.OnUnregistered; f != nil {
		f(g.room.name, g.boot.cfg.Address)
	}
}

func (g *registration) keySeen(a rendezvous.KeySeen) {
	n := g.boot.node
	if a.Changed {
		n.events.Put(Notice{Level: Warning, Code: CodeBootnodeKeyChanged, Text: "the bootnode " + g.boot.cfg.Address +
			" has another key than last time. It may have been set up anew; it cannot read messages in any case."})
	}
	if n.cfg.OnBootnodeKey != nil && !g.boot.cfg.Embedded {
		n.cfg.OnBootnodeKey(g.boot.cfg.Address, a.Key)
	}
}

// keyMismatch: on the LAN another process has taken over the port of a bootnode
// that went; elsewhere the user has to know.
func (g *registration) keyMismatch(a rendezvous.KeyMismatch) {
	b := g.boot
	if b.cfg.Embedded {
		b.tell(BootnodeUnreachable, "another bootnode answers there")
		g.failed()
		return
	}
	b.node.events.Put(Notice{Level: Failure, Code: CodeBootnodeKey, Text: "the bootnode " + b.cfg.Address +
		" shows the key " + a.Got.String() + ", not the one you gave (" + a.Expected.String() +
		"). Someone may be in between; ask its operator for the right key."})
	b.tell(BootnodeUnreachable, "it shows another key than the one you gave")
}

// present takes a listed member.
func (g *registration) present(now time.Time, a rendezvous.MemberPresent) {
	n := g.room.node
	if a.Announcement.Peer == n.Key() {
		g.twinSeen(a)
		return
	}
	m := g.room.announced(now, a)
	if m == nil {
		return
	}
	g.sessions[a.Session] = m
	m.addRoute(now, route{g, a.Channel}, a, g.welcomed)
	n.meet(now, m.contact)
	for _, p := range g.takeHeld(now, a.Channel) {
		m.contact.remote.Deliver(p)
	}
}

// leave says goodbye, twice: the packet may be lost.
func (g *registration) leave(now time.Time) {
	g.step(now, rendezvous.Leave{})
	g.step(now, rendezvous.Leave{})
}

// drop ends the registration without a goodbye.
func (g *registration) drop(now time.Time) {
	for _, m := range g.sessions {
		m.removeRoute(now, g)
	}
	clear(g.sessions)
	g.missing = 0
	g.room.callRoll(now)
	for id, at := range g.room.twins {
		if at == g {
			g.room.twinLeft(now, id)
		}
	}
}

func (g *registration) nextDeadline() time.Time {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.client.NextDeadline()
}

// refresh derives the bootnode's state from its registrations.
func (b *boot) refresh() {
	state, reason := BootnodeUnreachable, ""
	for _, g := range b.regs {
		switch {
		case g.state == rendezvous.Registered:
			b.tell(BootnodeRegistered, "")
			b.tellLacking()
			return
		case g.state == rendezvous.Connecting:
			state = BootnodeConnecting
		default:
			reason = firstNonEmpty(reason, g.reason)
		}
	}
	if state == BootnodeConnecting {
		reason = ""
	}
	if len(b.regs) > 0 {
		b.tell(state, reason)
	}
}

// tellLacking tells, once, of rooms that a bootnode does not take while it
// takes others: its state does not show them.
func (b *boot) tellLacking() {
	for _, g := range b.regs {
		lacking := g.state == rendezvous.Unreachable
		if lacking && !g.told && !b.cfg.Embedded {
			g.room.emit(Notice{Room: g.room.name, Level: Warning, Code: CodeNotRegistered,
				Text: "the bootnode " + b.cfg.Address + " does not serve this room: " + g.reason + "; trying on"})
		}
		g.told = lacking
	}
}

// onRendezvous takes a rendezvous packet from the socket.
func (n *Node) onRendezvous(p []byte, from netip.AddrPort) {
	n.mu.Lock()
	regs := n.regs[from]
	n.mu.Unlock()
	if len(regs) == 0 {
		return
	}
	p = slices.Clone(p)
	n.mail.put(func(now time.Time) {
		for _, g := range regs {
			g.step(now, rendezvous.Packet{Data: p})
		}
	})
}
