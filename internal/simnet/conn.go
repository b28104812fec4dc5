package simnet

import (
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// recvQueue is how many datagrams wait for a reader before new ones are
// dropped: about what a default socket buffer holds.
const recvQueue = 512

// Conn is a UDP socket as a net.PacketConn. Like a dual-stack socket of the
// real net package it reports IPv4 addresses in their 16-byte form, so that a
// forgotten Unmap shows. Its ReadMsg and WriteMsg also tell and choose the
// local address.
type Conn struct {
	socket *Socket

	mu       sync.Mutex
	readable sync.Cond
	queue    []Datagram
	closed   bool
	deadline time.Time
	alarm    *time.Timer // wakes readers at the deadline
}

// ListenPacket opens a UDP port (0: any free one) on all addresses of the host.
func (h *Host) ListenPacket(port uint16) (net.PacketConn, error) {
	c := &Conn{}
	c.readable.L = &c.mu
	s, err := h.bind(port, c.push)
	if err != nil {
		return nil, err
	}
	s.onClose = c.shut
	c.socket = s
	return c, nil
}

func (c *Conn) push(_ time.Time, d Datagram) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || len(c.queue) >= recvQueue {
		return false
	}
	c.queue = append(c.queue, d)
	c.readable.Broadcast()
	return true
}

// ReadMsg reads one datagram, cut to len(b), and reports where it came from
// and which address of this host it was sent to.
func (c *Conn) ReadMsg(b []byte) (n int, from netip.AddrPort, local netip.Addr, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, netip.AddrPort{}, netip.Addr{}, opError("read", net.ErrClosed)
		case !c.deadline.IsZero() && !time.Now().Before(c.deadline):
			return 0, netip.AddrPort{}, netip.Addr{}, opError("read", os.ErrDeadlineExceeded)
		case len(c.queue) > 0:
			d := c.queue[0]
			c.queue = c.queue[1:]
			return copy(b, d.Data), d.From, d.Local, nil
		}
		c.readable.Wait()
	}
}

// WriteMsg sends one datagram, from the given address of this host if local
// is valid.
func (c *Conn) WriteMsg(b []byte, to netip.AddrPort, local netip.Addr) (int, error) {
	if err := c.socket.Send(b, to, local); err != nil {
		return 0, err
	}
	return len(b), nil
}

// WriteTTL sends one datagram that crosses at most so many routers.
func (c *Conn) WriteTTL(b []byte, to netip.AddrPort, ttl int) error {
	return c.socket.SendTTL(b, to, netip.Addr{}, ttl)
}

// ReadFrom implements net.PacketConn; addresses are *net.UDPAddr.
func (c *Conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, _, err := c.ReadMsg(b)
	if err != nil {
		return 0, nil, err
	}
	ip := from.Addr().As16()
	return n, &net.UDPAddr{IP: ip[:], Port: int(from.Port())}, nil
}

// WriteTo implements net.PacketConn; the address must be a *net.UDPAddr.
func (c *Conn) WriteTo(b []byte, to net.Addr) (int, error) {
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, opError("write", syscall.EINVAL)
	}
	return c.WriteMsg(b, u.AddrPort(), netip.Addr{})
}

// Close implements net.PacketConn. Readers return net.ErrClosed.
func (c *Conn) Close() error {
	c.mu.Lock()
	closed := c.closed
	c.mu.Unlock()
	if closed {
		return opError("close", net.ErrClosed)
	}
	c.socket.Close()
	return nil
}

func (c *Conn) shut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.queue = nil
	if c.alarm != nil {
		c.alarm.Stop()
	}
	c.readable.Broadcast()
}

// LocalAddr is the wildcard address with the socket's port.
func (c *Conn) LocalAddr() net.Addr {
	return &net.UDPAddr{IP: net.IPv6unspecified, Port: int(c.socket.port)}
}

// SetReadDeadline implements net.PacketConn.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return opError("set", net.ErrClosed)
	}
	c.deadline = t
	if c.alarm != nil {
		c.alarm.Stop()
		c.alarm = nil
	}
	if !t.IsZero() {
		c.alarm = time.AfterFunc(time.Until(t), func() {
			c.mu.Lock() // not between a reader's look at the deadline and its Wait
			defer c.mu.Unlock()
			c.readable.Broadcast()
		})
	}
	c.readable.Broadcast() // readers look at the new deadline
	return nil
}

// SetWriteDeadline implements net.PacketConn; writes never block.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline implements net.PacketConn.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }
