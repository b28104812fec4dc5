package room

import (
	"encoding/binary"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// path is what lies below the links. A link is a reliable, ordered stream: loss,
// duplication and reordering below it show as delay alone, until it breaks.
type path struct {
	minDelay time.Duration // maxDelay is the sim's
	loss     float64       // of packets; the stream sends again, after retry, twice that, … up to retryMax
	retry    time.Duration
	uplink   float64 // bits a second of each node; 0: no limit
	blocked  map[[2]int]bool
	walls    uint64 // of 1000 pairs, so many cannot connect
	side     []int  // of a partition, by node; links across stand still
}

// Bytes of a packet besides the frames, and of frames that fit: IP, UDP, QUIC
// with its tag, and the stream's header; a packet that acknowledges only.
const (
	packetRoom = 1140
	packetHead = 60
	quicAck    = 60
	retryMax   = 1600 * time.Millisecond
	quicDelay  = 25 * time.Millisecond // acknowledgements wait so long for company
)

// meter counts what a node sends.
type meter struct {
	bytes    int                               // all, with packets that only acknowledge
	frames   [wire.LinkFrameDisconnect + 1]int // bytes of each type
	needless int                               // records it was sent and had
}

// parcel is what one Step sends on one link.
type parcel struct {
	link   LinkID
	frames [][]byte
	size   int
}

type simLink struct {
	a, b  *node
	ids   [2]LinkID
	up    bool
	since time.Time
	dirs  [2]direction // towards a, towards b
}

// direction is one half of a link.
type direction struct {
	last    time.Time // arrival of the latest frame
	stalled []parcel  // behind a partition
	ackDue  time.Time // the receiver owes an acknowledgement; zero: not
}

// connect brings a link up at both ends.
func (s *sim) connect(a, b *node) *simLink {
	if l := s.linkOf(a, b); l != nil {
		return l
	}
	s.order++
	id := LinkID(s.order)
	l := &simLink{a: a, b: b, ids: [2]LinkID{id, id}, up: true, since: s.now}
	s.links = append(s.links, l)
	a.links[id], b.links[id] = l, l
	var key [16]byte
	binary.BigEndian.PutUint64(key[:], s.order)
	s.trace("up", a.index, b.index)
	later := s.delay()
	l.dirs[1].last = s.now.Add(later) // nothing can arrive before the link is there
	run := b.run
	s.after(later, func() {
		if l.up && b.run == run {
			b.step(LinkUp{id, a.id.Public(), key})
		}
	})
	a.step(LinkUp{id, b.id.Public(), key})
	return l
}

// linkOf is the link between two nodes; nil if there is none.
func (s *sim) linkOf(a, b *node) *simLink {
	for id, l := range a.links {
		if a != b && l.up && b.links[id] == l { // there is one at most
			return l
		}
	}
	return nil
}

// down breaks a link; what is under way is lost, and each end notices later.
func (l *simLink) down(by *node) {
	l.up = false
	s := by.sim
	for i, n := range []*node{l.a, l.b} {
		delete(n.links, l.ids[i])
		run, id := n.run, l.ids[i]
		s.after(s.notice(n, by), func() {
			if n.run == run {
				n.step(LinkDown{id})
			}
		})
	}
}

// notice is how long an end takes to see that its link is gone.
func (s *sim) notice(n, by *node) time.Duration {
	if n != by && by.down && s.roster.silence > 0 {
		return s.roster.silence/2 + time.Duration(s.rng.Int64N(int64(s.roster.silence)+1))
	}
	return time.Duration(s.rng.IntN(500)) * time.Millisecond
}

func (s *sim) delay() time.Duration {
	return s.path.minDelay + time.Duration(1+s.rng.Int64N(int64(s.maxDelay-s.path.minDelay)))
}

// send puts a frame, or what a rogue makes of it, into the parcel of its link.
func (n *node) send(a Send) {
	if n.rogue == nil {
		n.pack(a)
		return
	}
	f, err := wire.ParseLinkFrame(unframe(a.Frame))
	if err != nil {
		n.t.Fatal(err)
	}
	for _, f := range n.rogue(n, f) {
		n.pack(Send{a.Link, wire.AppendLinkFrame(nil, f)})
	}
}

func (n *node) pack(a Send) {
	n.frames++
	n.meter.frames[frameType(a.Frame)] += len(a.Frame)
	if n.tracing != nil {
		n.trace("send", n.index, int(a.Link))
		n.tracing.Write(a.Frame)
	}
	for i := range n.outbox {
		if p := &n.outbox[i]; p.link == a.Link {
			p.frames, p.size = append(p.frames, a.Frame), p.size+len(a.Frame)
			return
		}
	}
	n.outbox = append(n.outbox, parcel{a.Link, [][]byte{a.Frame}, len(a.Frame)})
}

// carry brings a parcel to the other end.
func (l *simLink) carry(from *node, p parcel) {
	if !l.up {
		return
	}
	s, end, to := from.sim, 1, l.b
	if l.b == from {
		end, to = 0, l.a
	}
	d := &l.dirs[end]
	if !s.reach(l.a, l.b) || len(d.stalled) > 0 {
		d.stalled = append(d.stalled, p)
		return
	}
	at := s.arrival(from, p.size, &l.dirs[1-end], d)
	run := to.run
	s.after(at.Sub(s.now), func() {
		for _, f := range p.frames {
			if l.up && to.run == run {
				if s.metering {
					to.receives(f)
				}
				to.step(Frame{l.ids[end], unframe(f)})
			}
		}
	})
}

// arrival sends packets, again if they are lost, counts them, and tells when
// the last is there.
func (s *sim) arrival(from *node, size int, back, d *direction) time.Time {
	m := &from.meter
	if !back.ackDue.IsZero() { // what came the other way is acknowledged along with it, or was before
		if s.now.After(back.ackDue) {
			m.bytes += quicAck
		}
		back.ackDue = time.Time{}
	}
	var slowest time.Duration
	packets := (size + packetRoom - 1) / packetRoom
	sent := size + packets*packetHead
	for range packets {
		delay := s.delay()
		for wait := s.path.retry; s.path.loss > 0 && s.rng.Float64() < s.path.loss; wait = min(2*wait, retryMax) {
			delay += wait
			sent += min(size, packetRoom) + packetHead
		}
		slowest = max(slowest, delay)
	}
	m.bytes += sent
	start := s.now
	if s.path.uplink > 0 {
		if from.uplink.After(start) {
			start = from.uplink
		}
		start = start.Add(time.Duration(float64(sent*8) / s.path.uplink * float64(time.Second)))
		from.uplink = start
	}
	at := start.Add(slowest)
	if at.Before(d.last) {
		at = d.last
	}
	d.last = at
	if d.ackDue.IsZero() {
		d.ackDue = at.Add(quicDelay)
	}
	return at
}

// reach reports whether packets get from one node to the other.
func (s *sim) reach(a, b *node) bool {
	if s.path.side != nil && s.path.side[a.index] != s.path.side[b.index] {
		return false
	}
	p := pairOf(a.index, b.index)
	if s.path.walls > 0 && uint64(p[0]*7919+p[1]*104729)*0x9e3779b97f4a7c15>>32%1000 < s.path.walls {
		return false
	}
	return !s.path.blocked[p]
}

func pairOf(i, j int) [2]int { return [2]int{min(i, j), max(i, j)} }

// block lets no packet pass between two nodes.
func (s *sim) block(a, b *node) {
	if s.path.blocked == nil {
		s.path.blocked = make(map[[2]int]bool)
	}
	s.path.blocked[pairOf(a.index, b.index)] = true
	if l := s.linkOf(a, b); l != nil {
		l.down(a)
	}
}

// partition parts the nodes; side tells which is where. Links across stand still.
func (s *sim) partition(side []int) {
	s.path.side = side
	s.trace("partition")
	if s.roster.open {
		s.after(s.roster.silence, func() {
			if s.path.side != nil {
				s.namesAcross(func(to, of *node) { to.step(Left{of.id.Public()}) })
			}
		})
	}
}

// heal ends a partition: what stood still goes on after a while.
func (s *sim) heal() {
	side := s.path.side
	if side == nil {
		return
	}
	s.trace("heal")
	if s.roster.open {
		s.namesAcross(func(to, of *node) { to.step(Present{Peers: []crypto.PublicKey{of.id.Public()}}) })
	}
	s.path.side = nil
	for _, l := range s.links {
		for end := range l.dirs {
			if len(l.dirs[end].stalled) > 0 {
				s.after(time.Duration(s.rng.Int64N(int64(time.Second))), func() { l.goOn(end) })
			}
		}
	}
}

// goOn brings what a partition held up.
func (l *simLink) goOn(end int) {
	d := &l.dirs[end]
	stalled := d.stalled
	d.stalled = nil
	from := l.a
	if end == 0 {
		from = l.b
	}
	for _, p := range stalled {
		l.carry(from, p)
	}
}

// namesAcross tells each node something of each on the other side.
func (s *sim) namesAcross(tell func(to, of *node)) {
	for _, a := range s.nodes {
		for _, b := range s.nodes {
			if !s.sameSide(a, b) {
				tell(a, b)
			}
		}
	}
}

// unframe takes the length off a frame.
func unframe(b []byte) []byte {
	_, n := binary.Uvarint(b)
	return b[n:]
}

func frameType(b []byte) wire.LinkFrameType { return wire.LinkFrameType(unframe(b)[0]) }

// receives counts a record that the node has already.
func (n *node) receives(frame []byte) {
	if frameType(frame) != wire.LinkFramePush {
		return
	}
	if f, err := wire.ParseLinkFrame(unframe(frame)); err == nil {
		if r, err := wire.ParseRecord(f.(wire.LinkPush).Record); err == nil && n.engine.log.get(r.ID()) != nil {
			n.meter.needless++
		}
	}
}
