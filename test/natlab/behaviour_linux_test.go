package natlab

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// reflector answers on srv's two addresses and two ports. A request is one
// byte, the number of the endpoint that is to answer, and 8 bytes that come
// back in front of the address the request was seen from.
type reflector struct {
	at    [4]netip.AddrPort // 0: address 1 port 1, 1: same address, 2: other address, 3: both other
	conns [4]*net.UDPConn
}

func newReflector(l *Lab) *reflector {
	r := &reflector{}
	for i := range r.at {
		ip, port := serverIP, uint16(3478+i%2)
		if i >= 2 {
			ip = serverIP2
		}
		r.at[i] = netip.AddrPortFrom(ip, port)
		r.conns[i] = l.Listen("srv", r.at[i].String())
	}
	for _, c := range r.conns {
		go func() {
			b := make([]byte, 100)
			for {
				n, from, err := c.ReadFromUDPAddrPort(b)
				if err != nil {
					return
				}
				if n == 9 && int(b[0]) < len(r.conns) {
					r.conns[b[0]].WriteToUDPAddrPort([]byte(string(b[1:9])+unmap(from).String()), from)
				}
			}
		}()
	}
	return r
}

func unmap(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}

// quiet is how long we wait for an answer that should not come; the
// namespaces answer in well under a millisecond, unless the machine is busy.
const quiet = time.Second

// ask sends to endpoint to, has endpoint by answer, and returns the address
// that was seen; zero if no answer came.
func (r *reflector) ask(c *net.UDPConn, to, by int, wait time.Duration) netip.AddrPort {
	nonce := time.Now().AppendFormat(nil, "05.00000")[:8]
	c.WriteToUDPAddrPort(append([]byte{byte(by)}, nonce...), r.at[to])
	c.SetReadDeadline(time.Now().Add(wait))
	b := make([]byte, 100)
	for {
		n, _, err := c.ReadFromUDPAddrPort(b)
		if err != nil {
			return netip.AddrPort{}
		}
		if n > 8 && bytes.Equal(b[:8], nonce) {
			return netip.MustParseAddrPort(string(b[8:n]))
		}
	}
}

const (
	independent        = "endpoint-independent"
	addressDependent   = "address-dependent"
	addressAndPort     = "address and port-dependent"
	blocked            = "blocked"
	homeAddr, blocksLo = "0.0.0.0:0", 30000
)

// classify measures a's NAT as RFC 5780 does.
func classify(l *Lab, r *reflector) (mapping, filtering string, ports []uint16) {
	c := l.Listen("a", homeAddr)
	var seen [4]netip.AddrPort
	for i := range seen {
		seen[i] = r.ask(c, i, i, quiet)
		ports = append(ports, seen[i].Port())
	}
	switch {
	case !seen[0].IsValid():
		return blocked, blocked, ports
	case seen[0] == seen[1] && seen[0] == seen[2] && seen[0] == seen[3]:
		mapping = independent
	case seen[0] == seen[1] && seen[2] == seen[3]:
		mapping = addressDependent
	default:
		mapping = addressAndPort
	}
	f := l.Listen("a", homeAddr) // has sent to one endpoint only
	switch {
	case r.ask(f, 0, 3, quiet).IsValid():
		filtering = independent
	case r.ask(f, 0, 1, quiet).IsValid():
		filtering = addressDependent
	default:
		filtering = addressAndPort
	}
	return mapping, filtering, ports
}

func TestNATsBehaveAsNamed(t *testing.T) {
	t.Parallel()
	l := New(t, Flat)
	r := newReflector(l)
	for _, tc := range []struct{ kind, mapping, filtering string }{
		{FullCone, independent, independent},
		{AddressRestricted, independent, addressDependent},
		{PortRestricted, independent, addressAndPort},
		{Symmetric, addressAndPort, addressAndPort},
		{SymmetricBlock, addressAndPort, addressAndPort},
		{SymmetricSequential, addressAndPort, addressAndPort},
		{SymmetricAddress, addressDependent, addressAndPort},
		{UDPDrop, blocked, blocked},
		{UDPReject, blocked, blocked},
	} {
		l.NAT("A", tc.kind)
		mapping, filtering, ports := classify(l, r)
		if mapping != tc.mapping || filtering != tc.filtering {
			t.Errorf("%s: mapping %s, filtering %s; want %s, %s (ports %v)", tc.kind, mapping, filtering, tc.mapping, tc.filtering, ports)
		}
		switch {
		case tc.kind == SymmetricBlock && (ports[0] < blocksLo || ports[0] >= blocksLo+1024):
			t.Errorf("port block: ports %v", ports)
		case tc.kind == SymmetricSequential && ports[1] != ports[0]+1:
			t.Errorf("sequential: ports %v", ports)
		}
	}
}

// punchFor is how long two sides try.
const punchFor = 3 * time.Second

// punch has both sides send to the other's outside address, and to whatever
// they hear from, until both heard the other. It reports how long that took.
func punch(l *Lab, r *reflector, nodeA, nodeB string) (time.Duration, bool) {
	a, b := l.Listen(nodeA, homeAddr), l.Listen(nodeB, homeAddr)
	defer a.Close()
	defer b.Close()
	ma, mb := r.ask(a, 0, 0, time.Second), r.ask(b, 0, 0, time.Second)
	if !ma.IsValid() || !mb.IsValid() {
		return 0, false
	}
	start := time.Now()
	end := start.Add(punchFor)
	heard := make(chan time.Duration, 2)
	side := func(c *net.UDPConn, target netip.AddrPort) {
		buf := make([]byte, 100)
		confirmed := false
		for time.Now().Before(end) {
			c.WriteToUDPAddrPort([]byte("ping"), target)
			c.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
			for {
				n, from, err := c.ReadFromUDPAddrPort(buf)
				if errors.Is(err, net.ErrClosed) {
					return
				}
				if err != nil {
					break
				}
				if string(buf[:n]) == "ping" {
					c.WriteToUDPAddrPort([]byte("pong"), from)
					target = unmap(from) // peer-reflexive
				} else if !confirmed {
					confirmed = true
					heard <- time.Since(start)
				}
			}
		}
	}
	go side(a, mb)
	go side(b, ma)
	var last time.Duration
	for range 2 {
		select {
		case last = <-heard:
		case <-time.After(punchFor):
			return 0, false
		}
	}
	return last, true
}

func TestPunchWithDelay(t *testing.T) {
	l := New(t, Flat, Delay(25*time.Millisecond), Jitter(time.Millisecond), Hops(6))
	r := newReflector(l)
	c := l.Listen("a", homeAddr)
	r.ask(c, 0, 0, time.Second) // resolves the link addresses
	least := time.Hour          // a busy machine only adds to it
	for tries := 0; tries < 5 || least > 75*time.Millisecond && tries < 50; tries++ {
		start := time.Now()
		if !r.ask(c, 0, 0, time.Second).IsValid() {
			t.Fatal("nothing passes the delay bridge")
		}
		least = min(least, time.Since(start))
	}
	if least < 50*time.Millisecond || least > 75*time.Millisecond {
		t.Errorf("round trip %v, want about 51 ms", least)
	}
	for _, tc := range []struct {
		a, b string
		want bool
	}{
		{PortRestricted, PortRestricted, true},
		{Symmetric, AddressRestricted, true},
		{Symmetric, PortRestricted, false},
	} {
		l.NAT("A", tc.a)
		l.NAT("B", tc.b)
		d, ok := punch(l, r, "a", "b")
		if ok != tc.want {
			t.Errorf("%s × %s: punched %v", tc.a, tc.b, ok)
		}
		t.Logf("%s × %s: punched %v in %v", tc.a, tc.b, ok, d)
	}
	// A packet whose TTL does not last seven hops opens only its own NAT.
	raw, err := c.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	setTTL(t, raw, 6)
	if r.ask(c, 0, 0, quiet).IsValid() {
		t.Error("a packet with TTL 6 passed six hops and the home router")
	}
	setTTL(t, raw, 64)
	if !r.ask(c, 0, 0, time.Second).IsValid() {
		t.Error("a packet with TTL 64 did not pass")
	}
}

func TestLoss(t *testing.T) {
	l := New(t, Flat, Loss(0.3))
	srv, p := l.Listen("srv", "203.0.113.1:7000"), l.Listen("p", homeAddr)
	const rounds, burst = 20, 50 // small bursts: nothing may be lost for want of room
	const count = rounds * burst
	got := 0
	for range rounds {
		for range burst {
			p.WriteToUDPAddrPort([]byte("x"), netip.AddrPortFrom(serverIP, 7000))
		}
		for b := make([]byte, 10); ; got++ {
			srv.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
			if _, _, err := srv.ReadFromUDPAddrPort(b); err != nil {
				break
			}
		}
	}
	if got < 620 || got > 780 { // 5 standard deviations
		t.Errorf("%d of %d packets arrived at 30 %% loss", got, count)
	}
}

func TestHairpinAndCarrierNAT(t *testing.T) {
	t.Parallel()
	l := New(t, CGN)
	r := newReflector(l)
	for _, tc := range []struct {
		hairpin bool
		want    bool
	}{{false, false}, {true, true}} {
		options := []NATOption{}
		if tc.hairpin {
			options = append(options, Hairpin())
		}
		l.NAT("A", PortRestricted)
		l.NAT("cgn", PortRestricted, options...)
		if _, ok := punch(l, r, "a", "b"); ok != tc.want {
			t.Errorf("two homes, carrier NAT with hairpin %v: punched %v", tc.hairpin, ok)
		}
	}
	c := l.Listen("a", homeAddr)
	if seen := r.ask(c, 0, 0, time.Second); seen.Addr() != netip.MustParseAddr("203.0.113.30") {
		t.Errorf("seen from outside as %v", seen)
	}
}

func TestMappingTimeoutAndRestart(t *testing.T) {
	t.Parallel()
	l := New(t, Flat)
	r := newReflector(l)
	l.NAT("A", Symmetric)
	c := l.Listen("a", homeAddr)
	first := r.ask(c, 0, 0, time.Second)
	if again := r.ask(c, 0, 0, time.Second); again != first {
		t.Errorf("mapping changed while in use: %v, %v", first, again)
	}
	l.Restart("A")
	second := r.ask(c, 0, 0, time.Second)
	if second == first || !second.IsValid() {
		t.Errorf("after a restart of the NAT: %v, before %v", second, first)
	}
	l.MappingTimeout("A", time.Second)
	third := r.ask(c, 0, 0, time.Second) // takes the new timeout
	quietly := time.Now().Add(2500 * time.Millisecond)
	c.SetReadDeadline(quietly)
	if _, _, err := c.ReadFromUDPAddrPort(make([]byte, 10)); err == nil {
		t.Fatal("a packet out of nowhere")
	}
	if fourth := r.ask(c, 0, 0, time.Second); fourth == third || !fourth.IsValid() {
		t.Errorf("after 2.5 s of silence with a timeout of 1 s: %v, before %v", fourth, third)
	}
}

func TestIPv6Firewall(t *testing.T) {
	t.Parallel()
	l := New(t, Flat, IPv6())
	a, b := l.Listen("a", "[2001:db8:0:1::2]:0"), l.Listen("b", "[2001:db8:0:2::2]:0")
	hears := func(from, to *net.UDPConn) bool {
		from.WriteToUDPAddrPort([]byte("x"), to.LocalAddr().(*net.UDPAddr).AddrPort())
		to.SetReadDeadline(time.Now().Add(quiet))
		_, _, err := to.ReadFromUDPAddrPort(make([]byte, 10))
		return err == nil
	}
	if hears(a, b) {
		t.Error("an unsolicited packet passed b's firewall")
	}
	if !hears(b, a) {
		t.Error("a had sent to b, but b's packet did not pass")
	}
	if !hears(a, b) {
		t.Error("both had sent, but a's packet did not pass")
	}
}

func TestUnplug(t *testing.T) {
	t.Parallel()
	l := New(t, Flat)
	r := newReflector(l)
	c := l.Listen("a", homeAddr)
	for _, plugged := range []bool{true, false, true} {
		if plugged {
			l.Plug("a")
		} else {
			l.Unplug("a")
		}
		got := r.ask(c, 0, 0, quiet).IsValid()
		for range 5 {
			if plugged && !got { // a link takes a moment to come up
				got = r.ask(c, 0, 0, quiet).IsValid()
			}
		}
		if got != plugged {
			t.Errorf("plugged %v: answered %v", plugged, got)
		}
	}
}

func TestStaleLabsAreRemoved(t *testing.T) {
	require(t)
	ended := exec.Command("true")
	if err := ended.Run(); err != nil {
		t.Fatal(err)
	}
	stale := fmt.Sprintf("%s%d-1-a", namePrefix, ended.Process.Pid)
	alive := fmt.Sprintf("%s%d-stale-test", namePrefix, os.Getpid())
	for _, ns := range []string{stale, alive} {
		if err := run("", "ip", "netns", "add", ns); err != nil {
			t.Fatal(err)
		}
	}
	defer removeNamespace(alive)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	inside := exec.CommandContext(ctx, "ip", "netns", "exec", stale, "sleep", "1000")
	if err := inside.Start(); err != nil {
		t.Fatal(err)
	}
	for pids := ""; pids == "" && ctx.Err() == nil; { // until it is inside
		out, _ := exec.Command("ip", "netns", "pids", stale).Output()
		pids = string(out)
	}
	removeStale()
	if _, err := os.Stat(filepath.Join(netnsDir, stale)); err == nil {
		t.Error("the namespace of a process that is gone was left")
	}
	if _, err := os.Stat(filepath.Join(netnsDir, alive)); err != nil {
		t.Error("the namespace of a living process was removed")
	}
	if err := inside.Wait(); err == nil || ctx.Err() != nil {
		t.Error("what ran in the stale namespace was left running")
	}
}
