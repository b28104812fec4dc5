package punch

import (
	"testing"
	"time"

	"gochat/internal/simnet"
)

func TestFrugalPairStaysRelayedUntilUsed(t *testing.T) {
	s := newScript(t)
	s.rtt[x], s.rtt["relay"] = 20*ms, 80*ms
	s.step(Frugal{true})
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RelayChanged{true})
	s.step(RemoteCandidates{Candidates: hosts(x)})
	s.data(500*ms, 5*time.Second) // the handshake, and what happened before
	s.run(time.Hour)
	s.step(Restart{})
	s.run(time.Minute)
	s.step(DataSent{60}) // QUIC by itself
	s.run(time.Minute)
	if why := s.a.Info().Why; why != WhyUnused {
		t.Errorf("unused, the reason is %v", why)
	}
	if n := s.pings(x); n != 0 {
		t.Errorf("%d probes of a path that nobody needs", n)
	}
	s.data(time.Second, 3*time.Second)
	s.wantRoute("direct " + x)
	s.data(10*time.Second, 10*time.Minute)
	s.wantRoute("direct " + x)
	s.run(unusedFor + time.Second)
	s.wantRoute("relay")
	s.forget()
	s.run(time.Hour)
	if n := s.pings(x); n != 0 {
		t.Errorf("%d probes after the use", n)
	}
	if why := s.a.Info().Why; why != WhyUnused {
		t.Errorf("after the use, the reason is %v", why)
	}
	s.step(RelayChanged{false})
	s.run(2 * time.Second)
	s.wantRoute("direct " + x)
}

func TestFrugalEndsWithTheCrowd(t *testing.T) {
	s := newScript(t)
	s.rtt[x], s.rtt["relay"] = 20*ms, 80*ms
	s.step(Frugal{true})
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RelayChanged{true})
	s.step(RemoteCandidates{Candidates: hosts(x)})
	s.run(time.Minute)
	s.step(Frugal{false})
	s.run(2 * time.Second)
	s.wantRoute("direct " + x)
	s.run(time.Hour)
	if s.a.Info().Kind != Direct {
		t.Error("the path was let go")
	}
}

// One of a frugal pair talks and the other only listens: the path is of use to
// both, and neither lets it go.
func TestFrugalListenerKeepsThePath(t *testing.T) {
	inLab(t, simnet.PortRestricted(), simnet.PortRestricted(), func(l *lab) {
		for _, e := range []*end{l.a, l.b} {
			e.remote.SetFrugal(true)
		}
		pass(time.Minute)
		l.wantKind(Relay)
		for range 600 {
			l.a.WriteTo(numbered(1), l.a.remote.Addr())
			pass(time.Second)
		}
		l.wantKind(Direct)
		for _, e := range []*end{l.a, l.b} {
			e.mu.Lock()
			if n := len(e.kinds); n > 3 { // none or relay, perhaps, then direct
				t.Errorf("%s: paths %v", e.host.Name, e.kinds)
			}
			e.mu.Unlock()
		}
		pass(2*unusedFor + time.Minute)
		l.wantKind(Relay)
	})
}
