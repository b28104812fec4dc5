package simnet

import (
	"net/netip"
	"testing"
)

// punch learns both outside endpoints, has both sides send to them a few
// times, answering also to the sources of what arrives, and tells whether
// both heard the other.
func (l *lab) punch(t *testing.T, a, b *probe) bool {
	t.Helper()
	ma, mb := l.seen(t, a, s11), l.seen(t, b, s11)
	if !ma.IsValid() || !mb.IsValid() {
		return false
	}
	a.got, b.got = nil, nil
	for range 4 {
		for _, s := range []struct {
			p      *probe
			target netip.AddrPort
		}{{a, mb}, {b, ma}} {
			s.p.send(t, s.target)
			for _, d := range s.p.got {
				s.p.send(t, d.From)
			}
		}
		settle(l.n)
	}
	return len(a.got) > 0 && len(b.got) > 0
}

func TestPunchMatrix(t *testing.T) {
	nats := []struct {
		name string
		nat  NAT
	}{
		{"full cone", FullCone()},
		{"address-restricted", AddressRestricted()},
		{"port-restricted", PortRestricted()},
		{"symmetric", Symmetric()},
		{"symmetric by address", SymmetricAddress()},
		{"blocked", UDPBlocked()},
	}
	// The same verdicts as Linux kernel NATs give (test/natlab).
	want := []string{
		"yyyyyn",
		"yyyyyn",
		"yyynnn",
		"yynnnn",
		"yynnnn",
		"nnnnnn",
	}
	for i, x := range nats {
		for j, y := range nats {
			l := newLab(t, x.nat, y.nat)
			got := l.punch(t, bind(t, l.a, 0), bind(t, l.b, 0))
			if got != (want[i][j] == 'y') {
				t.Errorf("%s × %s: punched %v", x.name, y.name, got)
			}
		}
	}
}

func TestHairpin(t *testing.T) {
	for _, tc := range []struct {
		nat     NAT
		hairpin bool
		want    bool
	}{
		{PortRestricted(), false, false},
		{PortRestricted(), true, true},
		{FullCone(), true, true},
		{Symmetric(), true, false},
	} {
		tc.nat.Hairpin = tc.hairpin
		l := newLab(t, tc.nat, FullCone())
		a, a2 := bind(t, l.a, 0), bind(t, l.a2, 0)
		if got := l.punch(t, a, a2); got != tc.want {
			t.Errorf("%+v: hairpin punched %v", tc.nat, got)
		}
		for _, d := range a.got {
			if d.From.Addr() != netip.MustParseAddr("203.0.113.10") {
				t.Errorf("hairpinned packet came from %v, want the outside address", d.From)
			}
		}
	}
}

func TestLANPath(t *testing.T) {
	l := newLab(t, Symmetric(), FullCone())
	a, a2 := bind(t, l.a, 1000), bind(t, l.a2, 2000)
	a.send(t, ap("192.168.1.3:2000"))
	settle(l.n)
	if len(a2.got) != 1 || a2.got[0].From != ap("192.168.1.2:1000") {
		t.Fatalf("on the LAN: %v", a2.got)
	}
}

func TestCarrierGradeNAT(t *testing.T) {
	for _, tc := range []struct {
		name      string
		home, cgn NAT
		hairpin   bool
		want      bool
	}{
		{"cones, hairpin", PortRestricted(), FullCone(), true, true},
		{"cones, no hairpin", PortRestricted(), FullCone(), false, false},
		{"symmetric carrier", PortRestricted(), SymmetricBlock(), true, false},
		{"symmetric homes", Symmetric(), PortRestricted(), true, false},
	} {
		tc.cgn.Hairpin = tc.hairpin
		l := newLab(t, FullCone(), FullCone())
		cgn := l.n.Internet.Router("cgn", tc.cgn, "203.0.113.30")
		home1 := cgn.LAN.Router("home1", tc.home, "100.64.0.10")
		home2 := cgn.LAN.Router("home2", tc.home, "100.64.0.20")
		a := bind(t, home1.LAN.Host("c", "192.168.1.2"), 0)
		b := bind(t, home2.LAN.Host("d", "192.168.1.2"), 0)
		if got := l.seen(t, a, s11).Addr(); got != netip.MustParseAddr("203.0.113.30") {
			t.Errorf("%s: seen as %v", tc.name, got)
		}
		if got := l.punch(t, a, b); got != tc.want {
			t.Errorf("%s: punched %v", tc.name, got)
		}
	}
}
