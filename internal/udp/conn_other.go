//go:build !linux && !js

package udp

import (
	"net"
	"net/netip"
)

// conn is a socket read and written one datagram at a time; local addresses
// are not reported.
type conn struct{ *net.UDPConn }

func newConn(c *net.UDPConn) (Conn, error) { return &conn{c}, nil }

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
	return u.WriteToUDPAddrPort(b, to)
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
