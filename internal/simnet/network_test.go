package simnet

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"
)

// twoHosts is a stepped network with a and b on the Internet, both with link l.
func twoHosts(t *testing.T, seed uint64, l Link) (n *Network, a, b *probe) {
	t.Helper()
	n = NewStepped(seed, l, epoch)
	a = bind(t, n.Internet.Host("a", "203.0.113.1"), 1000)
	b = bind(t, n.Internet.Host("b", "203.0.113.2"), 2000)
	return n, a, b
}

var toB = ap("203.0.113.2:2000")

func TestLatency(t *testing.T) {
	n, a, b := twoHosts(t, 1, webLink)
	a.send(t, toB)
	settle(n)
	if len(b.got) != 1 {
		t.Fatal("nothing arrived")
	}
	if d := b.at[0].Sub(epoch); d != oneWay+lanLatency {
		t.Errorf("one way took %v", d)
	}
}

func TestLinkFaults(t *testing.T) {
	const count = 2000
	run := func(seed uint64, l Link) (order []int, n *Network) {
		n, a, b := twoHosts(t, seed, l)
		for i := range count {
			if err := a.Send(fmt.Append(nil, i), toB, nowhere); err != nil {
				t.Fatal(err)
			}
		}
		settle(n)
		for _, d := range b.got {
			var i int
			fmt.Sscan(string(d.Data), &i)
			order = append(order, i)
		}
		return order, n
	}

	order, _ := run(1, Link{Latency: time.Millisecond})
	if len(order) != count || !slices.IsSorted(order) {
		t.Errorf("a plain link lost or reordered: %d arrived", len(order))
	}

	order, n := run(1, Link{Loss: 0.1})
	if got := float64(len(order)) / count; got < 0.77 || got > 0.85 { // 0.9 × 0.9
		t.Errorf("loss of 10 %% on two links delivered %.2f", got)
	}
	if s := n.Stats(); s[Delivered]+s[Lost] != count {
		t.Errorf("stats: %v", s)
	}

	order, _ = run(1, Link{Duplicate: 0.1})
	if got := float64(len(order)) / count; got < 1.15 || got > 1.25 {
		t.Errorf("duplication of 10 %% on two links delivered %.2f", got)
	}

	order, _ = run(1, Link{Latency: time.Millisecond, Reorder: 0.1})
	if len(order) != count || slices.IsSorted(order) {
		t.Error("nothing was reordered")
	}

	faulty := Link{Latency: time.Millisecond, Jitter: time.Millisecond, Loss: 0.1, Duplicate: 0.1, Reorder: 0.1}
	first, _ := run(42, faulty)
	again, _ := run(42, faulty)
	other, _ := run(43, faulty)
	if !slices.Equal(first, again) {
		t.Error("one seed, two traces")
	}
	if slices.Equal(first, other) {
		t.Error("two seeds, one trace")
	}
}

func TestMTU(t *testing.T) {
	n, a, b := twoHosts(t, 1, Link{MTU: 1280})
	for _, size := range []int{1252, 1253} { // 1280 less the IPv4 and UDP headers
		if err := a.Send(make([]byte, size), toB, nowhere); err != nil {
			t.Fatal(err)
		}
	}
	settle(n)
	if len(b.got) != 1 || len(b.got[0].Data) != 1252 || n.Stats()[TooBig] != 1 {
		t.Errorf("%d arrived, %v", len(b.got), n.Stats())
	}
}

func TestCutPartitionAndUnplug(t *testing.T) {
	n, a, b := twoHosts(t, 1, Link{})
	hosts := [2]*Host{a.host, b.host}
	expect := func(what string, ab, ba bool) {
		t.Helper()
		a.got, b.got = nil, nil
		a.send(t, toB)
		b.send(t, ap("203.0.113.1:1000"))
		settle(n)
		if (len(b.got) == 1) != ab || (len(a.got) == 1) != ba {
			t.Errorf("%s: a→b %v, b→a %v", what, len(b.got) == 1, len(a.got) == 1)
		}
	}
	expect("whole", true, true)
	n.CutOneWay(hosts[0], hosts[1])
	expect("cut one way", false, true)
	n.Cut(hosts[0], hosts[1])
	expect("cut", false, false)
	n.Mend(hosts[0], hosts[1])
	expect("mended", true, true)
	n.Partition(hosts[:1], hosts[1:])
	expect("partition", false, false)
	n.Heal()
	expect("healed", true, true)
	hosts[0].SetLink(Link{Down: true})
	expect("unplugged", false, false)
}

func TestMove(t *testing.T) {
	n, a, b := twoHosts(t, 1, Link{Latency: time.Millisecond})
	home := n.Internet.Router("home", PortRestricted(), "203.0.113.9")
	b.send(t, ap("203.0.113.1:1000"))
	a.host.Move(home.LAN, "192.168.1.2") // while b's packet is under way
	settle(n)
	if len(a.got) != 0 {
		t.Error("a packet to the old place arrived")
	}
	a.send(t, toB)
	settle(n)
	if len(b.got) != 1 || b.got[0].From != ap("203.0.113.9:1000") {
		t.Errorf("after the move b saw %v", b.got)
	}
	if got := a.host.Addrs(); !slices.Equal(got, []netip.Addr{netip.MustParseAddr("192.168.1.2")}) {
		t.Errorf("addresses %v", got)
	}
}

func TestMultihomedAndLoopback(t *testing.T) {
	n := NewStepped(1, Link{}, epoch)
	srv := bind(t, n.Internet.Host("srv", "203.0.113.1", "203.0.113.2", "2001:db8::1"), 9595)
	c := bind(t, n.Internet.Host("c", "203.0.113.5", "2001:db8::5"), 0)
	c.send(t, ap("203.0.113.2:9595"))
	c.send(t, ap("[2001:db8::1]:9595"))
	settle(n)
	for i, want := range []string{"203.0.113.2", "2001:db8::1"} {
		d := srv.got[i]
		if d.Local != netip.MustParseAddr(want) {
			t.Errorf("sent to %v, want %s", d.Local, want)
		}
		if err := srv.Send(d.Data, d.From, d.Local); err != nil {
			t.Error(err)
		}
	}
	settle(n)
	if len(c.got) != 2 || c.got[0].From != ap("203.0.113.2:9595") {
		t.Errorf("answers came from %v", c.got)
	}

	c.send(t, netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), c.Port()))
	settle(n)
	if last := c.got[len(c.got)-1]; last.From.Addr().String() != "127.0.0.1" {
		t.Errorf("loopback came from %v", last.From)
	}
	if err := c.Send(nil, ap("192.0.2.1:1"), netip.MustParseAddr("8.8.8.8")); err == nil {
		t.Error("sent from a foreign address")
	}
}
