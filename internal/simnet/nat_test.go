package simnet

import (
	"net/netip"
	"testing"
	"time"
)

var (
	epoch   = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	oneWay  = 25 * time.Millisecond
	webLink = Link{Latency: oneWay / 2}
	nowhere netip.Addr
)

func ap(s string) netip.AddrPort { return netip.MustParseAddrPort(s) }

// settle runs a stepped network until nothing is under way.
func settle(n *Network) {
	for at, ok := n.NextDeadline(); ok; at, ok = n.NextDeadline() {
		n.Step(at)
	}
}

// probe is a socket that remembers what it got.
type probe struct {
	*Socket
	got []Datagram
	at  []time.Time
}

func bind(t *testing.T, h *Host, port uint16) *probe {
	t.Helper()
	p := &probe{}
	s, err := h.Bind(port, func(now time.Time, d Datagram) {
		p.got = append(p.got, d)
		p.at = append(p.at, now)
	})
	if err != nil {
		t.Fatal(err)
	}
	p.Socket = s
	return p
}

func (p *probe) send(t *testing.T, to netip.AddrPort) {
	t.Helper()
	if err := p.Send([]byte("probe"), to, nowhere); err != nil {
		t.Fatal(err)
	}
}

// lab is a server with two addresses and two ports, two homes, and an
// observer for what each server socket saw.
type lab struct {
	n            *Network
	srv          *Host
	servers      map[netip.AddrPort]*probe
	homeA, homeB *Router
	a, a2, b     *Host
}

func newLab(t *testing.T, natA, natB NAT) *lab {
	t.Helper()
	n := NewStepped(7, webLink, epoch)
	l := &lab{n: n, servers: map[netip.AddrPort]*probe{}}
	l.srv = n.Internet.Host("srv", "203.0.113.1", "203.0.113.2")
	for _, port := range []uint16{3478, 3479} {
		p := bind(t, l.srv, port)
		l.servers[netip.AddrPortFrom(netip.MustParseAddr("203.0.113.1"), port)] = p
		l.servers[netip.AddrPortFrom(netip.MustParseAddr("203.0.113.2"), port)] = p
	}
	l.homeA = n.Internet.Router("homeA", natA, "203.0.113.10")
	l.homeB = n.Internet.Router("homeB", natB, "203.0.113.20")
	l.a = l.homeA.LAN.Host("a", "192.168.1.2")
	l.a2 = l.homeA.LAN.Host("a2", "192.168.1.3")
	l.b = l.homeB.LAN.Host("b", "192.168.1.2")
	return l
}

// seen sends from p to a server endpoint and returns the source seen there.
func (l *lab) seen(t *testing.T, p *probe, server string) netip.AddrPort {
	t.Helper()
	s := l.servers[ap(server)]
	before := len(s.got)
	p.send(t, ap(server))
	settle(l.n)
	if len(s.got) == before {
		return netip.AddrPort{}
	}
	return s.got[len(s.got)-1].From
}

// reaches tells whether a packet from the server endpoint to an outside
// address arrives at p.
func (l *lab) reaches(t *testing.T, p *probe, server string, outside netip.AddrPort) bool {
	t.Helper()
	before := len(p.got)
	from := ap(server)
	if err := l.servers[from].Send([]byte("in"), outside, from.Addr()); err != nil {
		t.Fatal(err)
	}
	settle(l.n)
	return len(p.got) > before
}

const (
	s11 = "203.0.113.1:3478"
	s12 = "203.0.113.1:3479"
	s21 = "203.0.113.2:3478"
	s22 = "203.0.113.2:3479"
)

func TestNATBehavesAsNamed(t *testing.T) {
	for _, tc := range []struct {
		name               string
		nat                NAT
		mapping, filtering Behavior
		preserving         bool
	}{
		{"full cone", FullCone(), EndpointIndependent, EndpointIndependent, true},
		{"address-restricted", AddressRestricted(), EndpointIndependent, AddressDependent, true},
		{"port-restricted", PortRestricted(), EndpointIndependent, AddressAndPortDependent, true},
		{"symmetric", Symmetric(), AddressAndPortDependent, AddressAndPortDependent, false},
		{"symmetric block", SymmetricBlock(), AddressAndPortDependent, AddressAndPortDependent, false},
		{"symmetric sequential", SymmetricSequential(), AddressAndPortDependent, AddressAndPortDependent, false},
		{"symmetric by address", SymmetricAddress(), AddressDependent, AddressAndPortDependent, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := newLab(t, tc.nat, FullCone())
			p := bind(t, l.a, 5000)
			m11, m12 := l.seen(t, p, s11), l.seen(t, p, s12)
			m21, m22 := l.seen(t, p, s21), l.seen(t, p, s22)
			mapping := AddressAndPortDependent
			switch {
			case m11 == m12 && m11 == m21 && m11 == m22:
				mapping = EndpointIndependent
			case m11 == m12 && m21 == m22:
				mapping = AddressDependent
			}
			if mapping != tc.mapping {
				t.Errorf("mapping %v, want %v (%v %v %v %v)", mapping, tc.mapping, m11, m12, m21, m22)
			}
			if got := m11.Port() == 5000; got != tc.preserving {
				t.Errorf("outside port %d for 5000: preserving %v, want %v", m11.Port(), got, tc.preserving)
			}

			q := bind(t, l.a, 5001) // has sent to one endpoint only
			out := l.seen(t, q, s11)
			if !l.reaches(t, q, s11, out) {
				t.Fatal("the answer of the endpoint sent to did not arrive")
			}
			filtering := AddressAndPortDependent
			switch {
			case l.reaches(t, q, s22, out):
				filtering = EndpointIndependent
			case l.reaches(t, q, s12, out):
				filtering = AddressDependent
			}
			if filtering != tc.filtering {
				t.Errorf("filtering %v, want %v", filtering, tc.filtering)
			}
		})
	}
}

func TestNATAllocation(t *testing.T) {
	l := newLab(t, SymmetricSequential(), SymmetricBlock())
	p := bind(t, l.a, 5000)
	for i, server := range []string{s11, s12, s21} {
		if got, want := l.seen(t, p, server).Port(), uint16(20000+i); got != want {
			t.Errorf("sequential port %d, want %d", got, want)
		}
	}
	q := bind(t, l.b, 5000)
	for _, server := range []string{s11, s12, s21, s22} {
		if port := l.seen(t, q, server).Port(); port < 30000 || port > 31023 {
			t.Errorf("port %d outside the block", port)
		}
	}

	// Two hosts with one local port: the second gets another outside port.
	l = newLab(t, PortRestricted(), FullCone())
	m1 := l.seen(t, bind(t, l.a, 4545), s11)
	m2 := l.seen(t, bind(t, l.a2, 4545), s11)
	if m1.Port() != 4545 || m2.Port() == 4545 || m2.Addr() != m1.Addr() {
		t.Errorf("two hosts on port 4545 are seen as %v and %v", m1, m2)
	}

	// A block that is used up passes nothing more.
	one := Symmetric()
	one.PortMin, one.PortMax = 7000, 7000
	l = newLab(t, one, FullCone())
	p = bind(t, l.a, 5000)
	if !l.seen(t, p, s11).IsValid() || l.seen(t, p, s12).IsValid() || l.n.Stats()[NoMapping] != 1 {
		t.Errorf("a NAT with one port: %v", l.n.Stats())
	}
}

func TestNATTimeoutAndRestart(t *testing.T) {
	nat := Symmetric()
	nat.Timeout = 30 * time.Second
	l := newLab(t, nat, FullCone())
	p := bind(t, l.a, 5000)
	at := epoch
	step := func(d time.Duration) {
		at = at.Add(d)
		l.n.Step(at)
	}
	m := l.seen(t, p, s11)
	step(29 * time.Second)
	if !l.reaches(t, p, s11, m) {
		t.Error("mapping expired early")
	}
	if got := l.seen(t, p, s11); got != m {
		t.Errorf("mapping changed while in use: %v, was %v", got, m)
	}
	step(61 * time.Second) // also after the refresh at 29 s
	if l.reaches(t, p, s11, m) {
		t.Error("mapping still open after its timeout")
	}
	m2 := l.seen(t, p, s11)
	if m2 == m {
		t.Error("the same random port twice after expiry")
	}
	l.homeA.Restart()
	if l.reaches(t, p, s11, m2) {
		t.Error("mapping survived a restart")
	}
	l.homeA.SetAddrs("203.0.113.99")
	if got := l.seen(t, p, s11); got.Addr() != netip.MustParseAddr("203.0.113.99") {
		t.Errorf("seen as %v after the outside address changed", got)
	}
}

func TestUDPBlockedAndForward(t *testing.T) {
	l := newLab(t, UDPBlocked(), Symmetric())
	if l.seen(t, bind(t, l.a, 0), s11).IsValid() {
		t.Error("UDP passed a router that blocks it")
	}
	p := bind(t, l.b, 5000)
	out := l.homeB.Forward(41000, ap("192.168.1.2:5000"))
	if !l.reaches(t, p, s22, out) {
		t.Error("forwarded port does not lead in")
	}
	if got := l.seen(t, p, s11); got != out {
		t.Errorf("answers of a forwarded port leave from %v, want %v", got, out)
	}
}

func TestIPv6Firewall(t *testing.T) {
	n := NewStepped(1, webLink, epoch)
	ra := n.Internet.Router("ra", PortRestricted(), "203.0.113.10")
	rb := n.Internet.Router("rb", PortRestricted(), "203.0.113.20")
	a := bind(t, ra.LAN.Host("a", "192.168.1.2", "2001:db8:1::2"), 1000)
	b := bind(t, rb.LAN.Host("b", "192.168.1.2", "2001:db8:2::2"), 2000)
	a.send(t, ap("[2001:db8:2::2]:2000"))
	settle(n)
	if len(b.got) != 0 {
		t.Fatal("an unsolicited IPv6 packet passed the firewall")
	}
	b.send(t, ap("[2001:db8:1::2]:1000"))
	settle(n)
	if len(a.got) != 1 || a.got[0].From != ap("[2001:db8:2::2]:2000") {
		t.Fatalf("after both sides sent: %v", a.got)
	}
}
