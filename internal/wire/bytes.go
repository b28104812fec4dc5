package wire

import (
	"encoding/binary"
	"net/netip"
)

// cursor reads fields off the front of a frame. After the first short or bad
// field every further read yields zero values and ok stays false, so parsers
// check once, at the end.
type cursor struct {
	b   []byte
	bad bool
}

func (c *cursor) take(n int) []byte {
	if c.bad || n < 0 || n > len(c.b) {
		c.bad = true
		return nil
	}
	v := c.b[:n:n]
	c.b = c.b[n:]
	return v
}

func (c *cursor) copy(dst []byte) { copy(dst, c.take(len(dst))) }

func (c *cursor) u8() byte {
	if v := c.take(1); v != nil {
		return v[0]
	}
	return 0
}

func (c *cursor) u16() uint16 {
	if v := c.take(2); v != nil {
		return binary.BigEndian.Uint16(v)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if v := c.take(4); v != nil {
		return binary.BigEndian.Uint32(v)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if v := c.take(8); v != nil {
		return binary.BigEndian.Uint64(v)
	}
	return 0
}

// bytes16 reads a 16-bit length and that many bytes, at most max.
func (c *cursor) bytes16(max int) []byte {
	n := int(c.u16())
	if n > max {
		c.bad = true
		return nil
	}
	return c.take(n)
}

// Address families as they stand in frames.
const (
	familyNone = 0
	family4    = 4
	family6    = 6
)

// addr reads family(1) ‖ IP(0, 4 or 16) ‖ port(2, if there is an IP).
func (c *cursor) addr() netip.AddrPort {
	switch c.u8() {
	case familyNone:
		return netip.AddrPort{}
	case family4:
		var ip [4]byte
		c.copy(ip[:])
		return netip.AddrPortFrom(netip.AddrFrom4(ip), c.u16())
	case family6:
		var ip [16]byte
		c.copy(ip[:])
		a := netip.AddrFrom16(ip)
		if a.Is4In6() { // one form only: such an address is written as family 4
			c.bad = true
		}
		return netip.AddrPortFrom(a, c.u16())
	}
	c.bad = true
	return netip.AddrPort{}
}

// done reports whether all was well and everything was read.
func (c *cursor) done() bool { return !c.bad && len(c.b) == 0 }

// AppendAddr appends family ‖ IP ‖ port; an invalid address is one zero byte.
// Zones are dropped: they mean nothing to others.
func AppendAddr(b []byte, a netip.AddrPort) []byte {
	ip := a.Addr().Unmap().WithZone("")
	switch {
	case ip.Is4():
		b = append(b, family4)
	case ip.Is6():
		b = append(b, family6)
	default:
		return append(b, familyNone)
	}
	b = append(b, ip.AsSlice()...)
	return binary.BigEndian.AppendUint16(b, a.Port())
}

// addrLen is the length of an address in a frame.
func addrLen(a netip.AddrPort) int {
	switch ip := a.Addr().Unmap(); {
	case ip.Is4():
		return 1 + 4 + 2
	case ip.Is6():
		return maxAddrLen
	}
	return 1
}

// maxAddrLen is the length of an IPv6 address in a frame.
const maxAddrLen = 1 + 16 + 2

func append16(b, v []byte) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(v)))
	return append(b, v...)
}
