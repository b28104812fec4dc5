package peer

import (
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/internal/wire"
)

const (
	// maxStreams is how many streams of applications one member may have with
	// us at once, in all rooms together, of those that it opened.
	maxStreams = 16
	// backlog is how many streams wait to be accepted by one Listener.
	backlog = 16
)

// Listener takes the streams that members of a room open for one protocol. It
// is a net.Listener.
type Listener struct {
	room     *Room
	protocol string
	arrived  chan *Conn    // those to be accepted
	places   chan struct{} // holds a token for each of them, and for each that is being answered
	once     sync.Once
	closed   chan struct{}
}

// Listen takes the streams that members of the room open for a protocol, which
// is a name such as "echo/1". Streams for protocols that nobody listens for are
// refused. Everybody in the room may open streams: look at RemoteAddr to tell
// who it is. The error is ErrProtocol, ErrListening, ErrParted or ErrClosed.
func (r *Room) Listen(protocol string) (*Listener, error) {
	if !wire.ValidProtocol(protocol) {
		return nil, ErrProtocol
	}
	l := &Listener{room: r, protocol: protocol, closed: make(chan struct{}),
		arrived: make(chan *Conn, backlog), places: make(chan struct{}, backlog)}
	var refused error
	err := r.node.do(func(time.Time) {
		switch {
		case r.left || r.leaving:
			refused = ErrParted
		case r.listeners[protocol] != nil:
			refused = ErrListening
		default:
			r.listeners[protocol] = l
		}
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return l, nil
}

// Accept waits for the next stream. It is a *Conn. The error is net.ErrClosed
// once the Listener is closed or the room is left.
func (l *Listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.arrived:
		<-l.places
		return c, nil
	case <-l.closed:
	case <-l.room.node.done:
	}
	return nil, opError("accept", l.addr(), net.ErrClosed)
}

// Close refuses further streams, and ends those that were not accepted.
func (l *Listener) Close() error {
	l.room.node.mail.put(func(time.Time) {
		if l.room.listeners[l.protocol] == l {
			delete(l.room.listeners, l.protocol)
		}
	})
	l.shut()
	return nil
}

// shut ends what waits to be accepted.
func (l *Listener) shut() {
	l.once.Do(func() { close(l.closed) })
	for {
		select {
		case c := <-l.arrived:
			<-l.places
			c.abort(closeUnserved)
		default:
			return
		}
	}
}

// Addr is an Addr with the own key.
func (l *Listener) Addr() net.Addr { return l.addr() }

func (l *Listener) addr() Addr {
	return Addr{Key: l.room.node.Key(), Room: l.room.name, Protocol: l.protocol}
}

// arrive hands over a stream that has its place and is answered.
func (l *Listener) arrive(c *Conn) {
	l.arrived <- c // there is room: it has its place
	select {
	case <-l.closed:
		l.shut() // which has looked already, perhaps
	default:
	}
}

// acceptApplication takes a stream that an application of a member opened, or
// refuses it, which takes as long as a refused link: nobody can try often.
func (n *Node) acceptApplication(cn *conn, s *quic.Stream, r *Room, protocol string) {
	var c *Conn
	var l *Listener
	var code closeCode
	if n.do(func(now time.Time) { l, c, code = n.admit(now, cn, s, r, protocol) }) != nil {
		return
	}
	switch code {
	case 0:
	case closeRefused:
		n.refuse(cn, s)
		return
	case closeDuplicate:
		reset(s, code)
		return
	default:
		cn.hesitate()
		reset(s, code)
		return
	}
	_ = s.SetWriteDeadline(time.Now().Add(answerTimeout)) // an error shows in the write
	_, err := s.Write(wire.AppendAnswer(nil, r.keys.Proof(cn.ends.me, cn.ends.exporter, cn.ends.client, cn.ends.server)))
	_ = s.SetWriteDeadline(time.Time{})
	if err != nil {
		<-l.places
		c.abort(closeLost)
		return
	}
	l.arrive(c)
}

// admit finds who takes a stream whose opener has proven the room, with a place
// for it; a code other than 0 says why nobody does. Loop only.
func (n *Node) admit(now time.Time, cn *conn, s *quic.Stream, r *Room, protocol string) (*Listener, *Conn, closeCode) {
	c := cn.contact
	switch {
	case c.gone || n.leaving || r.left || !r.admits(c.key):
		return nil, nil, closeRefused
	case cn.replaced:
		return nil, nil, closeDuplicate
	}
	if m := r.members[c.key]; m == nil || m.presence.state == Left || now.Before(m.presence.shunned) {
		return nil, nil, closeRefused
	}
	if !c.take(now, cn) {
		return nil, nil, closeDuplicate
	}
	l := r.listeners[protocol]
	if l == nil || n.Ignored(c.key) { // who is ignored is not told so
		return nil, nil, closeUnserved
	}
	if c.incoming() >= maxStreams {
		return nil, nil, closeBusy
	}
	select {
	case l.places <- struct{}{}:
	default:
		return nil, nil, closeBusy
	}
	x := newConn(r, cn, s, protocol)
	x.incoming = true
	c.keep(x)
	return l, x, 0
}
