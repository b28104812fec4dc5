package natlab

import (
	"net/netip"
	"testing"
	"time"
)

func TestMove(t *testing.T) {
	t.Parallel()
	l := New(t, Flat)
	r := newReflector(l)
	seen := func(host string) netip.Addr {
		t.Helper()
		c := l.Listen(host, homeAddr)
		defer c.Close()
		for range 10 { // a link takes a moment to come up
			if a := r.ask(c, 0, 0, quiet); a.IsValid() {
				return a.Addr()
			}
		}
		t.Fatalf("%s is off the net", host)
		return netip.Addr{}
	}
	for _, step := range []struct{ host, home, outside string }{
		{"a", "A", "203.0.113.10"}, // where it was
		{"a", "C", "203.0.113.60"},
		{"b", "A", "203.0.113.10"},
		{"a", "B", "203.0.113.20"},
	} {
		l.Move(step.host, step.home)
		if got := seen(step.host); got.String() != step.outside {
			t.Errorf("%s in home %s is seen as %v, want %s", step.host, step.home, got, step.outside)
		}
	}
}

// Guests of one home hear each other through a router with hairpin only.
func TestIsolate(t *testing.T) {
	t.Parallel()
	l := New(t, Flat)
	r := newReflector(l)
	l.Isolate()
	c := l.Listen("a", homeAddr)
	neighbour := l.Listen("a2", "192.168.1.3:7000")
	if !r.ask(c, 0, 0, time.Second).IsValid() {
		t.Error("a guest does not reach the Internet")
	}
	c.WriteToUDPAddrPort([]byte("x"), netip.MustParseAddrPort("192.168.1.3:7000"))
	neighbour.SetReadDeadline(time.Now().Add(quiet))
	if _, _, err := neighbour.ReadFromUDPAddrPort(make([]byte, 10)); err == nil {
		t.Error("a guest heard another one")
	}
	for _, hairpin := range []bool{false, true} {
		options := []NATOption{}
		if hairpin {
			options = append(options, Hairpin())
		}
		l.NAT("A", PortRestricted, options...)
		if _, ok := punch(l, r, "a", "a2"); ok != hairpin {
			t.Errorf("hairpin %v: punched %v", hairpin, ok)
		}
	}
}
