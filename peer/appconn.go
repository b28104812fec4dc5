package peer

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
)

// ErrReset says that the other end broke a stream off, or reads no more.
var ErrReset = errors.New("the other end has broken the stream off")

// ErrLost says that the connection under a stream has ended.
var ErrLost = errors.New("the connection with the member has ended")

// lingerFor is how long a connection stays for the last bytes of a stream that
// was closed.
const lingerFor = 10 * time.Second

// Addr is one end of a stream. It is a net.Addr.
type Addr struct {
	Key      crypto.PublicKey // of the member, proven
	Room     string
	Protocol string
}

// Network is "gochat".
func (Addr) Network() string { return "gochat" }

// String is the key.
func (a Addr) String() string { return a.Key.String() }

// Conn is a stream between applications of two members of a room. It is a
// net.Conn with CloseWrite. Close sends what was written; whether it arrived
// only the other application can say, as with any net.Conn: who ends the Node
// behind it waits for an answer first, or for the other end's CloseWrite.
type Conn struct {
	room          *Room
	conn          *conn
	stream        *quic.Stream
	local, remote Addr
	incoming      bool // the other end opened it

	writing sync.Mutex // held by Write, and to end the writing
	ended   atomic.Bool
}

func newConn(r *Room, cn *conn, s *quic.Stream, protocol string) *Conn {
	at := Addr{Key: r.node.Key(), Room: r.name, Protocol: protocol}
	c := &Conn{room: r, conn: cn, stream: s, local: at, remote: at}
	c.remote.Key = cn.contact.key
	return c
}

// Read is as of net.Conn.
func (c *Conn) Read(b []byte) (int, error) {
	n, err := c.stream.Read(b)
	return n, c.failed("read", err)
}

// Write is as of net.Conn.
func (c *Conn) Write(b []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.ended.Load() {
		return 0, c.failed("write", net.ErrClosed)
	}
	n, err := c.stream.Write(b)
	return n, c.failed("write", err)
}

// CloseWrite sends what was written and says that nothing follows: the other
// end reads io.EOF. It waits for a Write under way.
func (c *Conn) CloseWrite() error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.ended.Load() {
		return c.failed("close", net.ErrClosed)
	}
	return c.failed("close", c.stream.Close())
}

// Close ends the stream: what was written goes out, nothing more is read.
func (c *Conn) Close() error {
	if c.ended.Swap(true) {
		return c.failed("close", net.ErrClosed)
	}
	c.stream.CancelRead(quic.StreamErrorCode(closeDone))
	_ = c.stream.SetWriteDeadline(time.Unix(1, 0)) // a Write under way ends
	c.writing.Lock()
	_ = c.stream.Close() // it fails if the other end broke it off
	c.writing.Unlock()
	c.room.node.later(lingerFor, c.dropped)
	return nil
}

// LocalAddr is an Addr with the own key.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is an Addr with the other member's key.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline is as of net.Conn.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline is as of net.Conn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	if c.ended.Load() {
		return c.failed("set", net.ErrClosed)
	}
	return c.stream.SetReadDeadline(t)
}

// SetWriteDeadline is as of net.Conn.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	if c.ended.Load() {
		return c.failed("set", net.ErrClosed)
	}
	return c.stream.SetWriteDeadline(t)
}

// abort breaks the stream off.
func (c *Conn) abort(code closeCode) {
	c.ended.Store(true)
	reset(c.stream, code)
	c.room.node.mail.put(c.dropped)
}

// dropped forgets a stream that has ended. Loop only.
func (c *Conn) dropped(time.Time) {
	delete(c.conn.contact.streams, c)
	c.conn.settle(closeSurplus)
}

// failed is an error as net.Conn has it.
func (c *Conn) failed(op string, err error) error {
	switch {
	case err == nil, errors.Is(err, io.EOF):
		return err
	case c.ended.Load():
		err = net.ErrClosed
	}
	return &net.OpError{Op: op, Net: "gochat", Source: c.local, Addr: c.remote, Err: streamError(err)}
}

func opError(op string, addr Addr, err error) error {
	return &net.OpError{Op: op, Net: "gochat", Addr: addr, Err: err}
}

// streamError says in our words what QUIC says.
func streamError(err error) error {
	var stream *quic.StreamError
	var late net.Error
	switch {
	case errors.Is(err, net.ErrClosed), errors.Is(err, ErrParted), errors.Is(err, ErrClosed), errors.Is(err, errRoomProof):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return os.ErrDeadlineExceeded
	case errors.As(err, &stream):
		return ErrReset
	case errors.As(err, &late):
		return ErrLost
	}
	return err
}

// keep takes a stream in. Loop only.
func (c *contact) keep(x *Conn) {
	if c.streams == nil {
		c.streams = map[*Conn]struct{}{}
	}
	c.streams[x] = struct{}{}
}

// incoming is how many streams of applications are open that the contact opened.
// Loop only.
func (c *contact) incoming() (n int) {
	for x := range c.streams {
		if x.incoming && !x.ended.Load() {
			n++
		}
	}
	return n
}

// carries reports whether a connection is needed by applications. Loop only.
func (cn *conn) carries() bool {
	if cn.holds > 0 {
		return true
	}
	for x := range cn.contact.streams {
		if x.conn == cn {
			return true
		}
	}
	return false
}

// endStreams breaks off the streams of applications in a room; nil: in all.
// Loop only.
func (c *contact) endStreams(r *Room) {
	for x := range c.streams {
		if r == nil || x.room == r {
			x.abort(closeLeave)
		}
	}
}

// endStreams ends what applications do in the room. Loop only.
func (r *Room) endStreams() {
	for _, l := range r.listeners {
		l.shut()
	}
	clear(r.listeners)
	for _, m := range r.members {
		m.contact.endStreams(r)
	}
}
