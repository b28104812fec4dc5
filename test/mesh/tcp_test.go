package mesh

import (
	"context"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"gochat/internal/wire"
	"gochat/internal/wsconn"
	"gochat/peer"
)

// tcp is a network of connections to the bootnode, in virtual time, beside the
// simulated one of packets.
type tcp struct {
	delay time.Duration // one way

	mu     sync.Mutex
	conns  chan net.Conn
	closed chan struct{} // while the bootnode is down
	open   []net.Conn
	dials  int
	port   uint16
	down   bool // the network: nothing answers
}

func newTCP(delay time.Duration) *tcp { return &tcp{delay: delay, port: 40000} }

// listen is the bootnode's listener, until it is closed.
func (n *tcp) listen() net.Listener {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.conns, n.closed = make(chan net.Conn), make(chan struct{})
	return &tcpListener{n: n, conns: n.conns, closed: n.closed}
}

type tcpListener struct {
	n      *tcp
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (l *tcpListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *tcpListener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *tcpListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 9595} }

// addressed is a connection with the other end's address.
type addressed struct {
	net.Conn
	remote net.Addr
}

func (c addressed) RemoteAddr() net.Addr { return c.remote }

// dialer opens WebSockets from an address.
func (n *tcp) dialer(from string) func(context.Context, string, func(netip.Addr) bool) (peer.Stream, error) {
	d := &wsconn.Dialer{Limits: wsconn.Limits{Packet: wire.MaxPacket}, DialContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
		return n.dial(ctx, from)
	}}
	return func(ctx context.Context, url string, _ func(netip.Addr) bool) (peer.Stream, error) {
		c, err := d.Dial(ctx, url)
		if err != nil {
			return nil, err
		}
		return c, nil
	}
}

func (n *tcp) dial(ctx context.Context, from string) (net.Conn, error) {
	n.mu.Lock()
	n.dials++
	for n.down { // the system repeats its SYN
		n.mu.Unlock()
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
		n.mu.Lock()
	}
	n.mu.Unlock()
	time.Sleep(2 * n.delay) // the handshake
	n.mu.Lock()
	n.port++
	remote := net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(from), n.port))
	conns, closed := n.conns, n.closed
	near, a := net.Pipe()
	b, far := net.Pipe()
	n.open = append(n.open, near, a, b, far)
	n.mu.Unlock()
	go n.carry(a, b)
	go n.carry(b, a)
	select {
	case conns <- addressed{far, remote}:
		return addressed{near, &net.TCPAddr{}}, nil
	case <-closed:
	case <-ctx.Done():
	}
	a.Close()
	b.Close()
	return nil, net.ErrClosed
}

// carry takes bytes from one pipe to another, each after the delay.
func (n *tcp) carry(from, to net.Conn) {
	type part struct {
		due time.Time
		b   []byte
	}
	line := make(chan part, 4096)
	go func() {
		defer close(line)
		for {
			buf := make([]byte, 4096)
			k, err := from.Read(buf)
			if err != nil {
				return
			}
			line <- part{time.Now().Add(n.delay), buf[:k]}
		}
	}()
	for p := range line {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.b); err != nil {
			break
		}
	}
	from.Close()
	to.Close()
	for range line {
	}
	_, _ = io.Copy(io.Discard, from)
}

// reset breaks all connections there are.
func (n *tcp) reset() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.open {
		c.Close()
	}
	n.open = nil
}

// outage takes the network down, or lets it come back.
func (n *tcp) outage(down bool) {
	n.mu.Lock()
	n.down = down
	n.mu.Unlock()
	if down {
		n.reset()
	}
}

func (n *tcp) dialled() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials
}
