package peer

import (
	"context"
	"errors"
	"io"
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
	stopped chan struct{} // closed by abort
	read    chan struct{} // closed when no frame comes any more
}

func newLink(m *member, cn *conn, s *quic.Stream, opened bool) *link {
	l := &link{member: m, conn: cn, stream: s, opened: opened,
		ready: make(chan struct{}, 1), credits: make(chan struct{}, linkCredit), stopped: make(chan struct{}),
		read: make(chan struct{})}
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
	refused     bool // the other end is not in the room
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

// readLink hands frames to the loop until the link ends.
func (n *Node) readLink(l *link) {
	defer close(l.read)
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
		how.refused, how.why = true, "the other end does not know the room"
		if l.member.room.conversation != nil {
			how.why = "does not have this conversation open"
		}
	}
	if code == 0 && !errors.Is(err, io.EOF) {
		l.abort(closeInvalid)
	}
	n.mail.put(func(now time.Time) {
		code := closeLost
		if errors.Is(err, io.EOF) {
			if l.member.room.engine.SaidBye(l.id) {
				n.later(partFor, func(now time.Time) { l.release(now, how) }) // if the store takes so long
				return
			}
			code = closeSurplus
		}
		l.finish()
		l.down(now, how)
		l.conn.settle(code)
	})
}

// later has the loop do something after a while.
func (n *Node) later(d time.Duration, f func(now time.Time)) {
	time.AfterFunc(d, func() { n.mail.put(f) })
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
	close(l.stopped)
	reset(l.stream, code)
}

// reset ends both directions of a stream.
func reset(s *quic.Stream, code closeCode) {
	s.CancelRead(quic.StreamErrorCode(code))
	s.CancelWrite(quic.StreamErrorCode(code))
}
