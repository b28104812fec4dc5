package punch

import (
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// nullSocket swallows what is written.
type nullSocket struct{ udp.Conn }

func (nullSocket) WriteTo(b []byte, _ netip.AddrPort, _ netip.Addr) (int, error) { return len(b), nil }
func (nullSocket) LocalAddr() netip.AddrPort                                     { return netip.MustParseAddrPort("[::]:4000") }

// benchConn is a Conn with a trusted direct path to x.
func benchConn(tb testing.TB) (*Conn, *Remote) {
	tb.Helper()
	ours, theirs := probeKeys(tb)
	c := NewConn(Config{Socket: nullSocket{}, Rand: rand.New(rand.NewPCG(1, 1)), LocalAddrs: func() []netip.Addr {
		return []netip.Addr{netip.MustParseAddr("192.0.2.1")}
	}})
	c.tick(time.Now())
	r := c.AddRemote(ours)
	r.SetRelay(func([]byte) {})
	r.AddCandidates(hosts(x))
	for p := r.agent.find(ap(x), 0); !p.mtu; {
		c.handle(wire.Pong{TxID: p.outstanding[len(p.outstanding)-1].id}.Seal(theirs), ap(x))
	}
	return c, r
}

func BenchmarkWriteTo(b *testing.B) {
	c, r := benchConn(b)
	p, to := numbered(1), r.Addr()
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		r.agent.best.lastPong = time.Now() // stays trusted, though nobody answers
		c.WriteTo(p, to)
	}
}

func BenchmarkReceive(b *testing.B) {
	c, _ := benchConn(b)
	p, buf, from := numbered(1), make([]byte, 1500), ap(x)
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		c.handle(p, from)
		c.ReadFrom(buf)
	}
}

func BenchmarkGateStranger(b *testing.B) {
	c, _ := benchConn(b)
	p, from := numbered(1), ap(y)
	b.ReportAllocs()
	for b.Loop() {
		c.handle(p, from)
	}
}

func BenchmarkForgedProbe(b *testing.B) {
	c, r := benchConn(b)
	_, theirs := probeKeys(b)
	p := wire.Ping{TxID: txID(1)}.Seal(theirs)
	copy(p[2:], r.send.RecvHint[:])
	b.ReportAllocs()
	for b.Loop() {
		c.handle(p, ap(z))
	}
}

// The hot path must not allocate: at a few thousand packets a second it would
// keep the collector busy.
func TestDataPathAllocations(t *testing.T) {
	c, r := benchConn(t)
	p, to, from, buf := numbered(1), r.Addr(), ap(x), make([]byte, 1500)
	for range 2 * rescueKeep {
		c.WriteTo(p, to)
	}
	if n := testing.AllocsPerRun(200, func() { c.WriteTo(p, to) }); n > 1 {
		t.Errorf("WriteTo: %v allocations", n)
	}
	if n := testing.AllocsPerRun(200, func() { c.handle(p, from); c.ReadFrom(buf) }); n > 0 {
		t.Errorf("handle and ReadFrom: %v allocations", n)
	}
	if n := testing.AllocsPerRun(200, func() { c.handle(p, ap(y)) }); n > 0 {
		t.Errorf("a stranger's packet: %v allocations", n)
	}
}
