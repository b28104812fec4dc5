package punch

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

func TestConesConnectDirectly(t *testing.T) {
	nats := map[string]simnet.NAT{
		"full cone": simnet.FullCone(), "address": simnet.AddressRestricted(), "port": simnet.PortRestricted(),
	}
	for na, x := range nats {
		for nb, y := range nats {
			inLab(t, x, y, func(l *lab) {
				time.Sleep(time.Second)
				l.wantKind(Direct)
				before := l.a.relayed.Load() + l.b.relayed.Load()
				if n := l.talk(20*ms, time.Second, 1); l.a.lost(1, n)+l.b.lost(1, n) > 2 { // the last are under way
					t.Errorf("%s × %s: lost packets", na, nb)
				}
				if l.a.relayed.Load()+l.b.relayed.Load() != before {
					t.Errorf("%s × %s: data went by the relay as well", na, nb)
				}
			})
		}
	}
}

// From the moment in which both ends learn of each other, a path between cones
// is there after one round trip, and a fifth at most.
func TestConesAreDirectWithinARoundTrip(t *testing.T) {
	nats := []simnet.NAT{{}, simnet.FullCone(), simnet.AddressRestricted(), simnet.PortRestricted()}
	for i, x := range nats {
		for j, y := range nats {
			inLab(t, x, y, func(l *lab) {
				time.Sleep(time.Second) // for the own addresses
				rtt := l.a.remote.Info().RTT
				for _, e := range []*end{l.a, l.b} {
					e.remote.Rest()
				}
				time.Sleep(2 * restDeaf)
				start := time.Now()
				for e, other := range map[*end]*end{l.a: l.b, l.b: l.a} {
					_, cands := other.Candidates()
					e.remote.AddObserved(cands[len(cands)-1].Addr)
					e.remote.AddCandidates(cands)
					e.remote.Rouse()
				}
				for l.a.remote.Info().Kind != Direct || l.b.remote.Info().Kind != Direct {
					pass(ms)
					if time.Since(start) > 10*rtt {
						t.Fatalf("%d × %d: no direct path", i, j)
					}
				}
				if d := time.Since(start); d > rtt*6/5 {
					t.Errorf("%d × %d: direct after %v at a round trip of %v", i, j, d, rtt)
				}
			})
		}
	}
}

func TestHardPairStaysRelayed(t *testing.T) {
	inLab(t, simnet.Symmetric(), simnet.PortRestricted(), func(l *lab) {
		n := l.talk(50*ms, 20*time.Second, 1)
		time.Sleep(time.Second)
		l.wantKind(Relay)
		if lost := l.a.lost(1, n) + l.b.lost(1, n); lost > 0 {
			t.Errorf("%d packets lost", lost)
		}
		if i := l.a.remote.Info(); i.RTT != 2*relayDelay || i.Tried == 0 {
			t.Errorf("info %+v", i)
		}
	})
}

// The first packet does not wait for any probe.
func TestFirstPacketGoesByRelay(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		l.a.WriteTo(numbered(1), l.a.remote.Addr())
		time.Sleep(relayDelay + ms)
		if l.b.lost(1, 1) != 0 {
			t.Error("it is not there after one trip by the relay")
		}
	})
}

func TestVirtualAddressSurvivesPathChanges(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.FullCone(), func(l *lab) {
		l.talk(50*ms, 3*time.Second, 1)
		l.net.Cut(l.a.host, l.b.host)
		l.talk(50*ms, 10*time.Second, 1000)
		l.wantKind(Relay)
		l.net.Mend(l.a.host, l.b.host)
		l.talk(50*ms, 40*time.Second, 2000)
		l.wantKind(Direct)
		for _, e := range []*end{l.a, l.b} {
			e.mu.Lock()
			if len(e.froms) != 1 || !e.froms[e.remote.Addr().String()] || e.RemoteAt(e.remote.Addr()) != e.remote {
				t.Errorf("%s: packets came from %v", e.host.Name, e.froms)
			}
			if want := []Kind{Relay, Direct, Relay, Direct}; !slices.Equal(e.kinds, want) {
				t.Errorf("%s: told of %v, want %v", e.host.Name, e.kinds, want)
			}
			e.mu.Unlock()
		}
	})
}

// A direct path dies under traffic: what was sent into it goes by the relay.
func TestDyingPathLosesNothing(t *testing.T) {
	for i := range 10 {
		inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
			time.Sleep(time.Second)
			l.talk(20*ms, time.Second+time.Duration(i)*50*ms, 1)
			l.wantKind(Direct)
			l.net.Cut(l.a.host, l.b.host)
			died := time.Now()
			before := l.a.relayed.Load()
			n := l.talk(20*ms, time.Second, 5000)
			if l.a.relayed.Load() == before {
				t.Errorf("still nothing by the relay after %v", time.Since(died))
			}
			n += l.talk(20*ms, 4*time.Second, 5000+n)
			time.Sleep(time.Second)
			if x, y := l.a.lost(5000, n), l.b.lost(5000, n); x+y > 0 {
				t.Errorf("%d and %d of %d packets lost", x, y, n)
			}
		})
	}
}

func TestBothSidesRebind(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		l.talk(20*ms, 3*time.Second, 1)
		l.wantKind(Direct)
		l.home1.SetAddrs("203.0.113.11")
		l.home2.SetAddrs("203.0.113.21")
		rebound := time.Now()
		n := uint64(0)
		for (l.a.remote.Info().Addr.Addr() != netip.MustParseAddr("203.0.113.21") ||
			l.b.remote.Info().Addr.Addr() != netip.MustParseAddr("203.0.113.11")) && time.Since(rebound) < time.Minute {
			n += l.talk(20*ms, 100*ms, 5000+n)
		}
		if d := time.Since(rebound); d > 6*time.Second {
			t.Errorf("direct again only after %v", d)
		}
		time.Sleep(time.Second)
		if x, y := l.a.lost(5000, n), l.b.lost(5000, n); x+y > 0 {
			t.Errorf("%d and %d of %d packets lost", x, y, n)
		}
	})
}

// The NAT of one side restarts with another address. What that side sends
// before its next probe is unknown at the other's gate: that much QUIC sends
// again. All else arrives.
func TestNATRestartUnderLoad(t *testing.T) {
	inLab(t, simnet.FullCone(), simnet.PortRestricted(), func(l *lab) {
		l.talk(20*ms, 3*time.Second, 1)
		l.home1.SetAddrs("203.0.113.12")
		n := l.talk(20*ms, 10*time.Second, 5000)
		time.Sleep(time.Second)
		l.wantKind(Direct)
		if x, y := l.a.lost(5000, n), l.b.lost(5000, n); x > 0 || y > int((dataProbeEvery+100*ms)/(20*ms)) {
			t.Errorf("%d and %d of %d packets lost", x, y, n)
		}
	})
}

func TestHostMovesToAnotherNetwork(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		l.talk(20*ms, 3*time.Second, 1)
		gen, _ := l.a.Candidates()
		l.a.host.Move(l.net.Internet, "203.0.113.99")
		l.talk(20*ms, hostPoll+2*time.Second, 5000)
		l.wantKind(Direct)
		if got := l.b.remote.Info().Addr.Addr(); got != netip.MustParseAddr("203.0.113.99") {
			t.Errorf("b still sends to %v", got)
		}
		if now, cands := l.a.Candidates(); now <= gen || cands[0].Addr.Addr() != netip.MustParseAddr("203.0.113.99") {
			t.Errorf("generation %d, candidates %v", now, cands)
		}
	})
}

func TestHiddenMembersOfOneHome(t *testing.T) {
	inLab(t, simnet.Symmetric(), simnet.Symmetric(), func(l *lab) {
		l.b.host.Move(l.home1.LAN, "192.168.1.3")
		time.Sleep(hostPoll + 3*time.Second)
		l.wantKind(Direct)
		if got := l.a.remote.Info().Addr.Addr(); got != netip.MustParseAddr("192.168.1.3") {
			t.Errorf("path by %v", got)
		}
	})
}

func TestIdleConnsAreQuiet(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		time.Sleep(5 * time.Minute)
		before, polls := l.a.Counters.Sent.Load(), l.a.relayed.Load()
		time.Sleep(time.Hour)
		sent := float64(l.a.Counters.Sent.Load()-before+uint64(l.a.relayed.Load()-polls)) / 60
		if sent > 15 {
			t.Errorf("%.1f packets a minute", sent)
		}
		l.wantKind(Direct)
	})
}

// The shell's timer must not spin: a tick that does nothing is a bug.
func TestTicksAreFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		ka, _ := probeKeys(t)
		r := c.AddRemote(ka)
		r.SetRelay(func([]byte) {})
		c.AddSTUN(netip.MustParseAddrPort(stunAddress))
		r.AddCandidates(many(0, 16))
		ticks := 0
		for start := time.Now(); time.Since(start) < 10*time.Minute; ticks++ {
			d := c.tick(time.Now())
			if d < ms {
				t.Fatalf("tick after %v asks for another in %v", time.Since(start), d)
			}
			time.Sleep(d)
		}
		if ticks > 2000 {
			t.Errorf("%d ticks in ten minutes", ticks)
		}
		sock.Close()
	})
}

// quietConn is a Conn that nobody runs, on a network of its own.
func quietConn(t testing.TB) (*Conn, net.PacketConn) {
	t.Helper()
	n := simnet.New(1, simnet.Link{})
	sock, err := n.Internet.Host("h", "203.0.113.5").ListenPacket(4000)
	if err != nil {
		t.Fatal(err)
	}
	return NewConn(Config{
		Socket: udp.Wrap(sock), Rand: rand.New(rand.NewPCG(1, 1)),
		LocalAddrs: func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("203.0.113.5")} },
	}), sock
}

func TestRunEndsWithItsContextAndWithClose(t *testing.T) {
	for _, how := range []string{"context", "close", "closed before"} {
		synctest.Test(t, func(t *testing.T) {
			c, _ := quietConn(t)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			if how == "closed before" {
				c.Close()
			}
			run, read := make(chan error, 1), make(chan error, 1)
			go func() { run <- c.Run(ctx) }()
			go func() {
				_, _, err := c.ReadFrom(make([]byte, 10))
				read <- err
			}()
			synctest.Wait()
			switch how {
			case "context":
				cancel()
			case "close":
				c.Close()
				c.Close()
			}
			if err := <-run; err != nil {
				t.Errorf("%s: Run: %v", how, err)
			}
			if err := <-read; !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: ReadFrom: %v", how, err)
			}
			if _, err := c.WriteTo([]byte{0x40}, c.LocalAddr()); !errors.Is(err, net.ErrClosed) {
				t.Errorf("%s: WriteTo: %v", how, err)
			}
		})
	}
}

// brokenSocket fails on reading.
type brokenSocket struct{ udp.Conn }

var errBroken = errors.New("the card was pulled out")

func (brokenSocket) ReadBatch([]udp.Packet) (int, error) { return 0, errBroken }

func TestRunReportsABrokenSocket(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := quietConn(t)
		c.cfg.Socket = brokenSocket{c.cfg.Socket}
		if err := c.Run(t.Context()); !errors.Is(err, errBroken) {
			t.Errorf("Run: %v", err)
		}
	})
}

func TestWriteToNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		ka, _ := probeKeys(t)
		r := c.AddRemote(ka)
		if n, err := c.WriteTo([]byte("x"), r.Addr()); n != 1 || err != nil { // no path yet
			t.Errorf("%d, %v", n, err)
		}
		r.Remove()
		if n, err := c.WriteTo([]byte("x"), r.Addr()); n != 1 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
		if c.RemoteAt(r.Addr()) != nil || c.RemoteAt(&net.TCPAddr{}) != nil {
			t.Error("somebody is there")
		}
		if _, err := c.WriteTo([]byte("x"), &net.TCPAddr{}); err == nil {
			t.Error("a TCP address was taken")
		}
		sock.Close()
	})
}

func TestRemovedRemoteLeavesNothing(t *testing.T) {
	inLab(t, simnet.FullCone(), simnet.FullCone(), func(l *lab) {
		time.Sleep(2 * time.Second)
		l.b.remote.Remove()
		l.b.remote.Remove()
		c := l.b.Conn
		c.mu.Lock()
		if len(c.remotes)+len(c.list)+len(c.hints)+len(c.gate) != 0 {
			t.Errorf("left: %v %v %v %v", c.remotes, c.list, c.hints, c.gate)
		}
		c.mu.Unlock()
		gated, bad := c.Counters.Gated.Load(), c.Counters.BadProbe.Load()
		l.b.remote.AddCandidates(hosts(x))
		l.b.remote.SetRelay(func([]byte) { t.Error("a removed Remote uses a relay") })
		l.b.remote.Check()
		l.a.WriteTo(numbered(1), l.a.remote.Addr())
		time.Sleep(10 * time.Second)
		if c.Counters.Gated.Load() == gated || c.Counters.BadProbe.Load() == bad {
			t.Error("its packets and probes are still taken")
		}
		if _, cands := c.Candidates(); len(cands) == 0 {
			t.Error("the Conn is gone as well")
		}
	})
}

// A member that comes back in the same run is found again, though the other
// side never forgot it and knows its old ping numbers.
func TestRemoteWithTheSameKeysComesBack(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		time.Sleep(time.Minute)
		keys := l.b.remote.sendKeys()
		l.b.remote.Remove()
		time.Sleep(10 * time.Second)
		l.b.remote = l.b.AddRemote(keys)
		l.b.relayTo(l.a)
		time.Sleep(time.Second)
		l.wantKind(Direct)
	})
}

func TestCandidatesCallback(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		var told []uint32
		c.cfg.OnCandidates = func(gen uint32, cands []wire.Candidate) {
			now, list := c.Candidates()
			if now != gen || !slices.Equal(list, cands) {
				t.Errorf("told %d %v, asked %d %v", gen, cands, now, list)
			}
			told = append(told, gen)
		}
		c.tick(time.Now())
		c.SetObserved("boot", netip.MustParseAddrPort("198.51.100.9:9"))
		c.SetObserved("boot", netip.MustParseAddrPort("198.51.100.9:9")) // no change
		c.SetObserved("boot", netip.MustParseAddrPort("0.0.0.0:9"))      // no address
		if !slices.Equal(told, []uint32{1, 2}) {
			t.Errorf("told of generations %v", told)
		}
		sock.Close()
	})
}

// One side only acknowledges while the path dies: its packets come through.
func TestAcknowledgementsFollowTheRelay(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		time.Sleep(20 * time.Second)
		send := func(n uint64) {
			l.a.WriteTo(numbered(n), l.a.remote.Addr())
			l.b.WriteTo(numbered(n)[:40], l.b.remote.Addr())
			time.Sleep(20 * ms)
		}
		for n := range uint64(100) {
			send(1 + n)
		}
		l.net.Cut(l.a.host, l.b.host)
		for n := range uint64(200) {
			send(1000 + n)
		}
		time.Sleep(time.Second)
		if lost := l.a.lost(1000, 200); lost > int(1500*ms/(20*ms)) {
			t.Errorf("%d acknowledgements lost", lost)
		}
		if lost := l.a.lost(1100, 100); lost > 0 {
			t.Errorf("%d acknowledgements lost after two seconds", lost)
		}
		if lost := l.b.lost(1000, 200); lost > 0 {
			t.Errorf("%d data packets lost", lost)
		}
	})
}
