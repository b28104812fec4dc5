package peer

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/internal/wire"
	"gochat/room"
)

const (
	// linkBacklog bounds the bytes waiting to be written to one member: who
	// reads so slowly is dropped and caught up by reconciliation.
	linkBacklog = 32 << 20
	// linkCredit bounds the frames of one link waiting for the loop; then
	// reading stops and QUIC's flow control holds the sender.
	linkCredit = 64
)

// link is one stream of a connection: it carries one room.
type link struct {
	id     room.LinkID
	member *member
	conn   *conn
	stream *quic.Stream
	opened bool // by us

	mu      sync.Mutex
	out     [][]byte
	size    int
	last    bool // nothing follows what is in out
	aborted bool
	ready   chan struct{}
	credits chan struct{}
	stop    func() // closes stopped
	stopped chan struct{}
}

func newLink(m *member, cn *conn, s *quic.Stream, opened bool) *link {
	stopped := make(chan struct{})
	l := &link{member: m, conn: cn, stream: s, opened: opened, ready: make(chan struct{}, 1),
		credits: make(chan struct{}, linkCredit), stop: sync.OnceFunc(func() { close(stopped) }), stopped: stopped}
	l.write(cn.ends.proof(m.room.keys))
	return l
}

// keptOver says which of two links of one room and connection stays, alike on
// both ends: the one opened by the lower key; of two opened by the same
// member, the later.
func (l *link) keptOver(old *link) bool {
	return l.opened == old.opened || l.opened == l.conn.contact.selfLower()
}

// ending is how a link ended: the member left, another one takes the link's
// place, or it broke.
type ending struct {
	left, moved bool
	why         string
}

// endingOf is what a code of the other end means; 0: it gave none.
func endingOf(code closeCode) ending {
	switch code {
	case closeLeave:
		return ending{left: true}
	case closeDuplicate:
		return ending{moved: true}
	}
	return ending{why: "the link broke; connecting again"}
}

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

// acceptLink looks at a stream the other end opened: which of our rooms is it
// for? Whoever shows none waits for the refusal.
func (n *Node) acceptLink(cn *conn, s *quic.Stream) {
	proof, err := readProof(s)
	if err == nil {
		if r := roomOf(proof, n.roomList(), cn.ends); r != nil {
			n.mail.put(func(now time.Time) { n.accepted(now, cn, s, r) })
			return
		}
	}
	n.refuse(cn, s)
}

// refuse refuses a stream, and the connection if it carries nothing else.
func (n *Node) refuse(cn *conn, s *quic.Stream) {
	wait := time.NewTimer(refuseAfter)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-cn.quic.Context().Done():
		return
	}
	reset(s, closeRefused)
	n.mail.put(func(time.Time) { cn.settle(closeRefused) })
}

// accepted takes a stream with a valid proof into use.
func (n *Node) accepted(now time.Time, cn *conn, s *quic.Stream, r *Room) {
	c := cn.contact
	if c.gone || n.leaving {
		cn.close(closeStale)
		return
	}
	var m *member
	if !r.left && r.admits(c.key) {
		m = r.memberOf(c)
	}
	if m == nil || now.Before(m.presence.shunned) {
		n.tasks.Go(func() { n.refuse(cn, s) })
		return
	}
	if !c.take(now, cn) {
		return
	}
	l := newLink(m, cn, s, false)
	if !m.linkUp(now, l) {
		return
	}
	m.proven(now, l)
	n.tasks.Go(func() { n.readLink(l) })
}

// readLink hands frames to the loop until the link ends.
func (n *Node) readLink(l *link) {
	frames := wire.NewLinkReader(l.stream)
	for {
		f, err := frames.Next()
		if err != nil {
			n.linkEnded(l, err)
			return
		}
		select {
		case l.credits <- struct{}{}:
		case <-l.stopped:
			return
		case <-l.conn.quic.Context().Done():
			return
		}
		n.mail.put(func(now time.Time) {
			<-l.credits
			l.member.received(now, l, f)
		})
	}
}

// linkEnded tells the loop that a stream is at its end. If the connection is
// at its end, whoever waits for that tells.
func (n *Node) linkEnded(l *link, err error) {
	if context.Cause(l.conn.quic.Context()) != nil {
		return
	}
	code := codeOf(err)
	how := endingOf(code)
	if code == closeRefused || errors.Is(err, errRoomProof) {
		how.why = "the other end does not know the room"
	}
	if code == 0 && !errors.Is(err, io.EOF) {
		l.abort(closeInvalid)
	}
	n.mail.put(func(now time.Time) {
		l.finish()
		l.down(now, how)
		if how.left {
			l.conn.settle(closeLeave)
		} else {
			l.conn.settle(closeLost)
		}
	})
}

// write queues a frame. Loop only.
func (l *link) write(frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last {
		return
	}
	if l.size += len(frame); l.size > linkBacklog {
		l.abortLocked(closeLost)
		return
	}
	l.out = append(l.out, frame)
	l.signal()
}

func (l *link) signal() {
	select {
	case l.ready <- struct{}{}:
	default:
	}
}

// writeLoop writes what is queued until the link ends.
func (l *link) writeLoop() {
	for {
		select {
		case <-l.ready:
		case <-l.stopped:
			return
		case <-l.conn.quic.Context().Done():
			return
		}
		batch, last := l.takeOut()
		if _, err := l.stream.Write(batch); err != nil {
			return // the reader sees the end, too
		}
		if last {
			l.stream.Close()
			return
		}
	}
}

// takeOut empties the queue.
func (l *link) takeOut() (batch []byte, last bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.out {
		batch = append(batch, f...)
	}
	l.out, l.size = nil, 0
	return batch, l.last
}

// finish ends the link in order: what is queued goes out, and what the other
// end has to say is read for a while.
func (l *link) finish() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.last {
		return
	}
	l.last = true
	l.signal()
	_ = l.stream.SetReadDeadline(time.Now().Add(partFor)) // an error shows in the read
}

// abort ends the link at once; the code of the first abort counts.
func (l *link) abort(code closeCode) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.abortLocked(code)
}

func (l *link) abortLocked(code closeCode) {
	if l.aborted {
		return
	}
	if l.last {
		code = closeLeave // the time to finish is over
	}
	l.last, l.aborted, l.out, l.size = true, true, nil, 0
	l.stop()
	reset(l.stream, code)
}

// reset ends both directions of a stream.
func reset(s *quic.Stream, code closeCode) {
	s.CancelRead(quic.StreamErrorCode(code))
	s.CancelWrite(quic.StreamErrorCode(code))
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
	l.conn.links = append(l.conn.links, l)
	m.room.engineLinkUp(now, l)
	n.tasks.Go(l.writeLoop)
	return true
}

// proven notes that both ends have shown that they know the room.
func (m *member) proven(now time.Time, l *link) {
	if m.link == l {
		m.decide(now, m.presence.up(now))
	}
}

// received takes a frame.
func (m *member) received(now time.Time, l *link, frame []byte) {
	if m.link != l {
		return
	}
	m.contact.alive.saw(now)
	m.room.engineFrame(now, l, frame)
}

// down takes the link out of use; one that is not changes nothing.
func (l *link) down(now time.Time, how ending) {
	m := l.member
	if m.link != l {
		return
	}
	m.link = nil
	l.conn.links = slices.DeleteFunc(l.conn.links, func(x *link) bool { return x == l })
	m.room.engineLinkDown(now, l)
	m.linkLost(now, how)
}

// selfLower reports whether our key is the lower one of the pair.
func (c *contact) selfLower() bool { return c.node.Key().Compare(c.key) < 0 }
