//go:build !linux && !js

package udp

import (
	"errors"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// conn is a socket read and written one datagram at a time; local addresses
// are not reported.
type conn struct {
	*net.UDPConn
	writing sync.RWMutex // held alone while the socket has another TTL
}

func newConn(c *net.UDPConn) (Conn, error) { return &conn{UDPConn: c}, nil }

func (u *conn) ReadBatch(ps []Packet) (int, error) {
	if len(ps) == 0 {
		return 0, nil
	}
	for {
		n, from, err := u.ReadFromUDPAddrPort(ps[0].Buf)
		switch {
		case err == nil:
			ps[0].N, ps[0].Addr, ps[0].Local = n, unmap(from), netip.Addr{}
			return 1, nil
		case !isTransient(err):
			return 0, err
		}
	}
}

func (u *conn) WriteTo(b []byte, to netip.AddrPort, _ netip.Addr) (int, error) {
	u.writing.RLock()
	defer u.writing.RUnlock()
	return u.WriteToUDPAddrPort(b, to)
}

// WriteTTL implements ttlWriter.
func (u *conn) WriteTTL(b []byte, to netip.AddrPort, ttl int) error {
	u.writing.Lock()
	defer u.writing.Unlock()
	get, set := ipv4.NewPacketConn(u.UDPConn).TTL, ipv4.NewPacketConn(u.UDPConn).SetTTL
	if to.Addr().Unmap().Is6() {
		get, set = ipv6.NewPacketConn(u.UDPConn).HopLimit, ipv6.NewPacketConn(u.UDPConn).SetHopLimit
	}
	was, err := get()
	if err != nil {
		return err
	}
	if err := set(ttl); err != nil {
		return err
	}
	_, err = u.WriteToUDPAddrPort(b, to)
	return errors.Join(err, set(was))
}

func (u *conn) WriteBatch(ps []Packet) (int, error) { return writeEach(u, ps) }

func (u *conn) LocalAddr() netip.AddrPort {
	return unmap(u.UDPConn.LocalAddr().(*net.UDPAddr).AddrPort())
}

// growBuffers asks for more room; a refusal leaves the default, which works,
// only less well.
func growBuffers(c *net.UDPConn) {
	_ = c.SetReadBuffer(readBuffer)
	_ = c.SetWriteBuffer(writeBuffer)
}
