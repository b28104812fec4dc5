package punch

import (
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// gateLab is a Conn that nobody runs, with two members whose frames the test
// writes itself.
type gateLab struct {
	t      *testing.T
	c      *Conn
	remote [2]*Remote
	keys   [2]*crypto.ProbeKeys // the members' side
	number uint64
}

func inGateLab(t *testing.T, f func(*gateLab)) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		l := &gateLab{t: t, c: c}
		for i := range l.remote {
			ours, theirs := probeKeys(t)
			l.remote[i], l.keys[i] = c.AddRemote(ours), theirs
		}
		c.tick(time.Now())
		f(l)
		sock.Close()
	})
}

func (l *gateLab) ping(member int) []byte {
	l.number++
	return wire.Ping{TxID: txID(l.number)}.Seal(l.keys[member])
}

// pong answers the latest probe to an address, as the member would who holds
// that address.
func (l *gateLab) pong(member int, addr string) []byte {
	l.t.Helper()
	p := l.remote[member].agent.find(ap(addr), 0)
	if p == nil || len(p.outstanding) == 0 {
		l.t.Fatalf("no probe to %s is waiting", addr)
	}
	return wire.Pong{TxID: p.outstanding[len(p.outstanding)-1].id}.Seal(l.keys[member])
}

// sender is as whose a QUIC packet from an address is taken: a member's
// number, or -1 for a stranger's.
func (l *gateLab) sender(addr string) int {
	l.t.Helper()
	gated := l.c.Counters.Gated.Load()
	l.c.handle([]byte{0x40, 1, 2, 3}, ap(addr))
	if l.c.Counters.Gated.Load() > gated {
		return -1
	}
	buf := make([]byte, 100)
	n, from, err := l.c.ReadFrom(buf)
	if err != nil || n != 4 {
		l.t.Fatalf("read %d bytes, %v", n, err)
	}
	for i, r := range l.remote {
		if r.Addr().String() == from.String() {
			return i
		}
	}
	l.t.Fatalf("from %v", from)
	return -1
}

func (l *gateLab) want(addr string, member int) {
	l.t.Helper()
	if got := l.sender(addr); got != member {
		l.t.Errorf("a packet from %s is taken for member %d's, want %d", addr, got, member)
	}
}

func TestGate(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		l.want(x, -1)
		ping := l.ping(0)
		l.c.handle(ping, ap(x))
		l.want(x, 0)
		l.want("198.51.100.1:2", -1) // the port counts
		l.c.handle(ping, ap(y))      // replayed from elsewhere
		l.want(y, -1)
		broken := l.ping(0)
		broken[len(broken)-1]++
		l.c.handle(broken, ap(z))
		l.want(z, -1)
		unasked := wire.Pong{TxID: txID(77)}.Seal(l.keys[0])
		l.c.handle(unasked, ap(z))
		l.want(z, -1)
		other, _ := probeKeys(t) // a stranger's keys
		l.c.handle(wire.Ping{TxID: txID(78)}.Seal(other), ap(z))
		l.want(z, -1)
		if n := l.c.Counters.BadProbe.Load(); n != 2 {
			t.Errorf("%d bad probes counted", n)
		}
		l.remote[0].Deliver(l.ping(0)) // the relay has no address
		l.want(z, -1)
	})
}

// Strangers cost no timer and no reply.
func TestStrangersWakeNobody(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		sent := l.c.Counters.Sent.Load()
		other, _ := probeKeys(t)
		l.c.handle(wire.Ping{TxID: txID(1)}.Seal(other), ap(x))
		broken := l.ping(0)
		broken[20]++
		l.c.handle(broken, ap(x))
		l.c.handle([]byte{0x40}, ap(x))
		l.c.handle([]byte{0x25}, ap(x))
		l.c.handle(nil, ap(x))
		if len(l.c.wake) != 0 || l.c.Counters.Sent.Load() != sent {
			t.Error("a stranger's packet had an effect")
		}
		if n := l.c.Counters.Unknown.Load(); n != 2 {
			t.Errorf("%d unknown packets counted", n)
		}
	})
}

// A member can forge the source of his probes, but not answer ours there.
func TestForgedSourceTakesNoProvenAddress(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		l.c.handle(l.ping(0), ap(x))
		l.c.handle(l.pong(0, x), ap(x))
		l.want(x, 0)
		l.c.handle(l.ping(1), ap(x))
		l.want(x, 0)
		// While the address is not proven, the latest has it; the proof decides.
		l.c.handle(l.ping(1), ap(y))
		l.c.handle(l.ping(0), ap(y))
		l.want(y, 0)
		l.c.handle(l.pong(1, y), ap(y))
		l.want(y, 1)
		l.c.handle(l.ping(0), ap(y))
		l.want(y, 1)
		// When the owner's path dies or he leaves, the address is free.
		l.remote[0].Remove()
		l.want(x, -1)
		l.c.handle(l.ping(1), ap(x))
		l.want(x, 1)
	})
}

func TestGateClosesAfterSilence(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		ping := l.ping(0)
		l.c.handle(ping, ap(x))
		time.Sleep(gateFor)
		l.want(x, 0)
		l.c.handle(ping, ap(x)) // a replay does not keep it open
		time.Sleep(time.Second)
		l.want(x, -1)
		l.c.handle(l.ping(0), ap(x))
		l.want(x, 0)
	})
}

func TestGateIsBounded(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		for i := range 500 {
			time.Sleep(ms)
			l.c.handle(l.ping(0), ap(x)) // stays in use
			l.c.handle(l.ping(0), netip.AddrPortFrom(netip.MustParseAddr("203.0.113.200"), uint16(1000+i)))
		}
		if n := len(l.c.gate); n > maxPaths {
			t.Errorf("%d addresses admitted", n)
		}
		l.want(x, 0)
		l.want("203.0.113.200:1499", 0)
		l.want("203.0.113.200:1001", -1)
	})
}

// Two members with the same run key: the one who came first keeps his probes.
func TestAnnouncedAgainByAnother(t *testing.T) {
	inGateLab(t, func(l *gateLab) {
		copycat := l.c.AddRemote(l.remote[0].sendKeys())
		l.c.handle(l.ping(0), ap(x))
		l.want(x, 0)
		copycat.Remove()
		l.c.handle(l.ping(0), ap(y))
		l.want(y, 0)
	})
}

// Whatever comes from the network changes no agent and nothing else.
func FuzzHandle(f *testing.F) {
	ours, theirs := probeKeys(f)
	stranger, _ := probeKeys(f)
	for i, p := range [][]byte{
		nil, {0}, {0x24}, {0x24, 1}, {0x28}, {0x30}, {0x40}, {0xff, 0},
		wire.Ping{TxID: txID(1)}.Seal(theirs), wire.Pong{TxID: txID(2)}.Seal(theirs),
		wire.Candidates{Generation: 1, Candidates: hosts(x)}.Seal(theirs),
		wire.Ping{TxID: txID(1)}.Seal(stranger),
		wire.STUNRequest(txID(3)), wire.STUNResponse(txID(3), ap(x)),
	} {
		f.Add(p, i, byte(1))
		f.Add(p, i*7, byte(0x80))
	}
	f.Fuzz(func(t *testing.T, p []byte, at int, flip byte) {
		c, sock := quietConn(t)
		defer sock.Close()
		r := c.AddRemote(ours)
		r.SetRelay(func([]byte) {})
		c.tick(time.Now())
		if len(p) > 0 && flip != 0 { // a copy that is authentic no longer
			p = append([]byte(nil), p...)
			p[uint(at)%uint(len(p))] ^= flip
		}
		if _, err := wire.OpenDisco(p, ours); err == nil {
			t.Skip("not a stranger's")
		}
		agent := fmt.Sprintf("%+v", *r.agent)
		for _, from := range []netip.AddrPort{ap(x), {}, ap("[2001:db8::1]:1")} {
			c.handle(p, from)
		}
		if wire.Classify(p) == wire.ClassDisco {
			r.Deliver(p)
		}
		if got := fmt.Sprintf("%+v", *r.agent); got != agent || len(c.gate) != 0 || c.gather.generation != 1 {
			t.Errorf("changed by %x:\n%s\n%s", p, agent, got)
		}
		if c.queue.items.n != 0 {
			t.Error("a stranger's packet reached QUIC")
		}
	})
}
