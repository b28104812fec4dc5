package simnet

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// liveLab is a running network with two homes and a server that tells each
// sender the address it was seen at.
func liveLab(t *testing.T, natA, natB NAT) (n *Network, a, b net.PacketConn) {
	t.Helper()
	n = New(3, webLink)
	srv := listen(t, n.Internet.Host("srv", "203.0.113.1"), 3478)
	go func() {
		buf := make([]byte, 1500)
		for {
			_, from, err := srv.ReadFrom(buf)
			if err != nil {
				return
			}
			seen, err := unmap(from).MarshalText()
			if err == nil {
				srv.WriteTo(seen, from)
			}
		}
	}()
	a = listen(t, n.Internet.Router("homeA", natA, "203.0.113.10").LAN.Host("a", "192.168.1.2"), 0)
	b = listen(t, n.Internet.Router("homeB", natB, "203.0.113.20").LAN.Host("b", "192.168.1.2"), 0)
	return n, a, b
}

func listen(t *testing.T, h *Host, port uint16) net.PacketConn {
	t.Helper()
	c, err := h.ListenPacket(port)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func unmap(a net.Addr) netip.AddrPort {
	u := a.(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(u.Addr().Unmap(), u.Port())
}

func outside(t *testing.T, c net.PacketConn) netip.AddrPort {
	t.Helper()
	if _, err := c.WriteTo([]byte("?"), net.UDPAddrFromAddrPort(ap(s11))); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	n, _, err := c.ReadFrom(buf)
	if err != nil {
		t.Fatal(err)
	}
	return ap(string(buf[:n]))
}

func TestPunchInBubble(t *testing.T) {
	for _, tc := range []struct {
		name string
		nat  NAT
		want bool
	}{
		{"port-restricted × port-restricted", PortRestricted(), true},
		{"symmetric × port-restricted", Symmetric(), false},
	} {
		synctest.Test(t, func(t *testing.T) {
			n, a, b := liveLab(t, tc.nat, PortRestricted())
			defer n.Close()
			ma, mb := outside(t, a), outside(t, b)
			start := time.Now()
			var wg sync.WaitGroup
			heard := make(chan time.Duration, 2)
			for _, s := range []struct {
				c  net.PacketConn
				to netip.AddrPort
			}{{a, mb}, {b, ma}} {
				wg.Go(func() {
					buf := make([]byte, 1500)
					for range 10 {
						s.c.WriteTo([]byte("ping"), net.UDPAddrFromAddrPort(s.to))
						s.c.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
						if _, _, err := s.c.ReadFrom(buf); err == nil {
							heard <- time.Since(start)
							return
						}
					}
				})
			}
			wg.Wait()
			if got := len(heard) == 2; got != tc.want {
				t.Fatalf("%s: punched %v", tc.name, got)
			}
			if tc.want {
				if d := <-heard; d < oneWay || d > oneWay+time.Millisecond {
					t.Errorf("%s: first packet after %v", tc.name, d)
				}
			}
		})
	}
}

func TestConnContract(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, webLink)
		defer n.Close()
		h := n.Internet.Host("h", "203.0.113.1")
		c := listen(t, h, 4545)
		if _, err := h.ListenPacket(4545); err == nil {
			t.Error("one port opened twice")
		}
		if got := c.LocalAddr().(*net.UDPAddr).Port; got != 4545 {
			t.Errorf("local port %d", got)
		}

		buf := make([]byte, 10)
		start := time.Now()
		c.SetReadDeadline(start.Add(time.Second))
		_, _, err := c.ReadFrom(buf)
		var ne net.Error
		if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &ne) || !ne.Timeout() {
			t.Errorf("deadline: %v", err)
		}
		if d := time.Since(start); d != time.Second {
			t.Errorf("deadline after %v", d)
		}
		c.SetReadDeadline(time.Time{})

		// A deadline set during a read interrupts it.
		time.AfterFunc(time.Minute, func() { c.SetReadDeadline(time.Now()) })
		if _, _, err = c.ReadFrom(buf); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("interrupted read: %v", err)
		}
		c.SetReadDeadline(time.Time{})

		if _, err := c.WriteTo([]byte("longer than ten"), &net.UDPAddr{IP: net.IPv4(203, 0, 113, 1), Port: 4545}); err != nil {
			t.Error(err)
		}
		m, from, err := c.ReadFrom(buf)
		if err != nil || m != 10 || unmap(from) != ap("203.0.113.1:4545") {
			t.Errorf("read %d from %v: %v", m, from, err)
		}
		if len(from.(*net.UDPAddr).IP) != net.IPv6len {
			t.Error("IPv4 sources must look as a dual-stack socket reports them")
		}

		time.AfterFunc(time.Minute, func() { c.Close() })
		if _, _, err = c.ReadFrom(buf); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read from a closed conn: %v", err)
		}
		if _, err = c.WriteTo(buf, from); !errors.Is(err, net.ErrClosed) {
			t.Errorf("write to a closed conn: %v", err)
		}
		again := listen(t, h, 4545) // the port is free again
		go n.Close()
		if _, _, err = again.ReadFrom(buf); !errors.Is(err, net.ErrClosed) {
			t.Errorf("read on a closed network: %v", err)
		}
	})
}

func TestReceiveQueueIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := New(1, Link{})
		defer n.Close()
		a := listen(t, n.Internet.Host("a", "203.0.113.1"), 1)
		listen(t, n.Internet.Host("b", "203.0.113.2"), 2)
		for range recvQueue + 7 {
			a.WriteTo([]byte("x"), net.UDPAddrFromAddrPort(ap("203.0.113.2:2")))
		}
		time.Sleep(time.Second) // in the bubble
		if got := n.Stats(); got[Overflow] != 7 || got[Delivered] != recvQueue {
			t.Errorf("%v", got)
		}
	})
}

// The same conns work on the real clock, outside a bubble.
func TestRealTime(t *testing.T) {
	n, a, _ := liveLab(t, PortRestricted(), FullCone())
	defer n.Close()
	if got := outside(t, a).Addr(); got != netip.MustParseAddr("203.0.113.10") {
		t.Errorf("seen as %v", got)
	}
}
