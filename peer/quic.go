package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/punch"
)

// Application error codes of CONNECTION_CLOSE (RFC 9000 §19.19). Only append.
const (
	closeLeave     quic.ApplicationErrorCode = 1 // the member leaves the room
	closeDuplicate quic.ApplicationErrorCode = 2 // another connection of this pair stays
	closeRefused   quic.ApplicationErrorCode = 3 // no or wrong room proof
	closeStale     quic.ApplicationErrorCode = 4 // a newer run of this member is here
	closeInvalid   quic.ApplicationErrorCode = 5 // the member broke the protocol
	closeLost      quic.ApplicationErrorCode = 6 // no sign of life on any path
)

const proofTimeout = 5 * time.Second

// quicConfig: packets fit every path (1200 bytes, no MTU discovery: the path
// may change under the connection), no 0-RTT, no tickets.
var quicConfig = &quic.Config{
	HandshakeIdleTimeout:    5 * time.Second,
	MaxIdleTimeout:          45 * time.Second,
	KeepAlivePeriod:         15 * time.Second,
	InitialPacketSize:       1200,
	DisablePathMTUDiscovery: true,
	MaxIncomingStreams:      64,
	MaxIncomingUniStreams:   -1,
}

var errRoomProof = errors.New("no valid room proof")

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

// serve hands each incoming connection of an expected member to accept, in a
// goroutine of its own, until ctx ends.
func (t *transport) serve(ctx context.Context, accept func(context.Context, *quic.Conn, *punch.Remote)) error {
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
			c.CloseWithError(closeRefused, "")
			continue
		}
		go accept(ctx, c, r)
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

const (
	exportProof = "gochat/1 room proof"
	exportSum   = "gochat/1 reconciliation"
)

// ends are the two ends of a connection as the room proof names them.
type ends struct {
	me             crypto.Role
	client, server crypto.PublicKey
}

func (t *transport) ends(me crypto.Role, peer crypto.PublicKey) ends {
	if me == crypto.RoleClient {
		return ends{me, t.self, peer}
	}
	return ends{me, peer, t.self}
}

func (e ends) other() crypto.Role {
	if e.me == crypto.RoleClient {
		return crypto.RoleServer
	}
	return crypto.RoleClient
}

// writeProof sends the own proof of knowing the room.
func writeProof(s io.Writer, c *quic.Conn, room *crypto.RoomKeys, e ends) error {
	ex, err := exporter(c, exportProof, 32)
	if err != nil {
		return err
	}
	_, err = s.Write(wire.AppendProof(nil, room.Proof(e.me, ex, e.client, e.server)))
	return err
}

// readProof reads the other end's proof and finds which of rooms it is for.
func readProof(s *quic.Stream, c *quic.Conn, rooms []*crypto.RoomKeys, e ends) (*crypto.RoomKeys, error) {
	s.SetReadDeadline(time.Now().Add(proofTimeout))
	defer s.SetReadDeadline(time.Time{})
	buf := make([]byte, wire.ProofSize)
	if _, err := io.ReadFull(s, buf); err != nil {
		return nil, err
	}
	got, err := wire.ParseProof(buf)
	if err != nil {
		return nil, err
	}
	ex, err := exporter(c, exportProof, 32)
	if err != nil {
		return nil, err
	}
	for _, r := range rooms {
		if r.CheckProof(got[:], e.other(), ex, e.client, e.server) {
			return r, nil
		}
	}
	return nil, errRoomProof
}

// closeCode tells why a connection ended, if the other end said so.
func closeCode(err error) (quic.ApplicationErrorCode, bool) {
	var app *quic.ApplicationError
	if errors.As(err, &app) && app.Remote {
		return app.ErrorCode, true
	}
	return 0, false
}

var _ net.PacketConn = (*punch.Conn)(nil)

// close ends all connections and stops listening.
func (t *transport) close() { t.tr.Close() }
