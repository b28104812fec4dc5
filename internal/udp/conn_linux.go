package udp

import (
	"net"
	"net/netip"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
	"golang.org/x/sys/unix"
)

var noIPv6Errors = []error{unix.EAFNOSUPPORT, unix.EADDRNOTAVAIL, unix.EPROTONOSUPPORT}

// batcher is what ipv4.PacketConn and ipv6.PacketConn have in common; their
// Message types are one.
type batcher interface {
	ReadBatch(ms []ipv4.Message, flags int) (int, error)
	WriteBatch(ms []ipv4.Message, flags int) (int, error)
}

// oobSize has room for one packet-info control message of either family.
const oobSize = 64

// conn is a socket read and written with recvmmsg and sendmmsg, with the local
// address of each datagram in a control message (IP_PKTINFO, RFC 3542).
type conn struct {
	*net.UDPConn
	batch batcher
	v4    bool // an AF_INET socket; otherwise AF_INET6, perhaps dual-stack

	reading sync.Mutex // guards rx
	rx      []ipv4.Message

	writing sync.Mutex // guards tx
	tx      []ipv4.Message
}

func newConn(c *net.UDPConn) (Conn, error) {
	u := &conn{UDPConn: c, rx: make([]ipv4.Message, MaxBatch), tx: make([]ipv4.Message, MaxBatch)}
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
	for i := range u.rx {
		u.rx[i].Buffers = make([][]byte, 1)
		u.rx[i].OOB = make([]byte, oobSize)
		u.tx[i].Buffers = make([][]byte, 1)
	}
	return u, nil
}

func (u *conn) ReadBatch(ps []Packet) (int, error) {
	u.reading.Lock()
	defer u.reading.Unlock()
	if len(ps) == 0 {
		return 0, nil
	}
	ms := u.rx[:min(len(ps), len(u.rx))]
	for i := range ms {
		ms[i].Buffers[0] = ps[i].Buf
		ms[i].OOB = ms[i].OOB[:oobSize]
	}
	for {
		n, err := u.batch.ReadBatch(ms, 0)
		if err != nil {
			if isTransient(err) {
				continue
			}
			return 0, err
		}
		for i := range ms[:n] {
			m, p := &ms[i], &ps[i]
			p.N, p.Addr, p.Local = m.N, netip.AddrPort{}, localOf(m.OOB[:m.NN])
			if from, ok := m.Addr.(*net.UDPAddr); ok {
				p.Addr = unmap(from.AddrPort())
			}
			m.Buffers[0] = nil
		}
		return n, nil
	}
}

func (u *conn) WriteTo(b []byte, to netip.AddrPort, local netip.Addr) (int, error) {
	n, _, err := u.WriteMsgUDPAddrPort(b, u.oob(nil, local), to)
	return n, err
}

func (u *conn) WriteBatch(ps []Packet) (int, error) {
	u.writing.Lock()
	defer u.writing.Unlock()
	var first error
	sent := 0
	for len(ps) > 0 {
		ms := u.tx[:min(len(ps), len(u.tx))]
		for i := range ms {
			ms[i].Buffers[0] = ps[i].Bytes()
			ms[i].Addr = net.UDPAddrFromAddrPort(ps[i].Addr)
			ms[i].OOB = u.oob(ms[i].OOB[:0], ps[i].Local)
		}
		n, err := u.batch.WriteBatch(ms, 0)
		n = max(n, 0)
		sent += n
		for i := range ms {
			ms[i].Buffers[0] = nil // the caller's, not ours to keep
		}
		if err != nil {
			if first == nil {
				first = err
			}
			n++ // sendmmsg fails only for the first packet it did not send
		}
		ps = ps[min(n, len(ps)):]
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
