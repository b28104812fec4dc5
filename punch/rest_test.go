package punch

import (
	"testing"
	"time"

	"gochat/internal/simnet"
)

// Who rests sends nothing, though the other end rests a moment later; the first
// packet either way goes by the relay and brings the direct path back.
func TestRest(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		pass(5 * time.Second)
		l.wantKind(Direct)
		l.a.remote.Rest()
		pass(4 * time.Second) // the other end keeps its path alive meanwhile
		l.b.remote.Rest()
		pass(time.Minute)
		l.wantKind(None)
		all := func() (n uint64) {
			for _, e := range []*end{l.a, l.b} {
				n += e.Counters.Sent.Load() + uint64(e.relayed.Load())
			}
			return n
		}
		before := all()
		pass(10 * time.Minute)
		sent := all() - before
		if sent > 60 { // the STUN server is asked still
			t.Errorf("%d packets were sent at rest", sent)
		}
		for n, e := range []*end{l.a, l.b} {
			from := uint64(100 * (n + 1))
			e.WriteTo(numbered(from), e.remote.Addr())
			pass(5 * time.Second)
			l.wantKind(Direct)
			other := l.b
			if e == l.b {
				other = l.a
			}
			if other.lost(from, 1) != 0 {
				t.Errorf("the packet that roused was lost")
			}
			l.a.remote.Rest()
			l.b.remote.Rest()
			pass(time.Minute)
			l.wantKind(None)
		}
	})
}

// Without a relay, probes rouse.
func TestProbesRouse(t *testing.T) {
	inLab(t, simnet.FullCone(), simnet.FullCone(), func(l *lab) {
		pass(5 * time.Second)
		l.a.remote.Rest()
		l.b.remote.Rest()
		l.a.relayUp.Store(false)
		l.b.relayUp.Store(false)
		pass(time.Minute)
		_, cands := l.b.Candidates()
		l.a.remote.AddCandidates(cands)
		l.wantKind(None)
		l.a.remote.Rouse()
		pass(5 * time.Second)
		l.wantKind(Direct)
	})
}
