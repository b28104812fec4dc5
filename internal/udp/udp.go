package udp

import (
	"errors"
	"net/netip"
	"time"
)

// Packet is one datagram. For reading, Buf is where it goes; a longer
// datagram is cut. For writing, Buf[:N] is sent.
type Packet struct {
	Buf   []byte
	N     int            // bytes of Buf in use
	Addr  netip.AddrPort // the other side, never IPv4-mapped
	Local netip.Addr     // our address it came to or leaves from; zero: unknown, or let the system choose
}

// Bytes is the datagram.
func (p *Packet) Bytes() []byte { return p.Buf[:p.N] }

// MaxBatch is how many packets one call of ReadBatch or WriteBatch handles at
// most at once in the kernel; longer slices gain nothing.
const MaxBatch = 64

// Conn is a bound UDP socket. One goroutine may read while others write.
type Conn interface {
	// ReadBatch waits for at least one datagram and fills as many elements
	// of ps, from the first, as there are datagrams waiting. What the
	// network says about earlier writes (ICMP errors) is no error here.
	// After Close it returns net.ErrClosed, at the deadline
	// os.ErrDeadlineExceeded.
	ReadBatch(ps []Packet) (int, error)

	// WriteTo sends one datagram, from the given local address if that is
	// valid and the system can.
	WriteTo(b []byte, to netip.AddrPort, local netip.Addr) (int, error)

	// WriteBatch sends each of ps once and reports how many the system
	// accepted and the first error; one that fails does not stop the rest.
	WriteBatch(ps []Packet) (int, error)

	// LocalAddr is the bound address, never IPv4-mapped.
	LocalAddr() netip.AddrPort

	SetReadDeadline(t time.Time) error
	Close() error
}

// ttlWriter is what a Conn may offer besides.
type ttlWriter interface {
	WriteTTL(b []byte, to netip.AddrPort, ttl int) error
}

// WriteTTL sends one datagram that crosses at most ttl routers, for it is only
// to open the own NAT. The error is errors.ErrUnsupported where that is not
// possible; then nothing was sent.
func WriteTTL(c Conn, b []byte, to netip.AddrPort, ttl int) error {
	if t, ok := c.(ttlWriter); ok {
		return t.WriteTTL(b, to, ttl)
	}
	return errors.ErrUnsupported
}

// unmap is the one place where addresses lose the IPv4-mapped form
// (::ffff:192.0.2.1) that dual-stack sockets report.
func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// writeEach is WriteBatch for connections that send one at a time.
func writeEach(c Conn, ps []Packet) (int, error) {
	var first error
	sent := 0
	for i := range ps {
		if _, err := c.WriteTo(ps[i].Bytes(), ps[i].Addr, ps[i].Local); err == nil {
			sent++
		} else if first == nil {
			first = err
		}
	}
	return sent, first
}
