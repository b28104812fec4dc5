package peer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Errors of Room.Dial and Room.Listen.
var (
	ErrProtocol   = fmt.Errorf("a protocol's name is 1 to %d bytes of ASCII without spaces", wire.MaxProtocol)
	ErrAbsent     = errors.New("that member is not here")
	ErrSelf       = errors.New("that is your own key; a stream leads to somebody else")
	ErrNoWay      = errors.New("no connection with the member came up")
	ErrNoListener = errors.New("the member is here, but its application does not listen for that protocol")
	ErrBusy       = errors.New("the member has as many streams of applications as it takes; close some or try again later")
	ErrRefused    = errors.New("the member takes no stream of an application in this room: its gochat is older, or it has left")
	ErrListening  = errors.New("somebody listens for that protocol in this room already")
)

// answerTimeout is how long the other end has to answer an opened stream.
const answerTimeout = 10 * time.Second

// maxMoves is how often Dial begins again because the connection was replaced.
const maxMoves = 3

// connecting is the outcome of waiting for a connection, which is held for the
// one who waited.
type connecting struct {
	conn *conn
	err  error
}

// Dial opens a stream to a member of the room who listens for a protocol there.
// It is a stream of the connection that the room's messages use: over the same
// path, direct or relayed, which may change under it; both ends have proven
// their keys and that they know the room. The context bounds the opening alone.
func (r *Room) Dial(ctx context.Context, key crypto.PublicKey, protocol string) (*Conn, error) {
	remote := Addr{Key: key, Room: r.name, Protocol: protocol}
	if !wire.ValidProtocol(protocol) {
		return nil, opError("dial", remote, ErrProtocol)
	}
	for moves := 0; ; moves++ {
		cn, err := r.connection(ctx, key)
		if err != nil {
			return nil, opError("dial", remote, err)
		}
		c, err := r.openStream(ctx, cn, protocol)
		if err == nil {
			return c, nil
		}
		if codeOf(err) != closeDuplicate || moves == maxMoves {
			return nil, opError("dial", remote, openError(ctx, err))
		}
	}
}

// openError says in words why a stream did not open.
func openError(ctx context.Context, err error) error {
	switch codeOf(err) {
	case closeUnserved:
		return ErrNoListener
	case closeBusy:
		return ErrBusy
	case closeRefused, closeInvalid:
		return ErrRefused
	case closeLeave, closeStale:
		return ErrAbsent
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return streamError(err)
}

// connection finds or makes a connection with a member, and holds it.
func (r *Room) connection(ctx context.Context, key crypto.PublicKey) (*conn, error) {
	done := make(chan connecting, 1)
	connect := func(time.Time) {
		if len(done) == 0 { // somebody still waits
			r.connect(key, done)
		}
	}
	if !r.node.mail.put(func(now time.Time) { r.whenReady(now, connect) }) {
		return nil, ErrClosed
	}
	select {
	case x := <-done:
		return x.conn, x.err
	case <-r.node.done:
		return nil, ErrClosed
	case <-ctx.Done():
		r.node.mail.put(func(time.Time) {
			select {
			case x := <-done: // too late: nobody wants it
				if x.conn != nil {
					x.conn.unhold()
				}
			default:
				done <- connecting{} // nobody waits any more
			}
		})
		return nil, context.Cause(ctx)
	}
}

// connect gives done a connection with a member, once there is one. Loop only.
func (r *Room) connect(key crypto.PublicKey, done chan connecting) {
	m := r.members[key]
	switch {
	case r.left || r.leaving:
		done <- connecting{err: ErrParted}
	case key == r.node.Key():
		done <- connecting{err: ErrSelf}
	case m == nil || !m.presence.state.Here():
		done <- connecting{err: ErrAbsent}
	case m.contact.conn != nil:
		m.contact.conn.holds++
		done <- connecting{conn: m.contact.conn}
	default:
		c := m.contact
		c.waiting = append(c.waiting, done)
		c.rouse()
		if !c.dialing {
			c.dial()
		}
	}
}

// connected hands a connection to those who wait for one. Loop only.
func (c *contact) connected(cn *conn) {
	for _, done := range c.waiting {
		select {
		case done <- connecting{conn: cn}:
			cn.holds++
		default: // it is full: nobody waits any more
		}
	}
	c.waiting = nil
}

// unconnected tells those who wait that no connection comes. Loop only.
func (c *contact) unconnected(why error) {
	for _, done := range c.waiting {
		select {
		case done <- connecting{err: why}:
		default:
		}
	}
	c.waiting = nil
}

// unhold gives up a connection that was held. Loop only.
func (cn *conn) unhold() {
	cn.holds--
	cn.settle(closeSurplus)
}

// openStream opens a stream on a connection that is held, and lets go of it.
func (r *Room) openStream(ctx context.Context, cn *conn, protocol string) (*Conn, error) {
	n := r.node
	s, err := r.openAnswered(ctx, cn, protocol)
	var c *Conn
	if err == nil {
		c = newConn(r, cn, s, protocol)
	}
	taken := n.do(func(time.Time) {
		switch {
		case c == nil:
		case r.left || cn.contact.gone:
			err = ErrParted
		default:
			cn.contact.keep(c)
		}
		cn.unhold()
	})
	if err == nil {
		err = taken
	}
	if err != nil && s != nil {
		reset(s, closeDone)
	}
	if err != nil {
		return nil, err
	}
	return c, nil
}

// openAnswered opens a stream and waits until the other end has taken it and
// proven that it knows the room, too.
func (r *Room) openAnswered(ctx context.Context, cn *conn, protocol string) (*quic.Stream, error) {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	s, err := cn.quic.OpenStreamSync(ctx)
	if err != nil {
		return nil, err
	}
	late := context.AfterFunc(ctx, func() { _ = s.SetDeadline(time.Unix(1, 0)) }) // an error shows in what it ends
	o := wire.Opening{Type: wire.StreamApplication, Proof: r.keys.Proof(cn.ends.me, cn.ends.exporter, cn.ends.client, cn.ends.server), Protocol: protocol}
	_, err = s.Write(o.Append(nil))
	var proof [crypto.ProofSize]byte
	if err == nil {
		proof, err = wire.ReadAnswer(s)
	}
	switch {
	case err != nil:
	case !cn.ends.shows(proof, r.keys):
		err = errRoomProof
	case !late(): // its deadline is being set: as good as over
		err = context.Cause(ctx)
	}
	if err != nil {
		late()
		reset(s, closeDone)
		return nil, err
	}
	return s, nil
}
