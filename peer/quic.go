package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/punch"
)

// closeCode is an application error code (RFC 9000 §20.2), of CONNECTION_CLOSE
// or of a stream's RESET_STREAM and STOP_SENDING.
type closeCode uint64

// The codes. Only append.
const (
	closeLeave     closeCode = 1 // the member leaves the room; of a connection: all we shared
	closeDuplicate closeCode = 2 // another connection of this pair, or stream of this room, stays
	closeRefused   closeCode = 3 // no or wrong room proof
	closeStale     closeCode = 4 // a newer run of this member is here
	closeInvalid   closeCode = 5 // the member broke the protocol
	closeLost      closeCode = 6 // no sign of life on any path; of a stream: it is not read
	closeSurplus   closeCode = 7 // there are links enough without it
	// Of an application's stream:
	closeUnserved closeCode = 8  // nobody listens for its protocol
	closeBusy     closeCode = 9  // there are too many
	closeDone     closeCode = 10 // the application reads no more
)

const (
	maxLinks = 64 // and streams that are refused, of one connection

	// streamWindow is how much of a stream is taken that nobody reads;
	// connWindow is more than all streams of applications together, so that one
	// that does not read its streams holds up no room.
	streamWindow = 512 << 10
	connWindow   = maxStreams*streamWindow + 2<<20
)

// quicConfig: packets fit every path (1200 bytes, no MTU discovery: the path
// may change under the connection), no 0-RTT, no tickets.
var quicConfig = &quic.Config{
	HandshakeIdleTimeout:    5 * time.Second,
	MaxIdleTimeout:          45 * time.Second,
	KeepAlivePeriod:         15 * time.Second,
	InitialPacketSize:       1200,
	DisablePathMTUDiscovery: true,
	MaxIncomingStreams:      maxLinks + maxStreams,
	MaxIncomingUniStreams:   -1,

	InitialStreamReceiveWindow:     streamWindow,
	MaxStreamReceiveWindow:         streamWindow,
	InitialConnectionReceiveWindow: connWindow,
	MaxConnectionReceiveWindow:     connWindow,
}

// transport wraps QUIC over the punched socket.
type transport struct {
	cert     tls.Certificate
	self     crypto.PublicKey
	tr       *quic.Transport
	conn     *punch.Conn
	expected func(*punch.Remote) (crypto.PublicKey, bool)

	mu       sync.Mutex
	halfOpen map[string]int // unfinished handshakes by virtual address
}

func newTransport(id *crypto.Identity, conn *punch.Conn, expected func(*punch.Remote) (crypto.PublicKey, bool)) (*transport, error) {
	cert, err := id.Certificate()
	if err != nil {
		return nil, err
	}
	t := &transport{cert: cert, self: id.Public(), conn: conn, expected: expected}
	t.tr = &quic.Transport{Conn: conn, ConnContext: t.admit, DisableVersionNegotiationPackets: true}
	return t, nil
}

// maxHalfOpen is how many unfinished handshakes one member may have with us:
// the one under way and one it gave up.
const maxHalfOpen = 2

// errHalfOpen refuses a further handshake.
var errHalfOpen = errors.New("too many unfinished handshakes")

// admit counts a member's unfinished handshakes, so that a member cannot fill
// our memory with them. The context ends with the connection.
func (t *transport) admit(ctx context.Context, info *quic.ClientInfo) (context.Context, error) {
	addr := info.RemoteAddr.String()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.halfOpen[addr] >= maxHalfOpen {
		return nil, errHalfOpen
	}
	if t.halfOpen == nil {
		t.halfOpen = map[string]int{}
	}
	t.halfOpen[addr]++
	finished := sync.OnceFunc(func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		if t.halfOpen[addr]--; t.halfOpen[addr] == 0 {
			delete(t.halfOpen, addr)
		}
	})
	context.AfterFunc(ctx, finished)
	return context.WithValue(ctx, finishedKey{}, finished), nil
}

// finishedKey finds in a connection's context what to call once its handshake
// is done.
type finishedKey struct{}

// serve hands each incoming connection of an expected member to accept, which
// must not block, until ctx ends.
func (t *transport) serve(ctx context.Context, accept func(*quic.Conn, *punch.Remote)) error {
	conf := &tls.Config{
		MinVersion: tls.VersionTLS13,
		NextProtos: []string{crypto.ALPN},
		GetConfigForClient: func(h *tls.ClientHelloInfo) (*tls.Config, error) {
			want, ok := t.expected(t.conn.RemoteAt(h.Conn.RemoteAddr()))
			if !ok {
				return nil, crypto.ErrPeerKey
			}
			return crypto.TLSConfig(t.cert, func(k crypto.PublicKey) bool { return k == want }), nil
		},
	}
	ln, err := t.tr.Listen(conf, quicConfig)
	if err != nil {
		return fmt.Errorf("listen for links: %w", err)
	}
	for {
		c, err := ln.Accept(ctx)
		if err != nil {
			return nil // ctx ended or the transport was closed
		}
		if finished, ok := c.Context().Value(finishedKey{}).(func()); ok {
			finished()
		}
		r := t.conn.RemoteAt(c.RemoteAddr())
		if r == nil {
			closeConn(c, closeRefused)
			continue
		}
		accept(c, r)
	}
}

// dial opens a connection to a member whose key must be want.
func (t *transport) dial(ctx context.Context, r *punch.Remote, want crypto.PublicKey) (*quic.Conn, error) {
	conf := crypto.TLSConfig(t.cert, func(k crypto.PublicKey) bool { return k == want })
	return t.tr.Dial(ctx, r.Addr(), conf, quicConfig)
}

// exporter is the keying material both ends of a connection share
// (RFC 8446 §7.5).
func exporter(c *quic.Conn, label string, n int) ([]byte, error) {
	cs := c.ConnectionState().TLS
	return cs.ExportKeyingMaterial(label, nil, n)
}

// ends are the two ends of a connection with peer.
func (t *transport) ends(c *quic.Conn, dialled bool, peer crypto.PublicKey) (e ends, err error) {
	e = ends{me: crypto.RoleServer, client: peer, server: t.self}
	if dialled {
		e = ends{me: crypto.RoleClient, client: t.self, server: peer}
	}
	e.exporter, err = exporter(c, exportProof, 32)
	return e, err
}

// codeOf tells why a connection or stream ended, if the other end said so;
// else it is 0.
func codeOf(err error) closeCode {
	var app *quic.ApplicationError
	var stream *quic.StreamError
	switch {
	case errors.As(err, &app) && app.Remote:
		return closeCode(app.ErrorCode)
	case errors.As(err, &stream) && stream.Remote:
		return closeCode(stream.ErrorCode)
	}
	return 0
}

// closeConn ends a connection; the code of the first close counts.
func closeConn(c *quic.Conn, code closeCode) {
	c.CloseWithError(quic.ApplicationErrorCode(code), "")
}

var _ net.PacketConn = (*punch.Conn)(nil)

// close ends all connections and stops listening.
func (t *transport) close() { t.tr.Close() }
