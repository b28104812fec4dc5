//go:build !js

package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
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

type arrival struct {
	data    []byte
	from    netip.AddrPort
	ifIndex int
	err     error
}

// maxMulticast bounds a received datagram; longer ones are cut.
const maxMulticast = 2048

// transientPause is what a reader waits after an error that may pass.
const transientPause = 10 * time.Millisecond

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
	b := make([]byte, maxMulticast)
	for {
		n, ifIndex, from, err := e.read(b)
		if err != nil && isTransient(err) {
			m.pause()
			continue
		}
		a := arrival{data: b[:n], ifIndex: ifIndex, err: err}
		b = make([]byte, maxMulticast) // whoever reads has the other
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

// pause waits a moment, so that an error that stays keeps no processor busy.
func (m *Multicast) pause() {
	select {
	case <-time.After(transientPause):
	case <-m.closed:
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

// join makes the groups heard on interfaces not yet seen.
func (m *Multicast) join(interfaces []*net.Interface) {
	for _, l := range m.legs {
		l.join(interfaces)
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
