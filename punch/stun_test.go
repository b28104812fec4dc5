package punch

import (
	"net/netip"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/wire"
)

const (
	server1 = "203.0.113.1:3478"
	server2 = "203.0.113.2:3478"
)

// stunScript drives a stunClient in simulated time.
type stunScript struct {
	t   *testing.T
	c   *stunClient
	now time.Time
	ids byte
}

func newSTUNScript(t *testing.T) *stunScript {
	s := &stunScript{t: t, now: epoch}
	s.c = &stunClient{txID: func() wire.TxID { s.ids++; return wire.TxID{s.ids} }}
	return s
}

// run returns the requests of a while, as times since the start.
func (s *stunScript) run(d time.Duration) (at []time.Duration, last stunRequest) {
	s.t.Helper()
	for end := s.now.Add(d); ; {
		next := s.c.nextDeadline()
		if next.IsZero() || next.After(end) {
			s.now = end
			return at, last
		}
		s.now = next
		for _, r := range s.c.step(s.now) {
			at, last = append(at, s.now.Sub(epoch)), r
		}
		if !s.c.nextDeadline().After(s.now) {
			s.t.Fatal("the timer would spin")
		}
	}
}

func TestSTUNRetransmission(t *testing.T) {
	s := newSTUNScript(t)
	s.c.add(s.now, ap(server1))
	at, last := s.run(30 * time.Second)
	want := []time.Duration{0, 100 * ms, 300 * ms, 700 * ms, 1500 * ms, 3100 * ms, 5100 * ms}
	if !slices.Equal(at, want) {
		t.Errorf("requests at %v, want %v", at, want)
	}
	if last != (stunRequest{ap(server1), wire.TxID{1}}) {
		t.Errorf("request %v", last)
	}
	at, last = s.run(10 * time.Second) // it is asked again, with another id
	if len(at) == 0 || at[0] != 7100*ms+stunRefresh || last.id != (wire.TxID{2}) {
		t.Errorf("requests at %v, %v", at, last)
	}
}

func TestSTUNAnswersCountOnceFromTheServer(t *testing.T) {
	s := newSTUNScript(t)
	if ok, _ := s.c.answered(s.now, ap(server1), wire.TxID{}, ap(server2)); ok {
		t.Error("answered by a server that was never asked")
	}
	s.c.add(s.now, ap(server1))
	s.c.add(s.now, ap(server2))
	if ok, _ := s.c.answered(s.now, ap(server1), wire.TxID{}, ap(server2)); ok {
		t.Error("answered before the request")
	}
	s.run(0) // ids 1 and 2
	for _, wrong := range []struct {
		from netip.AddrPort
		id   wire.TxID
	}{{ap(server1), wire.TxID{2}}, {ap(server2), wire.TxID{1}}, {ap(x), wire.TxID{1}}, {ap(server1), wire.TxID{9}}, {ap(server1), wire.TxID{}}} {
		if ok, _ := s.c.answered(s.now, wrong.from, wrong.id, ap(server2)); ok {
			t.Errorf("spoofed answer %v taken", wrong)
		}
	}
	if ok, _ := s.c.answered(s.now, ap(server1), wire.TxID{1}, ap(server2)); !ok {
		t.Error("the answer was refused")
	}
	if ok, _ := s.c.answered(s.now, ap(server1), wire.TxID{1}, ap(server2)); ok {
		t.Error("the answer counted twice")
	}
	if at := s.c.servers[0].next.Sub(epoch); at != stunRefresh {
		t.Errorf("asked again at %v", at)
	}
}

func TestSTUNServersAreBoundedAndReachable(t *testing.T) {
	s := newSTUNScript(t)
	for i := range 100 {
		s.c.add(s.now, netip.AddrPortFrom(netip.MustParseAddr("203.0.113.1"), uint16(i)))
	}
	s.c.add(s.now, netip.AddrPort{})
	s.c.add(s.now, ap("224.0.0.1:5"))
	if n := len(s.c.servers); n != maxSTUN || s.c.servers[n-1].addr.Port() != 99 {
		t.Errorf("%d servers, the last %v", n, s.c.servers[n-1].addr)
	}
}

func TestSTUNRefresh(t *testing.T) {
	s := newSTUNScript(t)
	s.c.add(s.now, ap(server1))
	_, r := s.run(0)
	s.c.refresh(s.now) // one is under way
	if at, _ := s.run(50 * ms); len(at) != 0 {
		t.Errorf("requests at %v", at)
	}
	s.c.answered(s.now, r.to, r.id, ap(server2))
	s.c.refresh(s.now) // too soon
	if at, _ := s.run(stunPause - 100*ms); len(at) != 0 {
		t.Errorf("requests at %v", at)
	}
	at, r := s.run(100 * ms)
	if len(at) != 1 {
		t.Fatalf("requests at %v", at)
	}
	s.c.answered(s.now, r.to, r.id, ap(server2))
	s.run(3 * time.Second)
	s.c.refresh(s.now)
	if at, _ := s.run(0); len(at) != 1 {
		t.Errorf("requests at %v", at)
	}
}

func TestCandidateOrderAndLimits(t *testing.T) {
	g := gatherer{port: 4000}
	var v4, v6 []netip.Addr
	for i := range 12 {
		v4 = append(v4, netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}))
		v6 = append(v6, netip.AddrFrom16([16]byte{0x20, 1, 0xd, 0xb8, 15: byte(i)}))
	}
	g.hosts = slices.Concat([]netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("fe80::1%eth0"), netip.MustParseAddr("::ffff:10.0.0.0")}, v4, v6)
	g.setObserved("boot", ap("[::ffff:198.51.100.1]:77"))
	g.setObserved("boot", ap("198.51.100.1:78"))
	g.setObserved("stun", ap("198.51.100.1:78")) // the same
	for _, junk := range []string{"0.0.0.0:5", "224.0.0.1:5", "198.51.100.1:0", "[fe80::1]:5"} {
		g.setObserved(junk, ap(junk))
	}
	if !g.update() || g.update() || g.generation != 1 {
		t.Errorf("generation %d", g.generation)
	}
	if len(g.current) != maxHosts+1 || g.current[0] != host("10.0.0.0:4000") || g.current[1] != host("10.0.0.1:4000") {
		t.Errorf("candidates %v", g.current)
	}
	if got, want := g.current[maxHosts], (wire.Candidate{Type: wire.CandidateServerReflexive, Addr: ap("198.51.100.1:78")}); got != want {
		t.Errorf("reflexive %v, want %v", got, want)
	}
	for i := range 100 {
		g.setObserved(string(rune('a'+i)), netip.AddrPortFrom(netip.MustParseAddr("198.51.100.2"), uint16(1+i)))
	}
	if g.update(); len(g.current) != wire.MaxCandidates || len(g.observed) != maxObserved {
		t.Errorf("%d candidates, %d observers", len(g.current), len(g.observed))
	}
}

// A loopback candidate is named once somebody sees us there, and no longer
// when that one is forgotten.
func TestLoopbackCandidate(t *testing.T) {
	g := gatherer{port: 4000, hosts: []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("127.0.0.1")}}
	g.update()
	if want := hosts("10.0.0.1:4000"); !slices.Equal(g.current, want) {
		t.Errorf("candidates %v", g.current)
	}
	g.setObserved("boot", ap("127.0.0.1:4000"))
	g.update()
	if want := hosts("10.0.0.1:4000", "127.0.0.1:4000"); !slices.Equal(g.current, want) {
		t.Errorf("candidates %v", g.current)
	}
}

func TestSpoofedSTUNAnswerChangesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sock := quietConn(t)
		c.AddSTUN(ap("[::ffff:203.0.113.1]:3478")) // in a dual-stack socket's form
		c.tick(time.Now())
		id := c.stun.servers[0].id
		gen, _ := c.Candidates()
		mapped := ap("198.51.100.7:7")
		c.handle(wire.STUNResponse(id, mapped), ap(server2))
		c.handle(wire.STUNResponse(wire.TxID{1}, mapped), ap(server1))
		c.handle(wire.STUNResponse(id, mapped)[:20], ap(server1))
		c.handle(wire.STUNRequest(id), ap(server1))
		if now, _ := c.Candidates(); now != gen || c.Counters.BadReply.Load() != 4 {
			t.Errorf("generation %d, %d refused", now, c.Counters.BadReply.Load())
		}
		c.handle(wire.STUNResponse(id, mapped), ap(server1))
		if now, list := c.Candidates(); now != gen+1 || list[1].Addr != mapped {
			t.Errorf("generation %d, candidates %v", now, list)
		}
		sock.Close()
	})
}
