package udp

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

var noIPv6Errors = []error{unix.EAFNOSUPPORT, unix.EADDRNOTAVAIL, unix.EPROTONOSUPPORT}

// message is what the kernel sends or receives at once.
type message = ipv4.Message

// batcher is what ipv4.PacketConn and ipv6.PacketConn have in common; their
// Message types are one.
type batcher interface {
	ReadBatch(ms []message, flags int) (int, error)
	WriteBatch(ms []message, flags int) (int, error)
}

// oobSize has room for a packet-info control message of either family and the
// size of segments.
const oobSize = 128

// conn is a socket read and written with recvmmsg and sendmmsg, with the local
// address of each datagram in a control message (IP_PKTINFO, RFC 3542). Packets
// that go together to one destination, or came together from one, pass the
// kernel as one message where it can do that.
type conn struct {
	*net.UDPConn
	batch batcher
	v4    bool // an AF_INET socket; otherwise AF_INET6, perhaps dual-stack

	reading sync.Mutex // guards rx
	rx      receiver

	writing sync.Mutex // guards tx
	tx      sender
}

func newConn(c *net.UDPConn) (Conn, error) {
	u := &conn{UDPConn: c}
	local, _ := c.LocalAddr().(*net.UDPAddr)
	u.v4 = local != nil && len(local.IP) == net.IPv4len
	var err error
	if u.v4 {
		p := ipv4.NewPacketConn(c)
		u.batch, err = p, p.SetControlMessage(ipv4.FlagDst, true)
	} else {
		p := ipv6.NewPacketConn(c)
		u.batch, err = p, p.SetControlMessage(ipv6.FlagDst, true)
	}
	if err != nil {
		c.Close()
		return nil, err
	}
	for i := range u.rx.messages {
		u.rx.messages[i].Buffers = make([][]byte, 1)
		u.rx.messages[i].OOB = make([]byte, oobSize)
	}
	u.tx.segments = canSegment(c)
	return u, nil
}

func (u *conn) ReadBatch(ps []Packet) (int, error) {
	u.reading.Lock()
	defer u.reading.Unlock()
	if len(ps) == 0 {
		return 0, nil
	}
	// Who offers a whole batch expects much. For others the memory is too dear.
	if !u.rx.tried && len(ps) >= MaxBatch {
		u.coalesce()
	}
	if u.rx.room != nil {
		return u.readCoalesced(ps)
	}
	ms := u.rx.messages[:min(len(ps), MaxBatch)]
	for i := range ms {
		ms[i].Buffers[0] = ps[i].Buf
		ms[i].OOB = ms[i].OOB[:oobSize]
	}
	n, err := u.readMessages(ms)
	if err != nil {
		return 0, err
	}
	for i := range ms[:n] {
		m, p := &ms[i], &ps[i]
		p.N, p.Addr = m.N, netip.AddrPort{}
		p.Local, _ = controls(m.OOB[:m.NN])
		if from, ok := m.Addr.(*net.UDPAddr); ok {
			p.Addr = unmap(from.AddrPort())
		}
		m.Buffers[0] = nil
	}
	return n, nil
}

func (u *conn) WriteTo(b []byte, to netip.AddrPort, local netip.Addr) (int, error) {
	n, _, err := u.WriteMsgUDPAddrPort(b, u.oob(nil, local), to)
	return n, err
}

// WriteTTL implements ttlWriter. The limit goes with the packet, so that others
// may write at the same time.
func (u *conn) WriteTTL(b []byte, to netip.AddrPort, ttl int) error {
	level, kind := unix.IPPROTO_IP, unix.IP_TTL
	if to.Addr().Unmap().Is6() {
		level, kind = unix.IPPROTO_IPV6, unix.IPV6_HOPLIMIT
	}
	oob, data := appendCmsg(nil, level, kind, 4)
	binary.NativeEndian.PutUint32(data, uint32(ttl))
	_, _, err := u.WriteMsgUDPAddrPort(b, oob, to)
	return err
}

func (u *conn) WriteBatch(ps []Packet) (int, error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	var first error
	sent := 0
	for len(ps) > 0 {
		some := ps[:min(len(ps), MaxBatch)]
		n, err := u.writeSome(some)
		sent += n
		if first == nil {
			first = err
		}
		ps = ps[len(some):]
	}
	return sent, first
}

func (u *conn) LocalAddr() netip.AddrPort {
	return unmap(u.UDPConn.LocalAddr().(*net.UDPAddr).AddrPort())
}

// growBuffers passes the system's limit where the process may.
func growBuffers(c *net.UDPConn) {
	force := func(option, size int) bool {
		raw, err := c.SyscallConn()
		if err != nil {
			return false
		}
		set := err
		err = raw.Control(func(fd uintptr) {
			set = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, size)
		})
		return err == nil && set == nil
	}
	// A refusal leaves the default size, which works, only less well.
	if !force(unix.SO_RCVBUFFORCE, readBuffer) {
		_ = c.SetReadBuffer(readBuffer)
	}
	if !force(unix.SO_SNDBUFFORCE, writeBuffer) {
		_ = c.SetWriteBuffer(writeBuffer)
	}
}
