//go:build !js

package udp

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

// Multicast speaks to every process that listens on the same groups and port,
// on this host and its links: all interfaces that are up, loopback included.
// It keeps working as interfaces come and go, and needs no multicast route.
//
// What it sends leaves from a port of its own, so that others can answer to
// this process alone; ReadFrom returns such answers too.
type Multicast struct {
	port   uint16
	legs   []*leg
	start  sync.Once
	inbox  chan arrival
	closed chan struct{}
	close  sync.Once
}

// leg is one group with a socket to hear it and one to speak.
type leg struct {
	group  netip.Addr
	ears   *ear // bound to the shared port
	mouth  *ear // bound to a port of its own
	mu     sync.Mutex
	joined map[int]bool // by interface index
}

// ear is a socket with the multicast options of its family.
type ear struct {
	*net.UDPConn
	options
	read func(b []byte) (n int, ifIndex int, from net.Addr, err error)
}

// options is what ipv4.PacketConn and ipv6.PacketConn have in common.
type options interface {
	JoinGroup(ifi *net.Interface, group net.Addr) error
	SetMulticastInterface(ifi *net.Interface) error
	SetMulticastLoopback(on bool) error
}

type arrival struct {
	data    []byte
	from    netip.AddrPort
	ifIndex int
	err     error
}

// maxMulticast bounds a received datagram; longer ones are cut.
const maxMulticast = 2048

// ListenMulticast joins the groups, of which at most one is IPv4 and one
// IPv6, on a port that any number of processes of this host may share. It
// fails only if no group can be used.
func ListenMulticast(port uint16, groups ...netip.Addr) (*Multicast, error) {
	m := &Multicast{port: port, inbox: make(chan arrival), closed: make(chan struct{})}
	var errs []error
	for _, g := range groups {
		l, err := newLeg(g, port)
		if err != nil {
			errs = append(errs, fmt.Errorf("multicast group %v: %w", g, err))
			continue
		}
		m.legs = append(m.legs, l)
	}
	if len(m.legs) == 0 {
		return nil, errors.Join(errs...)
	}
	m.join(multicastInterfaces())
	return m, nil
}

func newLeg(group netip.Addr, port uint16) (*leg, error) {
	if !group.IsMulticast() {
		return nil, errors.New("not a multicast address")
	}
	ears, err := newEar(group.Is4(), port)
	if err != nil {
		return nil, err
	}
	mouth, err := newEar(group.Is4(), 0)
	if err != nil {
		ears.Close()
		return nil, err
	}
	// Which of the two sockets decides about hearing oneself depends on the
	// system.
	for _, e := range []*ear{ears, mouth} {
		if err := e.SetMulticastLoopback(true); err != nil {
			ears.Close()
			mouth.Close()
			return nil, err
		}
	}
	return &leg{group: group, ears: ears, mouth: mouth, joined: map[int]bool{}}, nil
}

func newEar(v4 bool, port uint16) (*ear, error) {
	network, host := "udp6", "::"
	if v4 {
		network, host = "udp4", "0.0.0.0"
	}
	var lc net.ListenConfig
	if port != 0 {
		lc.Control = shareAddress
	}
	pc, err := lc.ListenPacket(context.Background(), network, net.JoinHostPort(host, strconv.Itoa(int(port))))
	if err != nil {
		return nil, err
	}
	c := pc.(*net.UDPConn)
	e := &ear{UDPConn: c}
	// Without the interface index (not every system tells it) the rest works.
	if v4 {
		p := ipv4.NewPacketConn(c)
		_ = p.SetControlMessage(ipv4.FlagInterface, true)
		e.options = p
		e.read = func(b []byte) (int, int, net.Addr, error) {
			n, cm, from, err := p.ReadFrom(b)
			if cm == nil {
				return n, 0, from, err
			}
			return n, cm.IfIndex, from, err
		}
		return e, nil
	}
	p := ipv6.NewPacketConn(c)
	_ = p.SetControlMessage(ipv6.FlagInterface, true)
	e.options = p
	e.read = func(b []byte) (int, int, net.Addr, error) {
		n, cm, from, err := p.ReadFrom(b)
		if cm == nil {
			return n, 0, from, err
		}
		return n, cm.IfIndex, from, err
	}
	return e, nil
}

// ReadFrom waits for one datagram and reports its source and the index of the
// interface it came in on (0: the system does not tell). One datagram sent on
// a host with several interfaces may arrive several times. The first call
// starts the readers, which Close ends.
func (m *Multicast) ReadFrom(b []byte) (n int, from netip.AddrPort, ifIndex int, err error) {
	m.start.Do(func() {
		for _, l := range m.legs {
			go m.listen(l.ears)
			go m.listen(l.mouth)
		}
	})
	select {
	case a := <-m.inbox:
		return copy(b, a.data), a.from, a.ifIndex, a.err
	case <-m.closed:
		return 0, netip.AddrPort{}, 0, net.ErrClosed
	}
}

func (m *Multicast) listen(e *ear) {
	for {
		b := make([]byte, maxMulticast)
		n, ifIndex, from, err := e.read(b)
		if err != nil && isTransient(err) {
			continue
		}
		a := arrival{data: b[:n], ifIndex: ifIndex, err: err}
		if u, ok := from.(*net.UDPAddr); ok {
			a.from = unmap(u.AddrPort())
		}
		select {
		case m.inbox <- a:
		case <-m.closed:
			return
		}
		if err != nil {
			return
		}
	}
}

// Send sends b to every group on every interface. It fails only if b left on
// none.
func (m *Multicast) Send(b []byte) error {
	interfaces := multicastInterfaces()
	m.join(interfaces)
	sent := false
	var errs []error
	for _, l := range m.legs {
		for _, ifi := range interfaces {
			if err := l.send(b, ifi, m.port); err != nil {
				errs = append(errs, fmt.Errorf("multicast on %s: %w", ifi.Name, err))
				continue
			}
			sent = true
		}
	}
	if sent {
		return nil
	}
	if len(errs) == 0 {
		return errors.New("multicast: no network interface is up")
	}
	return errors.Join(errs...)
}

func (l *leg) send(b []byte, ifi *net.Interface, port uint16) error {
	l.mu.Lock() // the interface is a property of the socket
	defer l.mu.Unlock()
	if err := l.mouth.SetMulticastInterface(ifi); err != nil {
		return err
	}
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(l.group, port))
	if l.group.Is6() {
		to.Zone = ifi.Name
	}
	_, err := l.mouth.WriteToUDP(b, to)
	return err
}

// WriteTo sends b to one address, as an answer to what ReadFrom returned.
func (m *Multicast) WriteTo(b []byte, to netip.AddrPort) (int, error) {
	to = unmap(to)
	for _, l := range m.legs {
		if l.group.Is4() == to.Addr().Is4() {
			return l.mouth.WriteToUDPAddrPort(b, to)
		}
	}
	return 0, fmt.Errorf("multicast: no socket of the family of %v", to)
}

// Close ends all reads with net.ErrClosed.
func (m *Multicast) Close() error {
	m.close.Do(func() {
		close(m.closed)
		for _, l := range m.legs {
			l.ears.Close()
			l.mouth.Close()
		}
	})
	return nil
}

// join makes the groups heard on interfaces not yet seen. An interface that
// refuses is tried again the next time.
func (m *Multicast) join(interfaces []*net.Interface) {
	for _, l := range m.legs {
		l.mu.Lock()
		for _, ifi := range interfaces {
			if !l.joined[ifi.Index] && l.ears.JoinGroup(ifi, &net.UDPAddr{IP: l.group.AsSlice()}) == nil {
				l.joined[ifi.Index] = true
			}
		}
		l.mu.Unlock()
	}
}

// multicastInterfaces lists the interfaces that are up. Loopback is among them
// although it rarely bears the multicast flag: it carries multicast all the
// same, and may be all there is.
func multicastInterfaces() []*net.Interface {
	all, err := net.Interfaces()
	if err != nil {
		return nil
	}
	var usable []*net.Interface
	for i := range all {
		f := all[i].Flags
		if f&net.FlagUp != 0 && f&(net.FlagMulticast|net.FlagLoopback) != 0 {
			usable = append(usable, &all[i])
		}
	}
	return usable
}
