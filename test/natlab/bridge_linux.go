package natlab

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Impairment is what the way between two public interfaces does to IP packets.
type Impairment struct {
	Delay, Jitter time.Duration // one way; jitter keeps the order
	Loss          float64       // probability
	Hops          int           // taken off the TTL or hop limit
}

// lineLength bounds the frames on their way from one port, as a router's
// buffer does.
const lineLength = 8192

// bridge passes Ethernet frames between packet sockets, like a switch: to the
// port where their destination was last heard, or to all.
type bridge struct {
	impair Impairment
	ports  []*os.File
	nodes  []string // where each port's cable leads
	sides  atomic.Pointer[[]int]
	probes atomic.Int64
	heard  sync.Map // the port by hardware address
}

// Partition parts the Internet: only the nodes of one group reach each other
// (srv, p, q, natA, natB, cgn); those that are in none are one group, too.
// Without groups all is whole again. It needs an impaired lab.
func (l *Lab) Partition(groups ...[]string) {
	sides := make([]int, len(l.bridge.nodes))
	for i, node := range l.bridge.nodes {
		sides[i] = slices.IndexFunc(groups, func(g []string) bool { return slices.Contains(g, node) })
	}
	l.bridge.sides.Store(&sides)
}

type frame struct {
	due  time.Time
	data []byte
}

// startBridge connects the given cables' ends on inet in this process.
func (l *Lab) startBridge(cables []cable) error {
	b := &bridge{impair: l.opt.impair}
	l.bridge = b
	var done sync.WaitGroup
	l.t.Cleanup(func() { // runs before the namespaces are removed
		for _, p := range b.ports {
			p.Close()
		}
		done.Wait()
	})
	for _, c := range cables {
		if err := within(l.namespace(c.node), func() error { return finishChecksums(c.ifi) }); err != nil {
			return fmt.Errorf("checksum offload of %s: %w", c.ifi, err)
		}
		err := within(l.namespace("inet"), func() error {
			p, err := openPort(c.peerIfi)
			if err == nil {
				b.ports, b.nodes = append(b.ports, p), append(b.nodes, c.node)
			}
			return err
		})
		if err != nil {
			return fmt.Errorf("packet socket on %s: %w", c.peerIfi, err)
		}
	}
	for _, p := range b.ports {
		line := make(chan frame, lineLength)
		done.Go(func() { b.receive(p, line) })
		done.Go(func() { b.deliver(p, line) })
	}
	return nil
}

// receive reads frames of one port and puts IP packets on the delay line.
func (b *bridge) receive(p *os.File, line chan<- frame) {
	defer close(line)
	var last time.Time
	buf := make([]byte, 65536)
	for {
		n, err := p.Read(buf)
		if err != nil {
			return
		}
		f := append([]byte(nil), buf[:n]...)
		if !isRouted(f) { // ARP and neighbour discovery know no distance
			b.send(p, f)
			continue
		}
		if isProbe(f) {
			b.probes.Add(1)
		}
		if rand.Float64() < b.impair.Loss || !takeHops(f, b.impair.Hops) {
			continue
		}
		due := time.Now().Add(b.impair.Delay)
		if b.impair.Jitter > 0 {
			due = due.Add(rand.N(b.impair.Jitter))
		}
		if due.Before(last) {
			due = last
		}
		last = due
		select {
		case line <- frame{due, f}:
		default: // the buffer is full: lost
		}
	}
}

func (b *bridge) deliver(from *os.File, line <-chan frame) {
	for f := range line {
		time.Sleep(time.Until(f.due))
		b.send(from, f.data)
	}
}

func (b *bridge) send(from *os.File, f []byte) {
	if len(f) < ethernet {
		return
	}
	b.heard.Store([6]byte(f[6:12]), from)
	only, known := b.heard.Load([6]byte(f[:6]))
	sides := b.sides.Load()
	for i, p := range b.ports {
		if p != from && (!known || p == only) && (sides == nil || (*sides)[i] == (*sides)[slices.Index(b.ports, from)]) {
			_, _ = p.Write(f) // a full or closed port loses it
		}
	}
}

const (
	ethernet = 14 // header bytes
	typeIPv4 = 0x0800
	typeIPv6 = 0x86DD
)

// isRouted tells IP packets that a router would forward from those that stay
// on the link.
func isRouted(f []byte) bool {
	if len(f) < ethernet+20 {
		return false
	}
	switch binary.BigEndian.Uint16(f[12:]) {
	case typeIPv4:
		return true
	case typeIPv6:
		const icmpv6, hopLimitOfND = 58, 255 // RFC 4861
		return len(f) >= ethernet+40 && (f[ethernet+6] != icmpv6 || f[ethernet+7] != hopLimitOfND)
	}
	return false
}

// takeHops lowers the TTL or hop limit; false if the packet dies of it.
func takeHops(f []byte, hops int) bool {
	if hops == 0 {
		return true
	}
	ip := f[ethernet:]
	if binary.BigEndian.Uint16(f[12:]) == typeIPv6 {
		if int(ip[7]) <= hops {
			return false
		}
		ip[7] -= byte(hops)
		return true
	}
	headerLen := int(ip[0]&0x0f) * 4
	if int(ip[8]) <= hops || headerLen < 20 || headerLen > len(ip) {
		return false
	}
	ip[8] -= byte(hops)
	ip[10], ip[11] = 0, 0
	binary.BigEndian.PutUint16(ip[10:], checksum(ip[:headerLen]))
	return true
}

// checksum is the Internet checksum of an even number of bytes (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i := 0; i < len(b); i += 2 {
		sum += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

// openPort opens a packet socket on an interface of the calling thread's
// namespace, hearing everything but its own transmissions.
func openPort(ifi string) (*os.File, error) {
	const (
		solPacket            = 263
		packetAddMembership  = 1
		packetIgnoreOutgoing = 23
		promiscuous          = 1
		soRcvbufForce        = 33
	)
	i, err := net.InterfaceByName(ifi)
	if err != nil {
		return nil, err
	}
	all := uint16(syscall.ETH_P_ALL)<<8 | uint16(syscall.ETH_P_ALL)>>8 // network byte order
	if binary.NativeEndian.Uint16([]byte{0, 1}) == 1 {
		all = syscall.ETH_P_ALL
	}
	fd, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW|syscall.SOCK_NONBLOCK|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	member := make([]byte, 16) // struct packet_mreq: int ifindex; short type; …
	binary.NativeEndian.PutUint32(member, uint32(i.Index))
	binary.NativeEndian.PutUint16(member[4:], promiscuous)
	for _, set := range []func() error{
		func() error { return syscall.SetsockoptInt(fd, solPacket, packetIgnoreOutgoing, 1) },
		func() error { return syscall.SetsockoptString(fd, solPacket, packetAddMembership, string(member)) },
		func() error { return syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, soRcvbufForce, 8<<20) },
		func() error { return syscall.Bind(fd, &syscall.SockaddrLinklayer{Protocol: all, Ifindex: i.Index}) },
	} {
		if err := set(); err != nil {
			syscall.Close(fd)
			return nil, err
		}
	}
	return os.NewFile(uintptr(fd), ifi), nil
}

// finishChecksums turns transmit checksum offload off: frames read by a
// packet socket must carry a finished checksum.
func finishChecksums(ifi string) error {
	const (
		siocEthtool    = 0x8946
		ethtoolSTXCSUM = 0x17
	)
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	value := struct{ command, data uint32 }{command: ethtoolSTXCSUM}
	var request struct { // struct ifreq
		name [syscall.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}
	copy(request.name[:len(request.name)-1], ifi)
	request.data = unsafe.Pointer(&value)
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(fd), siocEthtool, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return errno
	}
	return nil
}

// interfaceIPv4 is the first IPv4 address of an interface of the calling
// thread's namespace.
func interfaceIPv4(name string) (netip.Addr, error) {
	i, err := net.InterfaceByName(name)
	if err != nil {
		return netip.Addr{}, err
	}
	addrs, err := i.Addrs()
	if err != nil {
		return netip.Addr{}, err
	}
	for _, a := range addrs {
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().Is4() {
			return p.Addr(), nil
		}
	}
	return netip.Addr{}, fmt.Errorf("%s has no IPv4 address", name)
}
