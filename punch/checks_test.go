package punch

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/wire"
)

func TestFirstChecksNearFirstAndPaced(t *testing.T) {
	s := newScript(t)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts("10.0.0.1:100")})
	s.step(RemoteCandidates{Candidates: hosts(x, "[2001:db8::5]:5", lan)})
	s.observed(x, "[2001:db8::5]:5")
	s.run(1500 * ms)
	s.want(`
		0 10.0.0.9:9 PING
		20 [2001:db8::5]:5 PING
		40 198.51.100.1:1 PING
		100 10.0.0.9:9 PING
		120 [2001:db8::5]:5 PING
		140 198.51.100.1:1 PING
		200 10.0.0.9:9 PING
		220 [2001:db8::5]:5 PING
		240 198.51.100.1:1 PING
		400 10.0.0.9:9 PING
		420 [2001:db8::5]:5 PING
		440 198.51.100.1:1 PING
		800 10.0.0.9:9 PING
		820 [2001:db8::5]:5 PING
		840 198.51.100.1:1 PING`)
}

// Behind another NAT than ours a private address is most likely a stranger's.
func TestPrivateAddressesOfAnotherHomeComeLast(t *testing.T) {
	s := newScript(t)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts("10.0.0.1:100", own)})
	s.observed(x)
	s.step(RemoteCandidates{Candidates: hosts(lan, x)})
	s.run(50 * ms)
	s.want(`
		0 198.51.100.1:1 PING
		20 10.0.0.9:9 PING`)
}

func TestNothingIsProbedBeforeTheOwnCandidates(t *testing.T) {
	s := newScript(t)
	s.step(RemoteCandidates{Candidates: hosts(x)})
	s.run(time.Minute)
	s.want("")
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.want("60000 198.51.100.1:1 PING")
}

// Many candidates share one pace: never two checks within 20 ms. Nobody but
// the member vouches for these, so they get few.
func TestChecksNeverBurst(t *testing.T) {
	s := newScript(t)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RemoteCandidates{Candidates: many(0, 16)})
	s.run(150 * ms)
	s.step(RemoteCandidates{Candidates: many(16, 16)})
	s.run(10 * time.Second)
	for i := 1; i < len(s.sent); i++ {
		if d := s.sent[i].at - s.sent[i-1].at; d < checkPace {
			t.Fatalf("checks %v apart at %v", d, s.sent[i].at)
		}
	}
	for _, c := range many(0, 32) {
		if n := s.pings(c.Addr.String()); n != maxUnverified {
			t.Errorf("%d checks of %v", n, c.Addr)
		}
	}
}

func many(first, n int) (out []wire.Candidate) {
	for i := range n {
		n := first + i
		out = append(out, host(fmt.Sprintf("198.%d.%d.%d:77", 18+n>>15, n>>7&255, 1+n&127)))
	}
	return out
}

func TestAnsweredCheckEndsTheRound(t *testing.T) {
	s := newScript(t)
	s.rtt[x] = 30 * ms
	s.observed(x, y)
	s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
	s.step(RemoteCandidates{Candidates: hosts(x, y)})
	s.run(1900 * ms)
	s.want(`
		0 198.51.100.1:1 PING
		20 198.51.100.2:2 PING
		30 198.51.100.1:1 PING full
		120 198.51.100.2:2 PING
		220 198.51.100.2:2 PING
		420 198.51.100.2:2 PING
		820 198.51.100.2:2 PING`)
	s.wantRoute("direct " + x)
}

func TestRetriesBecomeRareWhileOnlyTheRelayWorks(t *testing.T) {
	s := started(t, x)
	s.rtt["relay"] = 50 * ms
	s.run(25 * time.Minute)
	var rounds []time.Duration
	last := -time.Hour
	for _, p := range s.sent {
		if p.to == x {
			if p.at-last > 3*time.Second {
				rounds = append(rounds, p.at)
			}
			last = p.at
		}
	}
	if len(rounds) < 8 {
		t.Fatalf("rounds at %v", rounds)
	}
	for i := 1; i < len(rounds); i++ {
		want := retryAfter[min(i-1, len(retryAfter)-1)]
		if d := rounds[i] - rounds[i-1] - 1820*ms; (d - want).Abs() > want/10 {
			t.Errorf("round %d came %v after the one before, want %v", i, d, want)
		}
	}
	if i := s.a.Info(); i.Kind != Relay || i.Tried != len(rounds) || i.RTT != 50*ms || i.Punching {
		t.Errorf("info %+v", i)
	}
}

func TestTriggeredCheckAtOnce(t *testing.T) {
	s := started(t, x)
	s.run(50 * ms)
	s.forget()
	s.ping(x)
	s.want(`
		50 198.51.100.1:1 PONG
		50 198.51.100.1:1 PING`)
}

func TestUnknownSourceBecomesPeerReflexive(t *testing.T) {
	s := started(t)
	s.forget()
	s.rtt[z] = 40 * ms
	s.ping(z)
	s.run(200 * ms)
	s.want(`
		0 198.51.100.3:3 PONG
		0 198.51.100.3:3 PING
		40 198.51.100.3:3 PING full`)
	if p := s.a.find(ap(z), 0); p == nil || p.typ != wire.CandidatePeerReflexive {
		t.Errorf("path %+v", p)
	}
	if s.wantRoute("direct " + z); s.a.HeardAt(ap(z)).IsZero() || !s.a.HeardAt(ap(y)).IsZero() {
		t.Error("heard of the wrong addresses")
	}
}

// A triggered check that is lost is repeated like any other.
func TestTriggeredCheckIsRepeated(t *testing.T) {
	s := started(t)
	s.observed(z)
	s.forget()
	s.ping(z)
	s.run(time.Second)
	if n := s.pings(z); n != len(checkTimes) {
		t.Errorf("%d checks", n)
	}
}

// A ping of our own size answers each triggered check: a member who forges
// sources must not make us send more than he does.
func TestTriggeredChecksAreNoAmplifier(t *testing.T) {
	s := started(t)
	s.run(10 * time.Second)
	s.forget()
	for i := range 3000 {
		s.ping(fmt.Sprintf("203.0.%d.%d:53", i/250, 1+i%250))
		s.run(ms)
	}
	for _, p := range s.sent {
		if m, ok := p.Msg.(wire.Ping); ok && m.Size > 0 {
			t.Fatalf("a full-size ping to an unproven address")
		}
	}
	if n := s.pings(""); n > checkBurst+20 {
		t.Errorf("%d pings to forged sources", n)
	}
}

func TestNoProbeStormForHostileCandidates(t *testing.T) {
	s := started(t)
	s.rtt["relay"] = 50 * ms
	for gen := range uint32(600) { // a new list each 100 ms
		s.step(Received{Msg: wire.Candidates{Generation: gen + 1, Answered: 1, Candidates: many(int(gen)*16, 16)}})
		s.run(100 * ms)
	}
	if n := s.pings("") - s.pings("relay"); n > checkBurst+130 {
		t.Errorf("%d probes in a minute", n)
	}
	s.forget()
	s.run(10 * time.Minute)
	if n := s.pings("") - s.pings("relay"); n > 10*130 {
		t.Errorf("%d probes in ten minutes afterwards", n)
	}
}

func TestIdleIsQuiet(t *testing.T) {
	for name, s := range map[string]*script{"direct": connected(t), "relay only": started(t, "198.51.100.77:7")} {
		s.rtt["relay"] = 50 * ms
		s.step(Received{Msg: wire.Candidates{Generation: 1, Answered: 1, Candidates: hosts(x)}})
		s.run(10 * time.Minute)
		s.forget()
		s.run(10 * time.Minute)
		if n := len(s.sent); n > 60 {
			t.Errorf("%s: %d packets in ten idle minutes", name, n)
		}
	}
}

// A LAN path that was missed in the first round is found later.
func TestBetterPathIsLookedForAgain(t *testing.T) {
	s := started(t, x, lan)
	s.rtt[x] = 50 * ms
	s.run(10 * time.Second)
	s.wantRoute("direct " + x + " + relay") // idle for longer than trust lasts
	s.rtt[lan] = 10 * ms
	s.run(2 * time.Minute)
	if i := s.a.Info(); i.Addr != ap(lan) {
		t.Errorf("still on %v", i.Addr)
	}
}

func TestRestart(t *testing.T) {
	s := connected(t)
	s.rtt[y] = 30 * ms
	delete(s.rtt, x)
	s.run(time.Second)
	s.forget()
	s.step(Restart{})
	s.want(`
		3000 198.51.100.1:1 PING
		3000 relay PING`)
	s.wantRoute("direct " + x + " + relay")
	s.step(LocalCandidates{Generation: 2, Candidates: hosts("192.0.2.9:900")})
	s.want("3000 relay CANDIDATES 2 answered 1")
	s.ping(y)
	s.run(5 * time.Second)
	if i := s.a.Info(); i.Addr != ap(y) {
		t.Errorf("path %+v", i)
	}
}
