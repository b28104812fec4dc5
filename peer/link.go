package peer

import (
	"context"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/punch"
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

// link is one proven connection with a member, carrying one room.
type link struct {
	id      room.LinkID
	member  *member
	conn    *quic.Conn
	stream  *quic.Stream
	dialled bool // by us
	sum     [16]byte

	mu      sync.Mutex
	out     [][]byte
	size    int
	closed  bool
	ready   chan struct{}
	credits chan struct{}
}

func newLink(m *member, c *quic.Conn, s *quic.Stream, dialled bool) (*link, error) {
	l := &link{member: m, conn: c, stream: s, dialled: dialled,
		ready: make(chan struct{}, 1), credits: make(chan struct{}, linkCredit)}
	sum, err := exporter(c, exportSum, len(l.sum))
	copy(l.sum[:], sum)
	return l, err
}

// keptOver says which of two connections of one pair stays, alike on both
// ends: the one dialled by the lower key; of two dialled by the same member,
// the later.
func (l *link) keptOver(old *link) bool {
	if l.dialled == old.dialled {
		return true
	}
	selfLower := l.member.room.node.Key().Compare(l.member.key) < 0
	return l.dialled == selfLower
}

// dialLink connects to a member, beside the loop.
func (n *Node) dialLink(m *member) {
	n.tasks.Go(func() {
		l, err := n.dialOnce(m)
		n.mail.put(func(now time.Time) {
			if err != nil {
				if m.room.members[m.key] == m {
					m.decide(now, m.presence.dialFailed(now, "no answer to a handshake yet"))
				}
				return
			}
			m.linkUp(now, l)
		})
		if err != nil {
			return
		}
		e := n.tr.ends(crypto.RoleClient, m.key)
		if _, err := readProof(l.stream, l.conn, []*crypto.RoomKeys{m.room.keys}, e); err != nil {
			l.conn.CloseWithError(closeRefused, "")
			n.linkEnded(l, err)
			return
		}
		n.mail.put(func(now time.Time) { m.proven(now, l) })
		n.readLink(l)
	})
}

// dialOnce makes the connection and sends the own proof; records may follow it
// at once, since TLS has already shown the member's pinned key.
func (n *Node) dialOnce(m *member) (*link, error) {
	ctx, cancel := context.WithTimeout(n.ctx, quicConfig.HandshakeIdleTimeout*2)
	defer cancel()
	c, err := n.tr.dial(ctx, m.remote, m.key)
	if err != nil {
		return nil, err
	}
	s, err := c.OpenStream()
	if err == nil {
		err = writeProof(s, c, m.room.keys, n.tr.ends(crypto.RoleClient, m.key))
	}
	var l *link
	if err == nil {
		l, err = newLink(m, c, s, true)
	}
	if err != nil {
		c.CloseWithError(closeRefused, "")
		return nil, err
	}
	return l, nil
}

// acceptLink takes a connection a member dialled, on a goroutine of its own.
func (n *Node) acceptLink(ctx context.Context, c *quic.Conn, r *punch.Remote) {
	m := n.memberAt(r)
	key, err := crypto.PeerKey(c.ConnectionState().TLS)
	if err != nil || m == nil || key != m.key {
		c.CloseWithError(closeRefused, "")
		return
	}
	proofCtx, cancel := context.WithTimeout(ctx, proofTimeout)
	defer cancel()
	s, err := c.AcceptStream(proofCtx)
	if err != nil {
		c.CloseWithError(closeRefused, "")
		return
	}
	e := n.tr.ends(crypto.RoleServer, key)
	if _, err = readProof(s, c, []*crypto.RoomKeys{m.room.keys}, e); err == nil {
		err = writeProof(s, c, m.room.keys, e)
	}
	var l *link
	if err == nil {
		l, err = newLink(m, c, s, false)
	}
	if err != nil {
		c.CloseWithError(closeRefused, "")
		return
	}
	n.mail.put(func(now time.Time) {
		m.linkUp(now, l)
		m.proven(now, l)
	})
	n.readLink(l)
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
		case <-l.conn.Context().Done():
			n.linkEnded(l, context.Cause(l.conn.Context()))
			return
		}
		n.mail.put(func(now time.Time) {
			<-l.credits
			l.member.received(now, l, f)
		})
	}
}

// linkEnded tells the loop that a link is gone.
func (n *Node) linkEnded(l *link, err error) {
	l.close(closeInvalid)
	code, said := closeCode(context.Cause(l.conn.Context()))
	if !said {
		code, said = closeCode(err)
	}
	left := said && code == closeLeave
	n.mail.put(func(now time.Time) { l.member.linkDown(now, l, left, "the link broke; connecting again") })
}

// write queues a frame. Loop only.
func (l *link) write(frame []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	if l.size += len(frame); l.size > linkBacklog {
		go l.close(closeLost)
		return
	}
	l.out = append(l.out, frame)
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
		case <-l.conn.Context().Done():
			return
		}
		if _, err := l.stream.Write(l.takeOut()); err != nil {
			return // the reader sees the end, too
		}
	}
}

// takeOut empties the queue.
func (l *link) takeOut() (batch []byte) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, f := range l.out {
		batch = append(batch, f...)
	}
	l.out, l.size = nil, 0
	return batch
}

// leaveFor is how long members are given to read our last words.
const leaveFor = 200 * time.Millisecond

// leave ends links on which the engine has said goodbye. To close a QUIC
// connection drops what was not sent yet or must be sent again, the last
// acknowledgements perhaps: so the members close, when they have read that far.
func leave(links []*link) {
	late := time.NewTimer(leaveFor)
	defer late.Stop()
	for _, l := range links {
		select {
		case <-l.conn.Context().Done():
		case <-late.C:
			late.Reset(0) // for the others, too
		}
		l.close(closeLeave)
	}
}

// close ends the connection; the code of the first close counts.
func (l *link) close(code quic.ApplicationErrorCode) {
	l.mu.Lock()
	already := l.closed
	l.closed = true
	l.mu.Unlock()
	if !already {
		l.conn.CloseWithError(code, "")
	}
}

// linkUp takes a connection into use, or settles which of two stays.
func (m *member) linkUp(now time.Time, l *link) {
	n := m.room.node
	if m.room.members[m.key] != m || n.leaving {
		l.close(closeStale)
		return
	}
	if old := m.link; old != nil {
		if !l.keptOver(old) {
			l.close(closeDuplicate)
			return
		}
		m.link = nil
		m.room.engineLinkDown(now, old)
		old.close(closeDuplicate)
	}
	n.nextLink++
	l.id = n.nextLink
	m.link = l
	n.tasks.Go(l.writeLoop)
	m.room.engineLinkUp(now, l)
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
	m.presence.saw(now)
	m.room.engineFrame(now, l, frame)
}

// linkDown notes the end of a link; one that was not in use changes nothing.
func (m *member) linkDown(now time.Time, l *link, left bool, why string) {
	if m.link == l {
		m.link = nil
		m.room.engineLinkDown(now, l)
		if m.presence.linked {
			m.decide(now, m.presence.down(now, left, why))
			return
		}
	}
	if m.link == nil && m.presence.dialing {
		m.decide(now, m.presence.dialFailed(now, why))
	}
}
