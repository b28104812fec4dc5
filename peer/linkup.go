package peer

import (
	"slices"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/internal/wire"
)

// open opens a link with the member on the connection in use.
func (m *member) open(now time.Time) {
	cn := m.contact.conn
	s, err := cn.quic.OpenStream()
	if err != nil {
		m.decide(now, m.presence.dialFailed(now, "no place for one room more on the connection"))
		return
	}
	l := newLink(m, cn, s, true)
	m.linkUp(now, l)
	n := m.room.node
	n.tasks.Go(func() {
		proof, err := readProof(s)
		if err == nil && !cn.ends.shows(proof, m.room.keys) {
			err = errRoomProof
		}
		if err != nil {
			l.abort(closeRefused)
			n.linkEnded(l, err)
			return
		}
		n.mail.put(func(now time.Time) { m.proven(now, l) })
		n.readLink(l)
	})
}

// acceptStream looks at a stream the other end opened: which of our rooms is it
// for? Whoever shows none waits for the refusal.
func (n *Node) acceptStream(cn *conn, s *quic.Stream) {
	o, err := readOpening(s)
	if err == nil {
		asked := cn.pair != nil && cn.ends.shows(o.Proof, cn.pair.keys)
		r := roomOf(o.Proof, n.roomList(), cn.ends)
		link := o.Type == wire.StreamLink
		if r == nil && asked && link {
			r = n.asks(cn.pair)
		}
		switch {
		case r != nil && link:
			n.mail.put(func(now time.Time) { n.accepted(now, cn, s, r) })
			return
		case r != nil:
			n.acceptApplication(cn, s, r, o.Protocol)
			return
		}
	}
	n.refuse(cn, s)
}

// refuse refuses a stream, and the connection if it carries nothing else.
func (n *Node) refuse(cn *conn, s *quic.Stream) {
	cn.hesitate()
	reset(s, closeRefused)
	n.mail.put(func(time.Time) { cn.settle(closeRefused) })
}

// hesitate waits as long as a refusal takes, or until the connection ends.
func (cn *conn) hesitate() {
	wait := time.NewTimer(refuseAfter)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-cn.quic.Context().Done():
	}
}

// accepted takes a stream with a valid proof into use.
func (n *Node) accepted(now time.Time, cn *conn, s *quic.Stream, r *Room) {
	c := cn.contact
	if c.gone || n.leaving {
		cn.close(closeStale)
		return
	}
	var m *member
	if r.isReady() && !r.left && r.admits(c.key) {
		m = r.memberOf(c)
	}
	if m == nil || now.Before(m.presence.shunned) {
		n.tasks.Go(func() { n.refuse(cn, s) })
		return
	}
	if !c.take(now, cn) {
		reset(s, closeDuplicate) // if the connection goes on for others
		return
	}
	l := newLink(m, cn, s, false)
	if !m.linkUp(now, l) {
		return
	}
	m.proven(now, l)
	if r.conversation != nil {
		r.meet(now, c, false)
	}
	n.tasks.Go(func() { n.readLink(l) })
}

// linkUp takes a link into use, or settles which of two stays, and reports
// whether it is in use.
func (m *member) linkUp(now time.Time, l *link) bool {
	if old := m.link; old != nil {
		if !l.keptOver(old) {
			l.abort(closeDuplicate)
			return false
		}
		old.down(now, ending{moved: true})
		old.abort(closeDuplicate)
	}
	n := m.room.node
	n.nextLink++
	l.id = n.nextLink
	m.link = l
	m.presence.linking()
	l.conn.links = append(l.conn.links, l)
	m.room.engineLinkUp(now, l)
	n.tasks.Go(l.writeLoop)
	return true
}

// proven notes that both ends have shown that they know the room.
func (m *member) proven(now time.Time, l *link) {
	if m.link == l {
		m.decide(now, m.presence.up(now))
		m.room.posting.back(m.contact.key)
		m.tellStatus()
	}
}

// received takes a frame.
func (m *member) received(now time.Time, l *link, frame []byte) {
	if m.link != l {
		return
	}
	m.contact.alive.saw(now)
	if len(frame) > 0 && wire.LinkFrameType(frame[0]) == wire.LinkFrameStatus {
		m.receivedStatus(now, l, frame)
		return
	}
	m.room.engineFrame(now, l, frame)
}

// release ends a link that is not needed any more in order. The other end closes
// the connection when it has read that far, if nothing else is on it.
func (l *link) release(now time.Time, how ending) {
	l.finish()
	l.down(now, how)
	l.member.room.node.later(partFor, func(time.Time) { l.conn.settle(closeSurplus) })
}

// down takes the link out of use; one that is not changes nothing.
func (l *link) down(now time.Time, how ending) {
	m := l.member
	if m.link != l {
		return
	}
	if m.room.engine.SaidBye(l.id) {
		how = ending{left: true}
	}
	m.link = nil
	l.conn.links = slices.DeleteFunc(l.conn.links, func(x *link) bool { return x == l })
	m.room.engineLinkDown(now, l)
	m.linkLost(now, how)
}
