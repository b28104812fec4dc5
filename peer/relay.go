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
	g.mu.Unlock()
	if ok {
		g.boot.node.conn.Send(frame, g.addr)
	}
	return ok
}

// openRelay opens a relay frame if it is this registration's. unknown: it is,
// but from a channel the roster does not name.
func (g *registration) openRelay(frame []byte) (id crypto.SessionID, p []byte, unknown, ours bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	channel, id, p, err := g.client.OpenRelay(frame)
	if err != nil {
		return id, nil, false, false
	}
	if id == (crypto.SessionID{}) {
		g.hold(channel, p)
		return id, nil, true, true
	}
	return id, p, false, true
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
	for _, g := range regs {
		id, packet, unknown, ours := g.openRelay(p)
		if !ours {
			continue
		}
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
