package peer

import (
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/text"
	"gochat/internal/wire"
)

// registration is one room's place at one bootnode. The client is stepped by
// the loop and seals and opens relay frames for whoever sends and receives, so
// it has a lock of its own, the innermost one.
type registration struct {
	boot *boot
	room *Room

	mu     sync.Mutex
	client *rendezvous.Client
	addr   netip.AddrPort // of UDP; invalid: not known
	stream Stream         // over TCP; nil: none
	held   []heldPacket
	doubt  doubt

	carried struct{ packets, bytes atomic.Uint64 } // by the relay, in both directions

	// owned by the loop
	state    rendezvous.State
	via      rendezvous.Via
	heardUDP time.Time // last told to the carrier
	reason   string
	observed netip.AddrPort               // our address as it sees it
	sessions map[crypto.SessionID]*member // who is listed here
	missing  int                          // of the list, changes that are yet to come
	welcomed bool                         // within the step that brought the WELCOME
	measured rendezvous.Measured
	mailbox  rendezvous.Mailbox
	since    time.Time     // registered
	every    time.Duration // a sign of life
	told     bool          // that this room is not served while others are
	declined bool          // unreachable by its own word: it answers, and does not take us in
}

func newRegistration(b *boot, r *Room, c *rendezvous.Client) *registration {
	return &registration{boot: b, room: r, client: c, sessions: map[crypto.SessionID]*member{}}
}

// step runs the client and does what it wants. Loop only.
func (g *registration) step(now time.Time, ev rendezvous.Event) {
	g.mu.Lock()
	acts := slices.Clone(g.client.Step(now, ev))
	heard := g.client.Heard(rendezvous.UDP)
	if x := g.client.Heard(rendezvous.TCP); heard.Equal(now) || x.Equal(now) {
		g.doubt.heard()
	}
	g.mu.Unlock()
	if heard != g.heardUDP {
		g.heardUDP = heard
		g.boot.carrier.answered(now)
	}
	g.welcomed = slices.ContainsFunc(acts, func(a rendezvous.Action) bool {
		_, ok := a.(rendezvous.Welcomed)
		return ok
	})
	for _, a := range acts {
		g.act(now, a)
	}
	g.room.callRoll(now)
	g.boot.carry(now)
}

func (g *registration) act(now time.Time, a rendezvous.Action) {
	n := g.boot.node
	switch a := a.(type) {
	case rendezvous.Send:
		g.send(a.Packet, a.Via)
	case rendezvous.Moved:
		g.moved(now, a.Via)
	case rendezvous.Unanswered:
		g.boot.carrier.unanswered(now, a.Via, a.For, a.Beats)
		if a.Via == rendezvous.UDP {
			n.conn.Suspect()
		}
	case rendezvous.StateChanged:
		g.changed(now, a)
	case rendezvous.KeySeen:
		g.keySeen(a)
	case rendezvous.KeyMismatch:
		g.keyMismatch(a)
	case rendezvous.Observed:
		g.seen(now, a)
	case rendezvous.Welcomed:
		g.every = a.Heartbeat
	case rendezvous.Measured:
		g.measured = a
	case rendezvous.MemberPresent:
		g.present(now, a)
	case rendezvous.Reached:
		n.reach.sent++
	case rendezvous.Noticed:
		g.boot.noticed(now, a.Code)
	case rendezvous.Mailbox:
		g.mailbox = a
		g.room.post.hurry(now)
	case rendezvous.NoBox:
		g.room.noBox(g)
	case rendezvous.Deposited:
		g.room.deposited(now, g, a)
	case rendezvous.Collected:
		g.room.collected(now, g, a)
	case rendezvous.Told:
		g.boot.heard(now, a)
	case rendezvous.Departing:
		g.boot.departs(now, a)
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

// changed takes another state of the registration.
func (g *registration) changed(now time.Time, a rendezvous.StateChanged) {
	g.state, g.reason, g.missing, g.since = a.State, a.Reason, 0, now
	g.declined = a.State == rendezvous.Unreachable && g.refused()
	if a.State == rendezvous.Registered {
		g.boot.returned(now)
	}
	for _, m := range g.sessions {
		m.contact.updateRelay()
	}
	g.boot.refresh()
	if a.State != rendezvous.Registered {
		g.boot.node.conn.Suspect()
		if !slices.ContainsFunc(g.boot.regs, func(x *registration) bool { return x.state == rendezvous.Registered }) {
			g.boot.carrier.fell()
		}
	}
	if a.State == rendezvous.Connecting && g.boot.state != BootnodeRegistered {
		g.boot.carrier.lost(now)
	}
	if a.State == rendezvous.Unreachable {
		g.failed()
	}
}

// seen takes our address as the bootnode sees it.
func (g *registration) seen(now time.Time, a rendezvous.Observed) {
	n := g.boot.node
	if a.Via == rendezvous.TCP {
		if g.addr.IsValid() && n.cfg.Disclose != ToNobody {
			n.conn.AddSTUN(g.addr) // its answer will show that UDP works again
		}
		return // no address for UDP
	}
	n.conn.SetObserved(g.boot.cfg.Address, a.Addr)
	g.observed = a.Addr
	n.compareMapped(a.Addr)
	if n.cfg.Disclose == ToNobody {
		return // nobody is to be told what is found
	}
	n.startReach(now)
	// Two ports show how the NAT maps.
	n.conn.AddSTUN(g.addr)
	if a.STUNPort != 0 {
		n.conn.AddSTUN(netip.AddrPortFrom(g.addr.Addr(), a.STUNPort))
	}
}

// Codes of notices that programs act upon.
const (
	CodeBootnodeKey        = "bootnode-key-mismatch"
	CodeBootnodeKeyChanged = "bootnode-key-changed"
	CodeNickKey            = "nick-has-another-key"
	CodeNickRefused        = "nick-refused"
	CodeClock              = "clock-off"
	CodeFork               = "fork"
	CodeStore              = "store"
	CodeTwin               = "identity-in-use"
	CodeNotRegistered      = "not-registered"
	CodeRelayLimited       = "relay-limited"
	CodeRelayQuota         = "relay-quota"
	CodeMailboxKept        = "mailbox-kept"
	CodeMailboxFull        = "mailbox-full"
	CodeMailboxUnknown     = "mailbox-unknown"
	CodeMailboxNone        = "mailbox-none"
	CodeBootnodeMOTD       = "bootnode-motd"
	CodeBootnodeNotice     = "bootnode-notice"
	CodeBootnodeReason     = "bootnode-reason"
	CodeBootnodeStops      = "bootnode-stops"
	CodeBootnodeStays      = "bootnode-stays"
)

// maxReason is how much is told of why a connection did not come up, some of
// which are the words of others.
const maxReason = 300

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
	if n.cfg.OnBootnodeKey != nil && !g.boot.cfg.Embedded && g.boot.standsFor == nil {
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
	b.wrongKey = true
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
	g.room.unposted(now, g)
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

func (g *registration) refused() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.client.Refused()
}

// ServesOthers is the reason why a bootnode inside a member's process refuses, found
// nearby or named: it serves its own rooms alone, and no other bootnode refuses so.
const ServesOthers = "it serves another room"

// refresh derives the bootnode's state from its registrations.
func (b *boot) refresh() {
	state, reason, declined := BootnodeUnreachable, "", false
	for _, g := range b.regs {
		switch {
		case g.state == rendezvous.Registered:
			if b.viaNow(BootnodeRegistered) == ViaTCP && !b.carrier.forced {
				reason = "reached over TCP, as it does not answer by UDP; trying that again from time to time"
			} else {
				reason = ""
			}
			b.tell(BootnodeRegistered, reason)
			b.tellLacking()
			return
		case g.state == rendezvous.Connecting:
			state = BootnodeConnecting
		default:
			reason = firstNonEmpty(reason, g.reason)
			declined = declined || g.declined
			if g.reason == wire.StatusRefused.String() {
				reason = ServesOthers
			}
		}
	}
	if state == BootnodeConnecting {
		reason = ""
	} else if b.streamErr != nil && !declined { // whoever says no by UDP says so by TCP
		why := "over TCP: " + b.streamErr.Error()
		if !b.carrier.forced {
			why = reason + "; " + why
		}
		reason = text.Clean(why, maxReason)
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
	if len(regs) > 0 {
		n.answered(p, rendezvous.UDP, func() []*registration { return regs })
	}
}

// answered hands a bootnode's packet to its registrations.
func (n *Node) answered(p []byte, v rendezvous.Via, regs func() []*registration) {
	p = slices.Clone(p)
	n.mail.put(func(now time.Time) {
		for _, g := range slices.Clone(regs()) {
			g.step(now, rendezvous.Packet{Data: p, Via: v})
		}
	})
}
