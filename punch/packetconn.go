package punch

import (
	"net"
	"net/netip"
	"time"
)

var _ net.PacketConn = (*Conn)(nil)

// ReadFrom returns the next QUIC packet and the virtual address of its sender,
// a *net.UDPAddr that the caller must not change.
func (c *Conn) ReadFrom(p []byte) (int, net.Addr, error) {
	n, from, err := c.queue.get(p)
	if err != nil {
		return 0, nil, err
	}
	return n, from, nil
}

// WriteTo sends a QUIC packet to a member's virtual address, by the route of
// the moment. Packets to unknown members vanish as on any network.
func (c *Conn) WriteTo(p []byte, to net.Addr) (int, error) {
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	u, ok := to.(*net.UDPAddr)
	if !ok {
		return 0, &net.AddrError{Err: "not a virtual address", Addr: to.String()}
	}
	c.mu.Lock()
	r := c.remotes[u.AddrPort().Addr()]
	if r == nil {
		c.mu.Unlock()
		return len(p), nil
	}
	var fx effects
	route, relay := r.write(time.Now(), p, &fx)
	c.mu.Unlock()
	c.run(&fx)
	if route.Direct.IsValid() {
		c.sendBy(directPacket{p: p, to: route.Direct, remote: r, sock: route.Sock})
	}
	if route.Relay && relay != nil {
		relay(p)
	}
	return len(p), nil
}

// LocalAddr is a virtual address of this end.
func (c *Conn) LocalAddr() net.Addr {
	return net.UDPAddrFromAddrPort(virtualAddr(0))
}

// virtualAddr is the id-th virtual address.
func virtualAddr(id uint64) netip.AddrPort {
	var ip [16]byte
	copy(ip[:], virtualPrefix[:])
	for i := range 8 {
		ip[15-i] = byte(id >> (8 * i))
	}
	return netip.AddrPortFrom(netip.AddrFrom16(ip), 1)
}

// virtualPrefix is the range of the addresses under which QUIC knows members:
// a unique local prefix (RFC 4193) that is never on a wire.
var virtualPrefix = [8]byte{0xfd, 'g', 'o', 'c', 'h', 'a', 't', 1}

// SetReadDeadline bounds ReadFrom.
func (c *Conn) SetReadDeadline(t time.Time) error { c.queue.setDeadline(t); return nil }

// SetWriteDeadline does nothing: writes do not block.
func (c *Conn) SetWriteDeadline(time.Time) error { return nil }

// SetDeadline bounds ReadFrom.
func (c *Conn) SetDeadline(t time.Time) error { return c.SetReadDeadline(t) }

// SetReadBuffer and SetWriteBuffer satisfy QUIC, which would warn of a socket
// whose buffers it cannot set; the real socket's are set where it is opened.
func (c *Conn) SetReadBuffer(int) error { return nil }

// SetWriteBuffer does nothing: see SetReadBuffer.
func (c *Conn) SetWriteBuffer(int) error { return nil }
