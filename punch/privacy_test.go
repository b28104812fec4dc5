package punch

import (
	"net/netip"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// watched counts what an end shows of its address: packets that leave it for
// anywhere but the STUN server, and candidates in what it says by the relay.
type watched struct {
	packets, candidates atomic.Int64
	taken               atomic.Int64 // of the packets to it, those that reached its socket
}

func (w *watched) reset() { w.packets.Store(0); w.candidates.Store(0) }

// watch watches what an end shows the other.
func (l *lab) watch(e, other *end) *watched {
	w := &watched{}
	stun := netip.MustParseAddrPort(stunAddress)
	l.net.OnPacket(func(p simnet.Trace) {
		if p.Origin == e.host && p.Dst != stun {
			w.packets.Add(1)
		}
		if p.Origin == other.host && p.Verdict == simnet.Delivered && p.Dst.Port() == e.Conn.cfg.Socket.LocalAddr().Port() {
			w.taken.Add(1)
		}
	})
	keys := other.remote.sendKeys()
	e.remote.SetRelay(func(p []byte) {
		if msg, err := wire.OpenDisco(p, keys); err == nil {
			if m, ok := msg.(wire.Candidates); ok {
				w.candidates.Add(int64(len(m.Candidates)))
			}
		}
		p = slices.Clone(p)
		time.AfterFunc(relayDelay, func() { other.remote.Deliver(p) })
	})
	return w
}

// Who hides is reached by the relay alone, whatever the other end tries.
func TestHiddenShowsNothing(t *testing.T) {
	inLab(t, simnet.FullCone(), simnet.FullCone(), func(l *lab) {
		l.a.remote.SetDirect(false)
		w := l.watch(l.a, l.b)
		pass(time.Second)
		l.wantKind(Relay)
		if i := l.b.remote.Info(); i.Why != WhyWithheld || i.Punching {
			t.Errorf("the other end: %+v", i)
		}
		if i := l.a.remote.Info(); i.Why != WhyHidden || i.Punching {
			t.Errorf("the hidden end: %+v", i)
		}
		// The other end knows the address all the same, and keeps no manners.
		_, cands := l.a.Candidates()
		seen := cands[len(cands)-1].Addr
		if seen.Addr() != netip.MustParseAddr("203.0.113.10") {
			t.Fatalf("candidates %v", cands)
		}
		for i := range 50 {
			l.b.remote.AddCandidates(cands)
			l.b.Send(wire.Ping{TxID: wire.NewTxID(), Size: 0}.Seal(l.b.remote.sendKeys()), seen)
			l.b.Send(numbered(uint64(1000+i)), seen)
			pass(100 * ms)
		}
		n := l.talk(50*ms, 20*time.Second, 1)
		pass(time.Second)
		if l.a.lost(1, n)+l.b.lost(1, n) > 0 {
			t.Error("packets were lost")
		}
		if w.taken.Load() < 100 {
			t.Errorf("only %d packets came to the hidden address", w.taken.Load())
		}
		if l.a.lost(1000, 50) != 50 {
			t.Error("a direct packet was taken")
		}
		l.a.remote.Check()
		l.a.setHosts([]netip.Addr{netip.MustParseAddr("192.168.1.99")}, false) // another network
		pass(10 * time.Minute)
		if w.packets.Load()+w.candidates.Load() > 0 {
			t.Errorf("%d packets and %d candidates were shown", w.packets.Load(), w.candidates.Load())
		}
		l.wantKind(Relay)
	})
}

// The policy opens the direct path at once and closes it at once, and nothing is
// lost by either.
func TestPolicyChanges(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		l.a.remote.SetDirect(false)
		l.b.remote.SetDirect(false)
		w := l.watch(l.a, l.b)
		pass(time.Second)
		l.wantKind(Relay)
		l.b.remote.SetDirect(true) // one is not enough
		pass(5 * time.Second)
		l.wantKind(Relay)
		next := uint64(1)
		for range 3 {
			l.a.remote.SetDirect(true)
			pass(300 * ms)
			l.wantKind(Direct)
			next += l.talk(20*ms, 3*time.Second, next)
			l.a.remote.SetDirect(false)
			if i := l.a.remote.Info(); i.Kind != Relay {
				t.Errorf("after the change: %+v", i)
			}
			next += l.talk(20*ms, 100*ms, next) // what is on its way arrives
			w.reset()
			next += l.talk(20*ms, 3*time.Second, next)
			l.wantKind(Relay)
			if w.packets.Load()+w.candidates.Load() > 0 {
				t.Errorf("%d packets and %d candidates were shown", w.packets.Load(), w.candidates.Load())
			}
			l.a.remote.SetDirect(false) // no change
		}
		pass(time.Second)
		// What the other end sent directly in the moment before it knew is refused.
		if lost := l.a.lost(1, next-1); lost > 3*3 || l.b.lost(1, next-1) > 0 {
			t.Errorf("lost %d and %d of %d", lost, l.b.lost(1, next-1), next-1)
		}
	})
}

// A Remote that rests keeps its policy.
func TestRestKeepsPolicy(t *testing.T) {
	inLab(t, simnet.FullCone(), simnet.FullCone(), func(l *lab) {
		l.a.remote.SetDirect(false)
		w := l.watch(l.a, l.b)
		pass(time.Second)
		l.a.remote.Rest()
		l.b.remote.Rest()
		pass(time.Minute)
		_, cands := l.a.Candidates()
		l.b.remote.AddCandidates(cands)
		l.b.WriteTo(numbered(1), l.b.remote.Addr())
		pass(5 * time.Second)
		l.wantKind(Relay)
		l.a.remote.Rest()
		l.b.remote.Rest()
		pass(time.Minute)
		if w.packets.Load()+w.candidates.Load() > 0 {
			t.Errorf("%d packets and %d candidates were shown", w.packets.Load(), w.candidates.Load())
		}
		l.a.remote.SetDirect(true)
		l.a.WriteTo(numbered(2), l.a.remote.Addr())
		pass(5 * time.Second)
		l.wantKind(Direct)
	})
}
