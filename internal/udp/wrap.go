package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
)

// msgConn is what a net.PacketConn may offer besides, so that a host with
// several addresses can answer from the one that was asked.
type msgConn interface {
	ReadMsg(b []byte) (n int, from netip.AddrPort, local netip.Addr, err error)
	WriteMsg(b []byte, to netip.AddrPort, local netip.Addr) (int, error)
}

// Wrap makes a Conn of a packet connection whose addresses are *net.UDPAddr.
// If it has the methods
//
//	ReadMsg(b []byte) (n int, from netip.AddrPort, local netip.Addr, err error)
//	WriteMsg(b []byte, to netip.AddrPort, local netip.Addr) (int, error)
//
// local addresses are kept, otherwise they are unknown. It reads one datagram
// at a time.
func Wrap(c net.PacketConn) Conn {
	m, _ := c.(msgConn)
	return &wrapped{PacketConn: c, msg: m}
}

type wrapped struct {
	net.PacketConn
	msg msgConn // nil if not offered
}

func (w *wrapped) ReadBatch(ps []Packet) (int, error) {
	if len(ps) == 0 {
		return 0, nil
	}
	for {
		err := w.readOne(&ps[0])
		switch {
		case err == nil:
			return 1, nil
		case !isTransient(err):
			return 0, err
		}
	}
}

func (w *wrapped) readOne(p *Packet) error {
	if w.msg != nil {
		n, from, local, err := w.msg.ReadMsg(p.Buf)
		p.N, p.Addr, p.Local = n, unmap(from), local.Unmap()
		return err
	}
	n, from, err := w.ReadFrom(p.Buf)
	if err != nil {
		return err
	}
	u, ok := from.(*net.UDPAddr)
	if !ok {
		return fmt.Errorf("udp: source address is a %T, want *net.UDPAddr", from)
	}
	p.N, p.Addr, p.Local = n, unmap(u.AddrPort()), netip.Addr{}
	return nil
}

func (w *wrapped) WriteTo(b []byte, to netip.AddrPort, local netip.Addr) (int, error) {
	if w.msg != nil {
		return w.msg.WriteMsg(b, to, local)
	}
	return w.PacketConn.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

func (w *wrapped) WriteTTL(b []byte, to netip.AddrPort, ttl int) error {
	if t, ok := w.PacketConn.(ttlWriter); ok {
		return t.WriteTTL(b, to, ttl)
	}
	return errors.ErrUnsupported
}

func (w *wrapped) WriteBatch(ps []Packet) (int, error) { return writeEach(w, ps) }

func (w *wrapped) LocalAddr() netip.AddrPort {
	if u, ok := w.PacketConn.LocalAddr().(*net.UDPAddr); ok {
		return unmap(u.AddrPort())
	}
	return netip.AddrPort{}
}

// isTransient tells errors that concern an earlier write from those of the
// socket itself. Reading on clears them, so a read loop cannot spin on one.
func isTransient(err error) bool {
	for _, e := range transientErrors {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
