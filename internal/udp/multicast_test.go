//go:build !js

package udp

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"
	"time"

	"gochat/internal/netspace"
)

var (
	group4 = netip.MustParseAddr("239.192.95.95")
	group6 = netip.MustParseAddr("ff02::9595")
)

type heard struct {
	text    string
	from    netip.AddrPort
	ifIndex int
}

// hearing starts reading and returns what arrives.
func hearing(t *testing.T, m *Multicast) <-chan heard {
	t.Helper()
	c := make(chan heard, 100)
	go func() {
		defer close(c)
		b := make([]byte, 100)
		for {
			n, from, ifIndex, err := m.ReadFrom(b)
			if err != nil {
				if !errors.Is(err, net.ErrClosed) {
					t.Errorf("read: %v", err)
				}
				return
			}
			c <- heard{string(b[:n]), from, ifIndex}
		}
	}()
	return c
}

func next(t *testing.T, c <-chan heard, text string) heard {
	t.Helper()
	late := time.After(patience)
	for {
		select {
		case h, ok := <-c:
			if !ok {
				t.Fatalf("closed before %q was heard", text)
			}
			if h.text == text {
				return h
			}
		case <-late:
			t.Fatalf("never heard %q", text)
		}
	}
}

// freePort finds a port for the groups, so that tests of several checkouts do
// not hear each other.
func freePort(t *testing.T) uint16 {
	t.Helper()
	c := open(t, "0.0.0.0:0")
	defer c.Close()
	return c.LocalAddr().Port()
}

func TestMain(m *testing.M) { os.Exit(netspace.Run(m)) }

func TestMulticast(t *testing.T) {
	netspace.Need(t)
	port := freePort(t)
	var ms []*Multicast
	var ears []<-chan heard
	for range 3 { // as three processes on one host would
		m, err := ListenMulticast(port, group4, group6)
		if err != nil {
			netspace.Skip(t, "multicast: "+err.Error())
		}
		ms = append(ms, m)
		ears = append(ears, hearing(t, m))
	}
	if err := ms[0].Send([]byte("anyone?")); err != nil {
		t.Fatal(err)
	}
	for i, e := range ears {
		if h := next(t, e, "anyone?"); !h.from.IsValid() || h.from.Addr().IsUnspecified() || h.from.Addr().Is4In6() || h.from.Port() == port {
			t.Errorf("%d heard it from %v", i, h.from)
		}
	}

	// An answer to the source reaches the asker alone.
	if err := ms[1].Send([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	from := next(t, ears[2], "hello").from
	if _, err := ms[2].WriteTo([]byte("answer"), from); err != nil {
		t.Fatal(err)
	}
	next(t, ears[1], "answer")

	for i, m := range ms {
		m.Close()
		for h := range ears[i] {
			if h.text == "answer" && i != 1 {
				t.Errorf("%d heard an answer that was not for it", i)
			}
		}
	}
}

func TestMulticastRefusesUnicast(t *testing.T) {
	if m, err := ListenMulticast(freePort(t), netip.MustParseAddr("192.0.2.1")); err == nil {
		m.Close()
		t.Error("a unicast address was taken for a group")
	}
}
