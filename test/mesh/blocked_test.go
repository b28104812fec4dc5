package mesh

import (
	"context"
	"fmt"
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// newTCPWorld is a world whose bootnode takes WebSockets too, and whose members
// can dial them.
func newTCPWorld(t *testing.T) (*world, *tcp) {
	n := newTCP(25 * time.Millisecond)
	w := emptyWorld(t, delay)
	w.listen = n.listen
	w.startBootnode()
	from := 0
	w.tune = func(name string, cfg *peer.Config) {
		from++
		cfg.DialWS = n.dialer(fmt.Sprintf("198.51.100.%d", from))
	}
	return w, n
}

// blocked is a host whose network lets no UDP out.
func (w *world) blocked(name, outside, inside string) *simnet.Host {
	return w.net.Internet.Router("nat-"+name, simnet.UDPBlocked(), outside).LAN.Host(name, inside)
}

func TestUDPBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := newTCPWorld(t)
		defer w.end()
		a := w.join("alice", w.blocked("a", "198.51.100.1", "10.0.0.2"), 1)
		early := a.send("typed early")
		w.eventually(2*time.Second, "alice is registered", func() bool { return a.via() == peer.ViaTCP })
		begin := time.Now()
		b := w.join("bob", w.blocked("b", "198.51.100.2", "10.0.1.2"), 1)
		w.agree(time.Second, []string{"typed early"}, a, b)
		first := time.Since(begin)
		t.Logf("first message after %v", first)
		if first > 600*time.Millisecond {
			t.Errorf("%s took %v", early, first)
		}
		c := w.join("carol", w.net.Internet.Host("c", "198.51.100.9"), 1) // with UDP
		w.meet(5*time.Second, a, b, c)
		texts := []string{"typed early"}
		for i := range 30 {
			for _, m := range []*member{a, b, c} {
				texts = append(texts, fmt.Sprint(m.name, i))
				m.send(texts[len(texts)-1])
			}
			time.Sleep(20 * time.Millisecond)
		}
		w.agree(5*time.Second, texts, a, b, c)
		for _, m := range []*member{b, c} {
			if s := a.state(m); s.Path != peer.PathRelay || s.Via != peer.ViaTCP || s.Reason == "" {
				t.Errorf("alice sees %s as %+v", m.name, s)
			}
		}
		if s := c.state(a); s.Path != peer.PathRelay || s.Via != peer.ViaUDP {
			t.Errorf("carol sees alice as %+v", s)
		}
		time.Sleep(10 * time.Minute) // idle: beats and pings keep all as it is
		if d := n.dialled(); d != 2 {
			t.Errorf("%d connections", d)
		}
		if a.state(b).State != peer.Joined || a.lost("r", b) > 0 {
			t.Errorf("alice lost bob: %+v", a.state(b))
		}
		a.leave()
		w.eventually(time.Second, "bob sees alice leave", func() bool { return b.state(a).State == peer.Left })
	})
}

// Connections break all the time, and the bootnode restarts.
func TestTCPResets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := newTCPWorld(t)
		defer w.end()
		a := w.join("alice", w.blocked("a", "198.51.100.1", "10.0.0.2"), 1)
		b := w.join("bob", w.blocked("b", "198.51.100.2", "10.0.1.2"), 1)
		w.meet(5*time.Second, a, b)
		var texts []string
		for i := range 200 {
			texts = append(texts, fmt.Sprint("a", i), fmt.Sprint("b", i))
			a.send(texts[2*i])
			b.send(texts[2*i+1])
			time.Sleep(30 * time.Millisecond)
			switch {
			case i == 100:
				w.stop()
				time.Sleep(time.Second)
				w.startBootnode()
			case i%10 == 9:
				n.reset()
			}
		}
		w.agree(60*time.Second, texts, a, b)
		if d := n.dialled(); d > 200 {
			t.Errorf("%d dials", d)
		}
	})
}

// UDP to the bootnode goes away and comes back while both talk.
func TestUDPGoesAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, n := newTCPWorld(t)
		defer w.end()
		sym := simnet.Symmetric()
		ha := w.net.Internet.Router("natA", sym, "198.51.100.1").LAN.Host("a", "10.0.0.2")
		hb := w.net.Internet.Router("natB", sym, "198.51.100.2").LAN.Host("b", "10.0.1.2")
		a, b := w.join("alice", ha, 1), w.join("bob", hb, 1)
		w.meet(5*time.Second, a, b)
		var texts []string
		talk := func(what string, limit time.Duration, until func() bool) {
			begin := time.Now()
			for i := 0; !until(); i++ {
				if time.Since(begin) > limit {
					t.Fatalf("not within %v: %s", limit, what)
				}
				texts = append(texts, fmt.Sprint(what, " ", i))
				a.send(texts[len(texts)-1])
				time.Sleep(100 * time.Millisecond)
			}
			t.Logf("%s: %v", what, time.Since(begin))
		}
		if n.dialled() != 0 {
			t.Errorf("%d connections while UDP works", n.dialled())
		}
		w.net.Cut(ha, w.srv)
		talk("to TCP", 10*time.Second, func() bool { return a.via() == peer.ViaTCP })
		w.agree(5*time.Second, texts, a, b)
		w.net.Mend(ha, w.srv)
		talk("back to UDP", 61*time.Second, func() bool { return a.via() == peer.ViaUDP })
		w.agree(5*time.Second, texts, a, b)
		time.Sleep(10 * time.Second)
		n.reset() // nothing of it is needed any more
		time.Sleep(2 * time.Minute)
		if n.dialled() != 1 {
			t.Errorf("%d dials", n.dialled())
		}
	})
}

// Who wants TCP only sends no UDP packet and looks up no name.
func TestTCPOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, _ := newTCPWorld(t)
		defer w.end()
		host := w.net.Internet.Host("a", "198.51.100.77")
		tune := w.tune
		w.tune = func(name string, cfg *peer.Config) {
			tune(name, cfg)
			if name == "alice" {
				cfg.TCPOnly = true
				cfg.Resolve = func(context.Context, string) ([]netip.AddrPort, error) {
					t.Error("looked up a name")
					return nil, context.Canceled
				}
			}
		}
		var leaked atomic.Int64
		w.net.OnPacket(func(tr simnet.Trace) {
			if tr.Src.Addr() == netip.MustParseAddr("198.51.100.77") {
				leaked.Add(1)
			}
		})
		a := w.join("alice", host, 1)
		b := w.join("bob", w.net.Internet.Host("b", "198.51.100.2"), 1)
		w.meet(5*time.Second, a, b)
		a.send("hidden")
		w.agree(5*time.Second, []string{"hidden"}, a, b)
		time.Sleep(5 * time.Minute)
		if n := leaked.Load(); n > 0 {
			t.Errorf("%d UDP packets", n)
		}
		if s := b.state(a); s.Path != peer.PathRelay {
			t.Errorf("bob sees alice as %+v", s)
		}
	})
}
