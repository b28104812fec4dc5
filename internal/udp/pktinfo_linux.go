package udp

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/sys/unix"
)

// controls finds the destination address of a received message in its control
// messages, zero if it is not there, and the size of the datagrams it was made
// of, 0 if it is one. A dual-stack socket reports IPv4 addresses as IPv4-mapped
// IPV6_PKTINFO.
func controls(oob []byte) (local netip.Addr, segment int) {
	for len(oob) >= unix.SizeofCmsghdr {
		h, data, rest, err := unix.ParseOneSocketControlMessage(oob)
		if err != nil {
			break
		}
		switch {
		case h.Level == unix.IPPROTO_IP && h.Type == unix.IP_PKTINFO && len(data) >= unix.SizeofInet4Pktinfo:
			// struct in_pktinfo: int ipi_ifindex; in_addr ipi_spec_dst; in_addr ipi_addr
			local = netip.AddrFrom4([4]byte(data[8:12]))
		case h.Level == unix.IPPROTO_IPV6 && h.Type == unix.IPV6_PKTINFO && len(data) >= unix.SizeofInet6Pktinfo:
			// struct in6_pktinfo: in6_addr ipi6_addr; int ipi6_ifindex
			local = netip.AddrFrom16([16]byte(data[:16])).Unmap()
		case h.Level == unix.IPPROTO_UDP && h.Type == unix.UDP_GRO && len(data) >= 4:
			segment = int(int32(binary.NativeEndian.Uint32(data)))
		}
		oob = rest
	}
	return local, segment
}

// oob appends the control message that makes a datagram leave from the given
// local address; nothing if that is zero or cannot be of this socket's family.
func (u *conn) oob(b []byte, local netip.Addr) []byte {
	local = local.Unmap()
	switch {
	case !local.IsValid(), local.IsMulticast(), u.v4 && local.Is6():
		return b
	case u.v4:
		b, data := appendCmsg(b, unix.IPPROTO_IP, unix.IP_PKTINFO, unix.SizeofInet4Pktinfo)
		a := local.As4()
		copy(data[4:8], a[:]) // ipi_spec_dst is the source when sending
		return b
	default:
		b, data := appendCmsg(b, unix.IPPROTO_IPV6, unix.IPV6_PKTINFO, unix.SizeofInet6Pktinfo)
		a := local.As16()
		copy(data[:16], a[:])
		return b
	}
}

// appendCmsg appends a control message with zeroed data of the given size.
func appendCmsg(b []byte, level, kind, size int) (all, data []byte) {
	start := len(b)
	b = append(b, make([]byte, unix.CmsgSpace(size))...)
	h := b[start:]
	if unix.SizeofCmsghdr == 16 { // struct cmsghdr: size_t len; int level; int type
		binary.NativeEndian.PutUint64(h, uint64(unix.CmsgLen(size)))
	} else {
		binary.NativeEndian.PutUint32(h, uint32(unix.CmsgLen(size)))
	}
	binary.NativeEndian.PutUint32(h[unix.SizeofCmsghdr-8:], uint32(level))
	binary.NativeEndian.PutUint32(h[unix.SizeofCmsghdr-4:], uint32(kind))
	return b, h[unix.CmsgLen(0):][:size]
}
