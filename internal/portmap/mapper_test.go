package portmap

import (
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestEachProtocol(t *testing.T) {
	for _, tc := range []struct {
		pcp, pmp, upnp bool
		want           Protocol
		within         time.Duration
	}{
		{true, true, true, PCP, time.Millisecond},
		{false, true, true, NATPMP, pcpGrace},
		{false, false, true, UPnP, upnpGrace},
		{true, false, false, PCP, time.Millisecond},
		{false, false, false, None, 10 * time.Second},
	} {
		r := newRouter()
		r.pcp, r.pmp, r.upnp = tc.pcp, tc.pmp, tc.upnp
		b := newBench(t, r)
		b.run(tc.within)
		b.expect(tc.want)
		b.run(24 * time.Hour) // renewals and checks
		b.expect(tc.want)
		b.step(Stop{})
		if len(r.table) != 0 || !b.m.Stopped() || b.mapped.IsValid() {
			t.Errorf("%v: after the end the router has %v, stopped %v", tc.want, r.table, b.m.Stopped())
		}
		if b.m.Step(b.now, Control{pmpAddressRequest()}) != nil {
			t.Errorf("%v: goes on after the end", tc.want)
		}
	}
}

// A renewal maps our own port again, not the outside one, also where the two
// differ and the lease is short.
func TestRenewal(t *testing.T) {
	for _, p := range []Protocol{PCP, NATPMP, UPnP} {
		r := newRouter()
		r.pcp, r.pmp, r.upnp = p == PCP, p == NATPMP, p == UPnP
		r.taken[inner], r.grant = true, 600
		b := newBench(t, r)
		b.run(time.Second)
		b.expect(p)
		outer := b.mapped
		if outer.Port() == inner {
			t.Fatalf("%v: got a port that is taken", p)
		}
		before := r.asked[p]
		b.run(3 * time.Hour)
		b.expect(p)
		if b.mapped != outer {
			t.Errorf("%v: the outside address changed from %v to %v", p, outer, b.mapped)
		}
		if n, least := r.asked[p]-before, 2; n < least {
			t.Errorf("%v: renewed %d times in 3 hours", p, n)
		}
		if len(r.table) != 1 {
			t.Errorf("%v: the router has %v", p, r.table)
		}
		for _, e := range r.table {
			if p != UPnP && e.until.Before(b.now) {
				t.Errorf("%v: the lease ended %v ago", p, b.now.Sub(e.until))
			}
		}
	}
}

// A router that restarts forgets mappings; its count of seconds tells.
func TestRouterRestarts(t *testing.T) {
	for _, p := range []Protocol{PCP, NATPMP} {
		r := newRouter()
		r.pcp, r.pmp, r.upnp = p == PCP, p == NATPMP, false
		b := newBench(t, r)
		b.run(10 * time.Minute)
		clear(r.table)
		r.booted = b.now
		b.run(checkEvery + time.Second)
		b.expect(p)
	}
}

// A UPnP router that restarts forgets mappings, too, and may have its web server
// at another port: it is looked for again, once it does not answer there.
func TestUPnPRouterMoves(t *testing.T) {
	for _, permanent := range []bool{false, true} {
		r := newRouter()
		r.pcp, r.pmp, r.permanent = false, false, permanent
		b := newBench(t, r)
		b.run(time.Minute)
		b.expect(UPnP)
		clear(r.table)
		r.location = "http://192.168.1.1:39001/root.xml"
		b.run(leaseWanted*time.Second + seekAgain + time.Minute)
		b.expect(UPnP)
	}
}

// A provider that gives the router another address is noticed.
func TestAddressChanges(t *testing.T) {
	for _, p := range []Protocol{PCP, NATPMP, UPnP} {
		r := newRouter()
		r.pcp, r.pmp, r.upnp = p == PCP, p == NATPMP, p == UPnP
		b := newBench(t, r)
		b.run(10 * time.Minute)
		r.address = netip.MustParseAddr("5.5.5.99")
		if p == PCP { // RFC 6887 §8.5: the count begins anew
			r.booted = b.now
		}
		b.run(checkEveryUPnP + time.Second)
		b.expect(p)
	}
}

func TestNetworkChanges(t *testing.T) {
	b := newBench(t, newRouter())
	b.run(time.Second)
	b.expect(PCP)
	b.step(Network{})
	b.expect(None)
	if b.m.NextDeadline() != (time.Time{}) || !strings.Contains(b.status().Err, "no IPv4 router") {
		t.Errorf("without a network: %v", b.status())
	}
	b.step(Network{gateway, local})
	b.run(time.Second)
	b.expect(PCP)
	b.step(Network{gateway, netip.MustParseAddr("198.51.100.7")})
	if b.expect(None); !strings.Contains(b.status().String(), "not needed: this host's address is of a range for examples") {
		t.Errorf("with an address for examples: %v", b.status())
	}
}

func TestRefusals(t *testing.T) {
	for name, tc := range map[string]struct {
		set  func(*router)
		want Protocol
		word string
	}{
		"all refuse":       {func(r *router) { r.refuse = 2 }, None, "refuses"},
		"PCP only":         {func(r *router) { r.pmp, r.upnp, r.refuse = false, false, 2 }, None, "PCP: the router refuses port mappings"},
		"UPnP only":        {func(r *router) { r.pmp, r.pcp, r.refuse = false, false, 606 }, None, "code 606"},
		"permanent":        {func(r *router) { r.pmp, r.pcp, r.permanent = false, false, true }, UPnP, ""},
		"unspecified":      {func(r *router) { r.address = netip.IPv4Unspecified() }, None, "no outside address"},
		"private":          {func(r *router) { r.address = netip.MustParseAddr("10.0.0.7") }, PCP, "another NAT"},
		"carrier":          {func(r *router) { r.address = netip.MustParseAddr("100.64.0.7") }, PCP, "another NAT"},
		"foreign page":     {func(r *router) { r.pmp, r.pcp, r.location = false, false, "http://192.168.1.9:80/x" }, None, ""},
		"foreign control":  {func(r *router) { r.pmp, r.pcp, r.description = false, false, describe(connections[1], "http://evil/") }, None, "no UPnP service"},
		"no service":       {func(r *router) { r.pmp, r.pcp, r.description = false, false, "<a/>" }, None, "no UPnP service"},
		"garbage":          {func(r *router) { r.pmp, r.pcp, r.description = false, false, "<a" }, None, "no UPnP service"},
		"deaf after hello": {func(r *router) {}, None, ""},
	} {
		r := newRouter()
		tc.set(r)
		b := newBench(t, r)
		b.run(30 * time.Second)
		if name == "deaf after hello" {
			r.deaf = true
			b.run(3 * time.Hour)
		}
		if tc.want != None {
			b.expect(tc.want)
		} else if s := b.status(); s.Protocol != None || b.mapped.IsValid() {
			t.Errorf("%s: %v", name, s)
		}
		if s := b.status().String(); !strings.Contains(s, tc.word) {
			t.Errorf("%s: says %q", name, s)
		}
		if tc.want == None && len(r.table) > 0 && name != "deaf after hello" {
			t.Errorf("%s: left %v", name, r.table)
		}
		n := b.sent
		b.run(time.Hour)
		if n = b.sent - n; n > 400 {
			t.Errorf("%s: %d packets in an hour", name, n)
		}
	}
}

// What is listed but does not forward is made again, once, and then given up
// for the next protocol.
func TestMappingsThatDoNotForward(t *testing.T) {
	r := newRouter()
	r.pmp = false
	b := newBench(t, r)
	b.run(time.Second)
	b.expect(PCP)
	b.step(Checked{netip.MustParseAddrPort("5.5.5.10:9"), false}) // of another mapping
	if r.removals > 0 {
		t.Fatal("removed for another mapping's sake")
	}
	b.step(Checked{b.mapped, false})
	b.run(time.Second)
	if b.expect(PCP); r.removals != 1 || r.asked[PCP] != 2 {
		t.Fatalf("removed %d times, asked %v", r.removals, r.asked)
	}
	b.step(Checked{b.mapped, false})
	b.run(time.Second)
	b.expect(UPnP)
	b.step(Checked{b.mapped, true})
	if s := b.status(); s.Verified != Yes {
		t.Errorf("verified %v", s.Verified)
	}
	b.step(Checked{b.mapped, false}) // it has worked
	b.run(3 * time.Hour)
	if b.expect(UPnP); b.status().Verified != Yes {
		t.Error("a renewal of the same mapping forgot that it works")
	}
}

// Answers that are not to our questions change nothing.
func TestForeignAnswers(t *testing.T) {
	r := newRouter()
	r.upnp = false
	b := newBench(t, r)
	b.run(time.Second)
	want := b.mapped
	for _, p := range [][]byte{
		nil, {0}, {2}, make([]byte, 16), make([]byte, 60),
		{0, 129, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 0, 0, 28, 32},
		{0, 129, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
		append([]byte{2, 0x81, 0, 0, 0, 0, 0, 0}, make([]byte, 52)...),
	} {
		b.step(Control{p})
	}
	b.step(Response{1, 200, []byte("<NewExternalIPAddress>1.2.3.4</NewExternalIPAddress>")})
	b.step(Found{[]byte("HTTP/1.1 200 OK\r\n")})
	if b.expect(PCP); b.mapped != want {
		t.Errorf("mapped to %v, before %v", b.mapped, want)
	}
}

func TestEpoch(t *testing.T) {
	for _, tc := range []struct {
		after time.Duration
		count uint32
		lost  bool
	}{
		{time.Minute, 1060, false}, {time.Minute, 1054, false}, {time.Minute, 1067, false},
		{time.Minute, 3, true}, {time.Minute, 1040, true}, {time.Minute, 1080, true}, {0, 999, false}, {0, 990, true},
	} {
		var e epoch
		if e.learn(begin, 1000) {
			t.Fatal("lost before anything was known")
		}
		if got := e.learn(begin.Add(tc.after), tc.count); got != tc.lost {
			t.Errorf("1000, and %d after %v: lost %v", tc.count, tc.after, got)
		}
	}
}
