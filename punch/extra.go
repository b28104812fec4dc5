package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// extra is a further socket, opened for a round or for the survey.
type extra struct {
	remote *Remote // whose agent asked for it; nil: the survey
	id     int
	sock   udp.Conn
	asking asking
	done   func(now time.Time, seen []netip.AddrPort, fx *effects) // nil: nobody waits
}

// extraBatch packets are read at once; most of these sockets get none.
const extraBatch = 4

type extraKey struct {
	remote *Remote
	id     int
}

// openExtra opens a socket and asks servers how they see it. Called without
// the lock.
func (c *Conn) openExtra(o openSocket) {
	x := &extra{remote: o.remote, id: o.id, done: o.done}
	sock, err := c.cfg.OpenSocket(0)
	c.change(func(now time.Time, fx *effects) {
		key := extraKey{o.remote, o.id}
		gone := c.extrasClosed || o.remote != nil && (o.remote.removed || !slices.Contains(o.remote.agent.socks, o.id))
		if err != nil || gone {
			if err == nil {
				sock.Close()
			}
			if o.done != nil && !gone {
				o.done(now, nil, fx)
			}
			return
		}
		c.closeExtra(key) // of a survey that the network's change ended
		x.sock = sock
		c.extras[key] = x
		c.readers.Go(func() { c.readExtra(x) })
		if o.ask > 0 {
			x.asking = newAsking(now, c.stun.answering(o.ask), wire.NewTxID)
			c.ask(now, x, fx)
		}
	})
}

// ask sends what is due of a socket's questions. Called under mu.
func (c *Conn) ask(now time.Time, x *extra, fx *effects) {
	for _, r := range x.asking.step(now) {
		fx.direct = append(fx.direct, directPacket{p: wire.STUNRequest(r.id), to: r.to, remote: x.remote, sock: x.id})
	}
	if x.done != nil && x.asking.over(now) {
		done := x.done
		x.done = nil
		done(now, x.asking.seen(), fx)
	}
	c.rearm(x.asking.nextDeadline(now), fx)
}

func (c *Conn) readExtra(x *extra) {
	batch := make([]udp.Packet, extraBatch)
	for i := range batch {
		batch[i].Buf = make([]byte, 2048)
	}
	for {
		n, err := x.sock.ReadBatch(batch)
		if err != nil {
			return // closed; another failure shows as silence
		}
		c.Counters.Received.Add(uint64(n))
		for i := range n {
			p := &batch[i]
			c.Counters.ReceivedBytes.Add(uint64(p.N))
			c.handleExtra(x, p.Bytes(), plain(p.Addr))
		}
	}
}

// handleExtra sorts a packet that came by a further socket: there only probes,
// data of the member it is for, and STUN can come.
func (c *Conn) handleExtra(x *extra, p []byte, from netip.AddrPort) {
	switch wire.Classify(p) {
	case wire.ClassQUIC:
		c.handleQUIC(p, from)
	case wire.ClassDisco:
		c.handleDisco(p, from, x)
	case wire.ClassSTUN:
		if id, mapped, err := wire.ParseSTUNResponse(p); err == nil {
			c.change(func(now time.Time, fx *effects) {
				if x.remote == nil && c.surveyAnswered(from, id) {
					return
				}
				if !x.asking.answered(from, id, mapped) {
					c.Counters.BadReply.Add(1)
					return
				}
				c.ask(now, x, fx)
			})
			return
		}
		if !c.surveyHeard(p) {
			c.Counters.BadReply.Add(1)
		}
	default:
		c.Counters.Unknown.Add(1)
	}
}

// closeExtra closes a socket. Called under mu.
func (c *Conn) closeExtra(key extraKey) {
	if x := c.extras[key]; x != nil {
		delete(c.extras, key)
		x.sock.Close()
	}
}

// closeExtras closes the sockets of one Remote. Called under mu.
func (c *Conn) closeExtras(r *Remote) {
	for key := range c.extras {
		if key.remote == r {
			c.closeExtra(key)
		}
	}
}

// sendBy writes a packet by one of our sockets. A socket that is gone, like a
// network that is unreachable, means a lost packet: every sender repeats.
func (c *Conn) sendBy(d directPacket) {
	c.Counters.Sent.Add(1)
	c.Counters.SentBytes.Add(uint64(len(d.p)))
	sock := c.cfg.Socket
	if d.sock != 0 {
		c.mu.Lock()
		x := c.extras[extraKey{d.remote, d.sock}]
		c.mu.Unlock()
		if x == nil {
			return
		}
		sock = x.sock
	}
	if d.ttl > 0 && udp.WriteTTL(sock, d.p, d.to, d.ttl) == nil {
		return
	}
	_, _ = sock.WriteTo(d.p, d.to, netip.Addr{})
}
