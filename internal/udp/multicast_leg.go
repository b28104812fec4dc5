//go:build !js

package udp

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strconv"
	"sync"

	"golang.org/x/net/ipv4"
	"golang.org/x/net/ipv6"
)

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
	read  func(b []byte) (n int, ifIndex int, from net.Addr, err error)
	write func(b []byte, ifi *net.Interface, to *net.UDPAddr) error
}

// options is what ipv4.PacketConn and ipv6.PacketConn have in common.
type options interface {
	JoinGroup(ifi *net.Interface, group net.Addr) error
	SetMulticastInterface(ifi *net.Interface) error
	SetMulticastLoopback(on bool) error
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
		e.write = func(b []byte, ifi *net.Interface, to *net.UDPAddr) error {
			if ifi.Flags&net.FlagLoopback != 0 {
				// On a host with no other address Linux would say 0.0.0.0.
				from := &ipv4.ControlMessage{IfIndex: ifi.Index, Src: net.IPv4(127, 0, 0, 1)}
				if _, err := p.WriteTo(b, from, to); err == nil {
					return nil
				}
			}
			_, err := c.WriteToUDP(b, to)
			return err
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
	e.write = func(b []byte, _ *net.Interface, to *net.UDPAddr) error {
		_, err := c.WriteToUDP(b, to)
		return err
	}
	return e, nil
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
	return l.mouth.write(b, ifi, to)
}

// join makes the group heard on interfaces not yet seen. An interface that
// refuses is tried again the next time.
func (l *leg) join(interfaces []*net.Interface) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, ifi := range interfaces {
		if !l.joined[ifi.Index] && l.ears.JoinGroup(ifi, &net.UDPAddr{IP: l.group.AsSlice()}) == nil {
			l.joined[ifi.Index] = true
		}
	}
}
