package simnet

import "testing"

// A packet of a small TTL opens the own NAT and gets no further.
func TestLowTTL(t *testing.T) {
	l := newLab(t, PortRestricted(), FullCone())
	a := bind(t, l.a, 0)
	for ttl, want := range map[int]bool{1: false, internetHops: false, internetHops + 2: true} {
		srv := l.servers[ap(s11)]
		before := len(srv.got)
		if err := a.SendTTL([]byte("x"), ap(s11), nowhere, ttl); err != nil {
			t.Fatal(err)
		}
		settle(l.n)
		if got := len(srv.got) > before; got != want {
			t.Errorf("TTL %d: arrived %v", ttl, got)
		}
	}
}

// A router whose own stack takes the early packet moves the flow to another
// port, and only that flow.
func TestEarlyPacketClash(t *testing.T) {
	accept := PortRestricted()
	accept.AcceptInput = true
	for _, tc := range []struct {
		nat  NAT
		want bool // the port stays
	}{{PortRestricted(), true}, {accept, false}} {
		l := newLab(t, tc.nat, PortRestricted())
		a := bind(t, l.a, 0)
		outside := l.seen(t, a, s11)
		l.reaches(t, a, s12, outside) // too early: a has not sent there
		if got := l.seen(t, a, s12); (got == outside) != tc.want {
			t.Errorf("accept %v: %v to the early sender, %v to others", tc.nat.AcceptInput, got, outside)
		}
		if got := l.seen(t, a, s21); got != outside {
			t.Errorf("accept %v: another destination sees %v, not %v", tc.nat.AcceptInput, got, outside)
		}
	}
}
