package mesh

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// home is a host behind a router of its own.
func (w *world) home(name string, nat simnet.NAT, n int) *simnet.Host {
	r := w.net.Internet.Router(name+"-router", nat, fmt.Sprintf("203.0.113.%d", 10+n))
	return r.LAN.Host(name, "192.168.1.2")
}

func TestNATPairs(t *testing.T) {
	nats := map[string]simnet.NAT{
		"fullcone": simnet.FullCone(), "addr": simnet.AddressRestricted(),
		"port": simnet.PortRestricted(), "symmetric": simnet.Symmetric(),
	}
	for _, tc := range []struct {
		a, b string
		path peer.Path
	}{
		{"fullcone", "fullcone", peer.PathDirect},
		{"addr", "port", peer.PathDirect},
		{"port", "port", peer.PathDirect},
		{"symmetric", "addr", peer.PathDirect},
		{"symmetric", "port", peer.PathRelay},
		{"symmetric", "symmetric", peer.PathRelay},
	} {
		t.Run(tc.a+"×"+tc.b, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, delay)
				defer w.end()
				a := w.join("alice", w.home("alice", nats[tc.a], 1), 1)
				time.Sleep(2 * time.Second)
				a.send("typed before anyone is there")
				b := w.join("bob", w.home("bob", nats[tc.b], 2), 1)
				began := time.Now()
				b.send("typed at once")
				w.agree(5*time.Second, []string{"typed before anyone is there", "typed at once"}, a, b)
				// Register 100 ms, relayed handshake 150 ms, the elder's answer 50 ms.
				if d := time.Since(began); d > 350*time.Millisecond {
					t.Errorf("the first messages took %v of virtual time", d)
				}
				w.meet(5*time.Second, a, b)
				time.Sleep(5 * time.Second)
				synctest.Wait()
				for _, m := range a.room.Members() {
					if m.Path != tc.path {
						t.Errorf("alice's path is %v, want %v (%s)", m.Path, tc.path, m.Reason)
					}
				}
			})
		})
	}
}

// A network that loses, doubles and reorders: everything arrives once.
func TestLossDuplicationReordering(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		link := delay
		link.Loss, link.Duplicate, link.Reorder, link.Jitter = 0.15, 0.1, 0.1, 5*time.Millisecond // 28 % on a path
		w := newWorld(t, link)
		defer w.end()
		var ms []*member
		for i, name := range []string{"alice", "bob", "carol", "dave"} {
			ms = append(ms, w.join(name, w.home(name, simnet.PortRestricted(), i), 1))
		}
		w.meet(60*time.Second, ms...)
		var texts []string
		for i := range 40 {
			text := fmt.Sprintf("%s %d", ms[i%4].name, i)
			ms[i%4].send(text)
			texts = append(texts, text)
			time.Sleep(50 * time.Millisecond)
		}
		big := strings.Repeat("0123456789abcdef", 4096) // 64 KiB
		ms[0].send(big)
		w.agree(60*time.Second, append(texts, big), ms...)
	})
}

// The bootnode goes and comes back: talk goes on meanwhile, and newcomers are
// met again.
func TestBootnodeRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		b := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		w.meet(5*time.Second, a, b)
		time.Sleep(3 * time.Second) // both have a direct path
		w.stop()
		a.send("without a bootnode")
		w.agree(5*time.Second, []string{"without a bootnode"}, a, b)
		time.Sleep(40 * time.Second)
		synctest.Wait()
		if s := a.state(b).State; s != peer.Joined {
			t.Fatalf("bob is %v while the bootnode is away", s)
		}
		w.startBootnode()
		c := w.join("carol", w.home("carol", simnet.PortRestricted(), 3), 1)
		w.meet(20*time.Second, a, b, c)
		c.send("hello")
		w.agree(5*time.Second, []string{"without a bootnode", "hello"}, a, b, c)
	})
}

// A member vanishes without a word: told within the timeout and a bit; a new
// run of the same member takes its place.
func TestCrashAndReturn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		host := w.home("bob", simnet.PortRestricted(), 2)
		b := w.join("bob", host, 1)
		w.meet(5*time.Second, a, b)
		host.SetAddrs() // off the network
		gone := w.eventually(25*time.Second, "bob left", func() bool { return a.state(b).State == peer.Left })
		if gone < 10*time.Second {
			t.Errorf("bob was called gone after %v only", gone)
		}
		b.leave()
		host.SetAddrs("192.168.1.2")
		again := w.join("bob", host, 2)
		w.meet(5*time.Second, a, again)
	})
}

// A NAT forgets its mappings under load: nothing is lost, and the direct path
// comes back.
func TestNATRestartUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		r := w.net.Internet.Router("alice-router", simnet.PortRestricted(), "203.0.113.11")
		a := w.join("alice", r.LAN.Host("alice", "192.168.1.2"), 1)
		b := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		w.meet(5*time.Second, a, b)
		time.Sleep(3 * time.Second)
		var texts []string
		for i := range 100 {
			if i == 30 {
				r.Restart()
			}
			text := fmt.Sprint(i)
			[]*member{a, b}[i%2].send(text)
			texts = append(texts, text)
			time.Sleep(50 * time.Millisecond)
		}
		w.agree(10*time.Second, texts, a, b)
		w.eventually(10*time.Second, "direct again", func() bool {
			return a.state(b).Path == peer.PathDirect && b.state(a).Path == peer.PathDirect
		})
	})
}

// Two members who cannot reach each other at all get everything through the
// third.
func TestThirdMemberPassesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.net.Internet.Host("alice", "203.0.113.50"), 1)
		b := w.join("bob", w.net.Internet.Host("bob", "203.0.113.51"), 1)
		c := w.join("carol", w.net.Internet.Host("carol", "203.0.113.52"), 1)
		w.meet(5*time.Second, a, b, c)
		w.stop() // no relay any more
		w.startBootnodeLater(func() { w.net.Cut(a.host, b.host) })
		a.send("from alice")
		b.send("from bob")
		w.agree(30*time.Second, []string{"from alice", "from bob"}, a, b, c)
	})
}

// startBootnodeLater lets the loss of the bootnode settle before f.
func (w *world) startBootnodeLater(f func()) {
	time.Sleep(time.Second)
	f()
	w.stop = func() {}
}

// A graceful leave is told at once.
func TestLeaveIsToldAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		b := w.join("bob", w.home("bob", simnet.Symmetric(), 2), 1)
		w.meet(5*time.Second, a, b)
		b.leave()
		if d := w.eventually(2*time.Second, "bob left", func() bool { return a.state(b).State == peer.Left }); d > 500*time.Millisecond {
			t.Errorf("took %v", d)
		}
	})
}
