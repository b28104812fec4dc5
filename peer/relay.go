package peer

import (
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/wire"
)

// Packets from channels the roster does not name yet are held for a moment:
// the roster's change may be right behind them.
const (
	heldPerChannel = 4
	heldChannels   = 64
	heldFor        = time.Second
)

type heldPacket struct {
	channel uint32
	p       []byte
	at      time.Time
}

// sendRelay carries a packet to a channel, if registered. Any goroutine.
func (g *registration) sendRelay(channel uint32, p []byte) bool {
	g.mu.Lock()
	frame, ok := g.client.SealRelay(make([]byte, 0, wire.MaxPacket), channel, p)
	via := g.client.Via()
	ask := ok && g.doubt.sent(time.Now())
	g.mu.Unlock()
	if ok {
		g.count(p)
	}
	if ask {
		g.boot.node.mail.put(func(now time.Time) { g.step(now, rendezvous.Doubt{}) })
	}
	return ok && g.send(frame, via)
}

// doubt notices that packets leave for the relay while nothing comes back from
// the bootnode: the next beat, which would show it, may be far off.
type doubt struct {
	since time.Time // of the first packet without anything back; zero: none
	asked time.Time // the bootnode, last
}

// doubtAfter is more than most relays take; a slow one answers a beat too many.
const (
	doubtAfter = 300 * time.Millisecond
	doubtPause = time.Second // between two beats because of that: the other member may be who is silent
)

// sent notes a packet, and reports whether to ask the bootnode if it is there.
func (d *doubt) sent(now time.Time) bool {
	if d.since.IsZero() {
		d.since = now
	}
	if now.Sub(d.since) < doubtAfter || !d.asked.Before(d.since) || now.Sub(d.asked) < doubtPause {
		return false
	}
	d.asked = now
	return true
}

// heard ends it: something came from the bootnode.
func (d *doubt) heard() { d.since = time.Time{} }

// openRelay opens a relay frame if it is this registration's. unknown: it is,
// but from a channel the roster does not name.
func (g *registration) openRelay(frame []byte) (id crypto.SessionID, p []byte, unknown, ours bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	channel, id, p, err := g.client.OpenRelay(frame)
	if err != nil {
		return id, nil, false, false
	}
	g.doubt.heard()
	if id == (crypto.SessionID{}) {
		g.hold(channel, p)
		return id, nil, true, true
	}
	return id, p, false, true
}

// count notes a packet that the relay carried.
func (g *registration) count(p []byte) {
	g.carried.packets.Add(1)
	g.carried.bytes.Add(uint64(len(p)))
}

func (g *registration) hold(channel uint32, p []byte) {
	n := 0
	for _, h := range g.held {
		if h.channel == channel {
			n++
		}
	}
	if n < heldPerChannel && len(g.held) < heldPerChannel*heldChannels {
		g.held = append(g.held, heldPacket{channel, slices.Clone(p), time.Now()})
	}
}

func (g *registration) takeHeld(now time.Time, channel uint32) (out [][]byte) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = slices.DeleteFunc(g.held, func(h heldPacket) bool {
		if h.channel == channel && now.Sub(h.at) <= heldFor {
			out = append(out, h.p)
		}
		return h.channel == channel
	})
	return out
}

func (g *registration) expireHeld(now time.Time) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.held = slices.DeleteFunc(g.held, func(h heldPacket) bool { return now.Sub(h.at) > heldFor })
}

// onRelay takes a relay frame from the socket, on the socket's goroutine: what
// is inside is as urgent as a direct packet.
func (n *Node) onRelay(p []byte, from netip.AddrPort) {
	n.mu.Lock()
	regs := n.regs[from]
	n.mu.Unlock()
	n.relayed(p, regs)
}

// relayed takes a relay frame of one of these registrations.
func (n *Node) relayed(p []byte, regs []*registration) {
	for _, g := range regs {
		id, packet, unknown, ours := g.openRelay(p)
		if !ours {
			continue
		}
		g.count(packet)
		if unknown {
			n.mail.put(func(now time.Time) { g.step(now, rendezvous.UnknownChannel{}) })
			return
		}
		n.deliver(id, packet)
		return
	}
}

// deliver hands a relayed packet to the contact of a session. The registration
// knows a newcomer a moment before the loop has made a contact of it: then the
// packet waits for the loop, since QUIC would repeat it only after 200 ms.
func (n *Node) deliver(id crypto.SessionID, packet []byte) {
	if c := n.contactOf(id); c != nil {
		c.remote.Deliver(packet)
		return
	}
	n.mail.put(func(time.Time) {
		if c := n.contactOf(id); c != nil {
			c.remote.Deliver(packet)
		}
	})
}
