package bootnode

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	// backlogMax packets of one sender wait for the relay; the oldest go first
	// when there are more: what is late is repeated anyway.
	backlogMax = 32
	// backlogTotal bounds the packets that wait in all, about 12 MB: when many
	// senders wait, each has room for fewer.
	backlogTotal = 8192
	// quantum is what a sender may send in its turn (deficit round robin,
	// Shreedhar and Varghese 1995): one packet of any size.
	quantum = wire.MaxPayload
)

// share divides the relay's total rate evenly among those who send. As long as
// the rate is not used up, nothing waits.
type share struct {
	limit   rate // bytes; perSecond 0: none
	total   meter
	ring    []*member // with something to send, in the order of their turns
	waiting int       // packets
}

// backlog is what one member has waiting.
type backlog struct {
	packets []waitingPacket
	deficit int  // bytes it may still send in this turn
	turn    bool // it has its turn
	weight  int  // of its turns
}

type waitingPacket struct {
	from, to uint32 // channels
	data     []byte
}

func newShare(perSecond int) share {
	return share{limit: rate{perSecond, max(perSecond/10, 16*wire.MaxPacket)}}
}

// put lets a packet wait and returns how many were dropped for it, or that it
// was dropped itself: when as many senders wait as packets may, no more are taken.
func (s *share) put(m *member, to uint32, packet []byte) (dropped uint64) {
	return s.queue(m, 1, waitingPacket{m.channel, to, packet})
}

// queue is put for a sender whose turns have a weight.
func (s *share) queue(m *member, weight int, p waitingPacket) (dropped uint64) {
	keep := m.keep()
	if keep.backlog == nil {
		if len(s.ring) >= backlogTotal {
			return 1
		}
		keep.backlog = &backlog{weight: weight}
		s.ring = append(s.ring, m)
	}
	room := min(backlogMax*weight, backlogTotal/len(s.ring))
	dropped = s.trim(keep.backlog, room-1)
	if s.waiting >= backlogTotal { // others have what was their share when fewer sent
		for _, x := range s.ring {
			dropped += s.trim(x.apart.backlog, room)
		}
	}
	keep.backlog.packets = append(keep.backlog.packets, waitingPacket{p.from, p.to, slices.Clone(p.data)})
	s.waiting++
	return dropped
}

// trim drops the oldest packets of a sender beyond n.
func (s *share) trim(b *backlog, n int) (dropped uint64) {
	over := max(0, len(b.packets)-n)
	b.packets = slices.Delete(b.packets, 0, over)
	s.waiting -= over
	return uint64(over)
}

// take returns the next packet that the rate allows.
func (s *share) take(now time.Duration) (m *member, p waitingPacket, ok bool) {
	for len(s.ring) > 0 {
		m = s.ring[0]
		b := m.apart.backlog
		if !b.turn {
			b.turn = true
			b.deficit += quantum * b.weight
		}
		if len(b.packets[0].data) > b.deficit { // the turn is over
			b.turn = false
			s.ring = append(s.ring[1:], m)
			continue
		}
		p = b.packets[0]
		if !s.limit.take(&s.total, now, len(p.data)) {
			return nil, p, false
		}
		b.deficit -= len(p.data)
		b.packets = b.packets[1:]
		s.waiting--
		if len(b.packets) == 0 {
			m.apart.backlog = nil
			s.ring = s.ring[1:]
		}
		return m, p, true
	}
	return nil, p, false
}

// next is when take will have something.
func (s *share) next(now time.Duration) (at time.Duration, waiting bool) {
	if len(s.ring) == 0 {
		return 0, false
	}
	// What take would refuse now fits once enough of the past is paid for.
	return max(now, s.total.at(s.limit.duration(wire.MaxPayload), s.limit.duration(s.limit.burst))), true
}

// forget drops what a member has waiting: it is gone.
func (s *share) forget(m *member) {
	b := m.passing().backlog
	if b == nil {
		return
	}
	s.waiting -= len(b.packets)
	m.apart.backlog = nil
	s.ring = slices.DeleteFunc(s.ring, func(x *member) bool { return x == m })
}

// pump carries what has waited, as far as the rate allows.
func (d *Directory) pump() {
	for {
		_, p, ok := d.share.take(d.now)
		if !ok {
			return
		}
		d.carry(p.from, p.to, p.data)
	}
}

// carry passes a packet on between two channels, unless one of them has gone
// meanwhile.
func (d *Directory) carry(from, channel uint32, packet []byte) {
	r := d.channelRoom(from)
	if r == nil || d.channelRoom(channel) != r {
		d.drop(DropRelayTarget)
		return
	}
	to := d.channels[channel]
	if to == nil {
		d.carryAbroad(d.channels[from], d.abroad.channels[channel], packet)
		return
	}
	// Beyond the limit counters would repeat. The receiver sees it coming and
	// has registered anew long before.
	if next, _ := to.session.Counters(crypto.LaneRelay); next >= wire.RelayCounterLimit+1<<15 {
		d.drop(DropRelayTarget)
		return
	}
	d.stats.Relayed++
	d.stats.RelayedBytes += uint64(len(packet))
	r.relayed += uint64(len(packet))
	d.emit(to.addr, to.path, wire.SealRelay(d.buf, to.channel, from, d.awake(&to.session), packet))
}

// carryAbroad has the home node of a foreign member deliver a packet. What came
// from another node goes to no third one.
func (d *Directory) carryAbroad(from *member, to *foreign, packet []byte) {
	if from == nil {
		d.drop(DropRelayTarget)
		return
	}
	d.stats.Carried++
	d.stats.RelayedBytes += uint64(len(packet))
	from.room.relayed += uint64(len(packet))
	start := len(d.buf)
	d.buf = append(d.buf, packet...)
	d.out = append(d.out, Action{Carry: Carry{to.node, from.id, to.session}, Packet: d.buf[start:len(d.buf):len(d.buf)]})
}
