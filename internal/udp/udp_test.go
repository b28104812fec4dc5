//go:build !js

package udp

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"gochat/internal/simnet"
)

const patience = 30 * time.Second // for what must happen; never waited in full

func open(t *testing.T, addr string) Conn {
	t.Helper()
	c, err := Listen(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	c.SetReadDeadline(time.Now().Add(patience))
	return c
}

func buffers(n int) []Packet {
	ps := make([]Packet, n)
	for i := range ps {
		ps[i].Buf = make([]byte, 1500)
	}
	return ps
}

func at(c Conn, host string) netip.AddrPort {
	return netip.AddrPortFrom(netip.MustParseAddr(host), c.LocalAddr().Port())
}

// exchange sends from a to b and has b answer from the address it was asked at.
func exchange(t *testing.T, a, b Conn, target string) {
	t.Helper()
	if _, err := a.WriteTo([]byte("ask "+target), at(b, target), netip.Addr{}); err != nil {
		t.Fatal(err)
	}
	ps := buffers(4)
	n, err := b.ReadBatch(ps)
	if err != nil || n != 1 || string(ps[0].Bytes()) != "ask "+target {
		t.Fatalf("%s: %d packets, %q, %v", target, n, ps[0].Bytes(), err)
	}
	if ps[0].Addr.Addr().Is4In6() || ps[0].Addr.Port() != a.LocalAddr().Port() {
		t.Errorf("%s: source %v", target, ps[0].Addr)
	}
	if runtime.GOOS == "linux" && ps[0].Local != netip.MustParseAddr(target) {
		t.Errorf("%s: local address %v", target, ps[0].Local)
	}
	if _, err := b.WriteTo([]byte("answer"), ps[0].Addr, ps[0].Local); err != nil {
		t.Fatal(err)
	}
	if n, err = a.ReadBatch(ps); err != nil || n != 1 {
		t.Fatalf("%s: %d answers, %v", target, n, err)
	}
	if runtime.GOOS == "linux" && ps[0].Addr != at(b, target) {
		t.Errorf("%s: answer from %v", target, ps[0].Addr)
	}
}

func TestExchange(t *testing.T) {
	targets := map[string][]string{
		":0":          {"127.0.0.1"},
		"[::]:0":      {"127.0.0.1"},
		"0.0.0.0:0":   {"127.0.0.1"},
		"127.0.0.1:0": {"127.0.0.1"},
	}
	if runtime.GOOS == "linux" { // all of 127/8 is ours: a host with several addresses
		targets[":0"] = append(targets[":0"], "127.0.0.2")
		targets["0.0.0.0:0"] = append(targets["0.0.0.0:0"], "127.0.0.2")
	}
	for _, a := range loopback(listInterfaces()) {
		if a.Is6() {
			targets[":0"] = append(targets[":0"], "::1")
			targets["[::1]:0"] = []string{"::1"}
		}
	}
	for addr, hosts := range targets {
		for _, h := range hosts {
			t.Run(addr+" "+h, func(t *testing.T) { exchange(t, open(t, ":0"), open(t, addr), h) })
		}
	}
}

func TestBatches(t *testing.T) {
	a, b := open(t, ":0"), open(t, ":0")
	const count = MaxBatch + 10
	out := buffers(count)
	for i := range out {
		out[i].N = copy(out[i].Buf, fmt.Sprint(i))
		out[i].Addr = at(b, "127.0.0.1")
	}
	out[3].Local = netip.MustParseAddr("127.0.0.1")
	out[5].Addr = netip.AddrPort{} // cannot be sent, must not stop the others
	n, err := a.WriteBatch(out)
	if n != count-1 || err == nil {
		t.Fatalf("sent %d of %d, %v", n, count, err)
	}
	seen := map[string]bool{}
	in := buffers(count)
	for len(seen) < count-1 {
		n, err := b.ReadBatch(in)
		if err != nil {
			t.Fatalf("after %d packets: %v", len(seen), err)
		}
		for i := range in[:n] {
			seen[string(in[i].Bytes())] = true
		}
	}
	if n, err := b.ReadBatch(nil); n != 0 || err != nil {
		t.Errorf("no buffers: %d, %v", n, err)
	}
}

// A port that nobody listens on answers with ICMP; the reader must not notice.
func TestICMPIsNoError(t *testing.T) {
	a, b := open(t, "127.0.0.1:0"), open(t, "127.0.0.1:0")
	gone := b.LocalAddr()
	b.Close()
	for range 3 {
		a.WriteTo([]byte("anyone?"), gone, netip.Addr{})
	}
	c := open(t, "127.0.0.1:0")
	if _, err := c.WriteTo([]byte("yes"), a.LocalAddr(), netip.Addr{}); err != nil {
		t.Fatal(err)
	}
	if n, err := a.ReadBatch(buffers(1)); n != 1 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
}

// refusing is a connection whose first reads fail as after an ICMP message.
type refusing struct {
	net.PacketConn
	errs []error
}

func (r *refusing) ReadFrom(b []byte) (int, net.Addr, error) {
	if len(r.errs) > 0 {
		err := r.errs[0]
		r.errs = r.errs[1:]
		return 0, nil, &net.OpError{Op: "read", Err: os.NewSyscallError("recvfrom", err)}
	}
	return copy(b, "ok"), &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5}, nil
}

func TestWrapSkipsTransientErrors(t *testing.T) {
	ps := buffers(1)
	c := Wrap(&refusing{errs: transientErrors})
	if n, err := c.ReadBatch(ps); n != 1 || err != nil || ps[0].Addr.String() != "192.0.2.1:5" {
		t.Errorf("%d, %v from %v", n, err, ps[0].Addr)
	}
	c = Wrap(&refusing{errs: []error{net.ErrClosed}})
	if _, err := c.ReadBatch(ps); !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestDeadlineAndClose(t *testing.T) {
	c := open(t, ":0")
	c.SetReadDeadline(time.Now())
	if _, err := c.ReadBatch(buffers(1)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("deadline: %v", err)
	}
	c.SetReadDeadline(time.Time{})
	done := make(chan error)
	go func() {
		_, err := c.ReadBatch(buffers(1))
		done <- err
	}()
	c.Close()
	if err := <-done; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %v", err)
	}
}

func TestListenRefusesNonsense(t *testing.T) {
	for _, addr := range []string{"", "9595", "host:1", ":x", ":70000", "1.2.3.4.5:1", "127.0.0.1"} {
		if c, err := Listen(addr); err == nil {
			c.Close()
			t.Errorf("Listen(%q) worked", addr)
		}
	}
}

// The same exchange over a simulated network.
func TestWrapSimnet(t *testing.T) {
	n := simnet.New(1, simnet.Link{Latency: time.Millisecond})
	defer n.Close()
	srv := n.Internet.Host("srv", "203.0.113.1", "203.0.113.2")
	cli := n.Internet.Host("cli", "203.0.113.3")
	wrap := func(h *simnet.Host, port uint16) Conn {
		pc, err := h.ListenPacket(port)
		if err != nil {
			t.Fatal(err)
		}
		c := Wrap(pc)
		c.SetReadDeadline(time.Now().Add(patience))
		return c
	}
	exchange(t, wrap(cli, 0), wrap(srv, 9595), "203.0.113.2")
}

func TestHostAddrs(t *testing.T) {
	all := local(listInterfaces())
	if len(all) > maxAddrs {
		t.Errorf("%d addresses", len(all))
	}
	for _, a := range all {
		if a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.Is4In6() || a.Zone() != "" {
			t.Errorf("%v is no candidate", a)
		}
	}
	for _, a := range loopback(listInterfaces()) {
		if !a.IsLoopback() {
			t.Errorf("%v is no loopback address", a)
		}
	}
	if got, want := HostAddrs(), slices.Concat(all, loopback(listInterfaces())); !slices.Equal(got, want) {
		t.Errorf("of the host %v, want %v", got, want)
	}
	var v4, v6 []netip.Addr
	for i := range 10 {
		v4 = append(v4, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
	}
	v6 = append(v6, netip.MustParseAddr("2001:db8::1"))
	got := interleave(v4, v6)
	if len(got) != maxAddrs || got[0] != v4[0] || got[1] != v6[0] || got[2] != v4[1] {
		t.Errorf("interleaved: %v", got)
	}
}
