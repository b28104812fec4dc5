package simnet

import (
	"net"
	"net/netip"
	"os"
	"slices"
	"syscall"
	"time"
)

// Host is a computer with one interface and any number of sockets.
type Host struct {
	Name string

	net     *Network
	nic     *nic
	sockets map[uint16]*Socket
}

// Datagram is one received packet.
type Datagram struct {
	From  netip.AddrPort
	Local netip.Addr // the address of ours it was sent to
	Data  []byte     // the receiver's own copy
}

// Socket is a bound UDP port that hands each datagram to a function.
type Socket struct {
	host    *Host
	port    uint16
	receive func(now time.Time, d Datagram) bool // false: the queue is full
	onClose func()
}

// Host attaches a host with the given addresses to this segment. A host name
// must be unique, as it seeds the host's randomness.
func (s *Segment) Host(name string, addrs ...string) *Host {
	s.net.mu.Lock()
	defer s.net.mu.Unlock()
	h := &Host{Name: name, net: s.net, sockets: map[uint16]*Socket{}}
	h.nic = s.attach(name, h, parseAddrs(addrs))
	s.net.hosts = append(s.net.hosts, h)
	return h
}

// Addrs lists the host's addresses without loopback, as an enumeration of
// interfaces would.
func (h *Host) Addrs() []netip.Addr {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	return slices.Clone(h.nic.addrs)
}

// SetAddrs replaces the host's addresses, as a new lease or prefix does. Open
// sockets stay open and send from the new ones.
func (h *Host) SetAddrs(addrs ...string) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.nic.setAddrs(parseAddrs(addrs))
}

// Move unplugs the host and plugs it into another segment with other
// addresses; open sockets stay open. Packets under way to it are lost.
func (h *Host) Move(to *Segment, addrs ...string) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.nic.setAddrs(nil)
	h.nic.seg, h.nic.link = to, to.link
	h.nic.setAddrs(parseAddrs(addrs))
}

// SetLink changes the host's cable.
func (h *Host) SetLink(l Link) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	h.nic.link = l
}

// Bind opens a UDP port (0: any free one) and has receive called with every
// datagram. The network delivers one datagram at a time and waits for the
// function, which may send but must not block.
func (h *Host) Bind(port uint16, receive func(now time.Time, d Datagram)) (*Socket, error) {
	return h.bind(port, func(now time.Time, d Datagram) bool {
		receive(now, d)
		return true
	})
}

func (h *Host) bind(port uint16, receive func(time.Time, Datagram) bool) (*Socket, error) {
	h.net.mu.Lock()
	defer h.net.mu.Unlock()
	const ephemeralMin, ephemeralCount = 32768, 28232 // Linux's default range
	for i := 0; port == 0 && i < 10*ephemeralCount; i++ {
		if p := uint16(ephemeralMin + h.nic.rng.IntN(ephemeralCount)); h.sockets[p] == nil {
			port = p
		}
	}
	if port == 0 || h.sockets[port] != nil {
		return nil, opError("listen", os.NewSyscallError("bind", syscall.EADDRINUSE))
	}
	s := &Socket{host: h, port: port, receive: receive}
	h.sockets[port] = s
	return s, nil
}

// Port is the socket's port.
func (s *Socket) Port() uint16 { return s.port }

// Close frees the port. It is safe to call more than once.
func (s *Socket) Close() {
	n := s.host.net
	n.mu.Lock()
	if s.host.sockets[s.port] == s {
		delete(s.host.sockets, s.port)
	}
	n.mu.Unlock()
	if s.onClose != nil {
		s.onClose()
	}
}

// Send sends b to an endpoint, from the given address of the host or, if
// that is zero, from the one the host would choose. It copies b. Like a real
// socket it fails only for what the host itself can know.
func (s *Socket) Send(b []byte, to netip.AddrPort, local netip.Addr) error {
	return s.SendTTL(b, to, local, defaultTTL)
}

const defaultTTL = 64

// SendTTL is Send with a limit to the routers that the packet may cross.
func (s *Socket) SendTTL(b []byte, to netip.AddrPort, local netip.Addr, ttl int) error {
	to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
	local = local.Unmap()
	const maxPayload = 65507 // of UDP over IPv4
	if len(b) > maxPayload {
		return opError("write", syscall.EMSGSIZE)
	}
	h := s.host
	n := h.net
	n.mu.Lock()
	defer n.mu.Unlock()
	if h.sockets[s.port] != s {
		return opError("write", net.ErrClosed)
	}
	if !local.IsValid() {
		local = h.sourceFor(to.Addr())
	}
	if !h.isLocal(local) || local.Is4() != to.Addr().Is4() || to.Port() == 0 {
		return opError("write", syscall.ENETUNREACH)
	}
	p := packet{
		src:    netip.AddrPortFrom(local, s.port),
		dst:    to,
		ttl:    ttl,
		data:   slices.Clone(b),
		origin: h,
	}
	now := n.clock()
	if h.isLocal(to.Addr()) {
		h.nic.sent++
		n.push(&event{at: now.Add(lanLatency), sender: h.nic.id, seq: h.nic.sent, to: h.nic, seg: h.nic.seg, packet: p})
		return nil
	}
	h.nic.transmit(now, p)
	return nil
}

// sourceFor is the address a packet to dst leaves from; zero if none fits.
func (h *Host) sourceFor(dst netip.Addr) netip.Addr {
	if dst.IsLoopback() {
		return dst
	}
	for _, a := range h.nic.addrs {
		if a.Is4() == dst.Is4() {
			return a
		}
	}
	return netip.Addr{}
}

func (h *Host) isLocal(a netip.Addr) bool { return a.IsLoopback() || h.nic.owns(a) }

func (h *Host) receive(now time.Time, _ *nic, p packet) {
	n := h.net
	s := h.sockets[p.dst.Port()]
	switch {
	case !h.isLocal(p.dst.Addr()):
		n.end(now, p, NoRoute) // the address changed while it was under way
	case n.separated(p.origin, h):
		n.end(now, p, Down)
	case s == nil:
		n.end(now, p, NoSocket)
	default:
		// Handlers may send, so they run without the lock. Duplicates share
		// p.data, so each receiver gets its own copy.
		d := Datagram{From: p.src, Local: p.dst.Addr(), Data: slices.Clone(p.data)}
		n.mu.Unlock()
		accepted := s.receive(now, d)
		n.mu.Lock()
		if accepted {
			n.end(now, p, Delivered)
		} else {
			n.end(now, p, Overflow)
		}
	}
}

func opError(op string, err error) error {
	return &net.OpError{Op: op, Net: "udp", Err: err}
}

func parseAddrs(list []string) []netip.Addr {
	addrs := make([]netip.Addr, len(list))
	for i, s := range list {
		addrs[i] = netip.MustParseAddr(s)
	}
	return addrs
}
