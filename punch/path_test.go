package punch

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gochat/internal/wire"
)

// The relay leaves the route only when two answers came, the second one to a
// full-size probe.
func TestUpgradeNeedsTwoAnswers(t *testing.T) {
	s := started(t, x)
	s.rtt[x] = 40 * ms
	s.rtt["relay"] = 60 * ms
	s.wantRoute("relay")
	s.run(139 * ms) // the first check left before it was to be answered
	s.wantRoute("relay")
	s.run(ms)
	s.wantRoute("direct " + x + " + relay")
	s.run(39 * ms)
	s.wantRoute("direct " + x + " + relay")
	s.run(ms)
	s.wantRoute("direct " + x)
	if i := s.a.Info(); i.Kind != Direct || i.Addr != ap(x) || i.RTT != 40*ms {
		t.Errorf("info %+v", i)
	}
}

// A path that only small packets pass never carries data while a relay is
// there, does not make the member's state flap, and is used without a relay.
func TestNarrowPathStaysRelayed(t *testing.T) {
	s := started(t, x)
	s.rtt[x], s.rtt["relay"], s.narrow[x] = 20*ms, 60*ms, true
	s.run(5 * time.Second)
	changes, kind := 0, s.a.Info().Kind
	s.forget()
	for range 600 {
		s.wantRoute("relay")
		s.run(time.Second)
		if k := s.a.Info().Kind; k != kind {
			changes++
			kind = k
		}
	}
	if changes > 0 || len(s.sent) > 150 {
		t.Errorf("%d changes, %d packets in ten minutes", changes, len(s.sent))
	}
	s.step(RelayChanged{false})
	s.wantRoute("direct " + x)
	s.step(RelayChanged{true})
	s.narrow[x] = false
	s.run(6 * time.Minute)
	s.data(100*ms, time.Second)
	s.wantRoute("direct " + x)
}

// A route whose MTU shrinks under a path in use.
func TestPathThatBecomesNarrow(t *testing.T) {
	s := connected(t)
	s.narrow[x] = true
	s.data(100*ms, 70*time.Second)
	s.wantRoute("relay")
}

func TestKeepaliveActive(t *testing.T) {
	s := connected(t)
	s.data(100*ms, time.Second)
	s.run(2 * time.Second)
	s.forget()
	s.run(30 * time.Second)
	var at []time.Duration
	for _, p := range s.sent {
		if p.to == x {
			at = append(at, p.at)
		}
	}
	if len(at) != 10 {
		t.Fatalf("pings at %v", at)
	}
	for i := 1; i < len(at); i++ {
		if d := at[i] - at[i-1]; d != activeKeepalive {
			t.Errorf("keep-alive after %v", d)
		}
	}
}

func TestKeepaliveIdle(t *testing.T) {
	s := connected(t)
	s.run(time.Minute)
	s.forget()
	s.run(10 * time.Minute)
	var direct, relay []time.Duration
	for _, p := range s.sent {
		if p.to == x {
			direct = append(direct, p.at)
		} else {
			relay = append(relay, p.at)
		}
	}
	between := func(list []time.Duration, every time.Duration) {
		t.Helper()
		spread := map[time.Duration]bool{}
		for i := 1; i < len(list); i++ {
			d := list[i] - list[i-1]
			spread[d] = true
			if d < every*9/10 || d > every*11/10 {
				t.Errorf("keep-alive after %v, want %v ± 10 %%", d, every)
			}
		}
		if len(list) < int(9*time.Minute/every) || len(spread) < 2 {
			t.Errorf("keep-alives at %v", list)
		}
	}
	between(direct, idleKeepalive)
	between(relay, relayKeepalive)
}

// The relay is kept like the only path when the direct one dies.
func TestKeepaliveOfTheRelayAfterTheDirectPath(t *testing.T) {
	s := connected(t)
	s.run(time.Minute)
	delete(s.rtt, x)
	s.run(30 * time.Second)
	s.wantRoute("relay")
	s.forget()
	s.run(time.Minute)
	if n := s.pings("relay"); n < 3 {
		t.Errorf("%d pings on the only path in a minute", n)
	}
}

func TestTrustEndsWithoutAnswer(t *testing.T) {
	for _, rtt := range []time.Duration{20 * ms, 90 * ms, 200 * ms} {
		s := newScript(t)
		s.rtt[x], s.rtt["relay"] = rtt, rtt
		s.step(LocalCandidates{Generation: 1, Candidates: hosts(own)})
		s.step(RelayChanged{true})
		s.step(RemoteCandidates{Candidates: hosts(x)})
		s.run(3 * time.Second)
		s.data(100*ms, 510*ms)
		s.run(rtt)
		s.run(dataProbeEvery)
		delete(s.rtt, x)
		s.answers = nil
		s.step(DataSent{1200}) // a probe goes along
		timeout := max(300*ms, 3*rtt)
		s.run(timeout - ms)
		s.wantRoute("direct " + x)
		s.run(ms)
		s.wantRoute("direct " + x + " + relay")
	}
}

func TestTrustEndsWithTime(t *testing.T) {
	s := connected(t)
	seen := s.a.best.lastPong
	s.now = seen.Add(trustFor)
	s.wantRoute("direct " + x)
	s.now = s.now.Add(ms)
	s.wantRoute("direct " + x + " + relay")
	s.now = seen.Add(10 * time.Second)
	s.step(DataSent{1200}) // the first packet after idleness goes on both, and proves the path
	s.wantRoute("direct " + x + " + relay")
	s.run(20 * ms)
	s.wantRoute("direct " + x)
}

func TestFallbackWithinASecondUnderTraffic(t *testing.T) {
	for offset := time.Duration(0); offset < dataProbeEvery; offset += 37 * ms {
		s := connected(t)
		s.data(20*ms, 3*time.Second+offset)
		delete(s.rtt, x)
		s.answers = nil
		died := s.now
		for s.route() == "direct "+x {
			s.data(20*ms, 20*ms)
		}
		if d := s.now.Sub(died); d > time.Second {
			t.Errorf("fell back after %v", d)
		}
	}
}

func TestUpgradeWhenThePathReturns(t *testing.T) {
	s := connected(t)
	delete(s.rtt, x)
	s.data(50*ms, 10*time.Second)
	s.wantRoute("relay")
	if i := s.a.Info(); i.Kind != Relay {
		t.Errorf("info %+v", i)
	}
	s.rtt[x] = 30 * ms
	s.forget()
	s.ping(x) // the member finds it first
	s.run(61 * ms)
	s.wantRoute("direct " + x)
	s.want(`
		12000 198.51.100.1:1 PONG
		12000 198.51.100.1:1 PING
		12030 198.51.100.1:1 PING full`)
}

func TestDeadPathBeginsANewRound(t *testing.T) {
	s := connected(t)
	s.step(RemoteCandidates{Candidates: hosts(y)})
	s.run(10 * time.Second)
	delete(s.rtt, x)
	s.answers = nil
	s.forget()
	s.data(50*ms, 5*time.Second)
	if s.pings(y) < len(checkTimes) {
		t.Errorf("%d checks of the other candidate", s.pings(y))
	}
	if i := s.a.Info(); i.Kind != Relay || i.Tried > 1 {
		t.Errorf("info %+v", i)
	}
	s.rtt[y] = 30 * ms // it rebound
	s.run(10 * time.Second)
	if i := s.a.Info(); i.Addr != ap(y) {
		t.Errorf("info %+v", i)
	}
}

// When the best path stops answering, one that is kept beside it takes over
// without waiting for the end of the first.
func TestSpareTakesOver(t *testing.T) {
	s := connected(t)
	s.rtt[y] = 30 * ms
	s.step(RemoteCandidates{Candidates: hosts(y)})
	s.run(5 * time.Second)
	s.step(RelayChanged{false})
	delete(s.rtt, x)
	s.answers = nil
	died := s.now
	for s.route() != "direct "+y && s.now.Sub(died) < time.Minute {
		s.data(20*ms, 20*ms)
	}
	if d := s.now.Sub(died); d > 1500*ms {
		t.Errorf("took over after %v", d)
	}
}

func TestBetterPathTakesOver(t *testing.T) {
	s := connected(t) // 20 ms
	s.rtt[y] = 16 * ms
	s.step(RemoteCandidates{Candidates: hosts(y)})
	s.run(10 * time.Minute)
	if s.a.best.addr != ap(x) {
		t.Error("moved for 4 ms")
	}
	s.rtt[lan] = 10 * ms
	s.step(RemoteCandidates{Candidates: hosts(lan)})
	s.run(3 * time.Second)
	if s.a.best.addr != ap(lan) {
		t.Errorf("on %v", s.a.best.addr)
	}
}

func TestJitterDoesNotMakePathsFlap(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 1))
		s := started(t, x, y)
		s.rtt["relay"] = 80 * ms
		changes := 0
		var best *path
		for range 3600 {
			s.rtt[x] = time.Duration(20+rng.IntN(40)) * ms
			s.rtt[y] = time.Duration(20+rng.IntN(40)) * ms
			s.step(DataSent{1200})
			s.run(time.Second)
			if best != s.a.best {
				best = s.a.best
				changes++
			}
		}
		if changes > 4 {
			t.Errorf("seed %d: %d changes in an hour", seed, changes)
		}
	}
}

// A fifth of all packets lost each way: data has its relay when needed, the
// path is not given up.
func TestLossyPathIsNotGivenUp(t *testing.T) {
	gaveUp := 0
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		s := connected(t)
		for range 6000 {
			s.rtt[x] = 20 * ms
			if rng.Float64() < 0.36 {
				delete(s.rtt, x)
			}
			if s.step(DataSent{1200}); s.a.Info().Kind != Direct {
				gaveUp++
				s.rtt[x] = 20 * ms
				s.run(10 * time.Second)
			}
			s.run(100 * ms)
		}
	}
	if gaveUp > 5 {
		t.Errorf("given up %d times in 100 minutes", gaveUp)
	}
}

func TestDataProbesAreBounded(t *testing.T) {
	s := connected(t)
	s.data(ms, 10*time.Second)
	if n := s.pings(x); n > 21 {
		t.Errorf("%d probes beside 10 s of data", n)
	}
}

func TestLateAnswersTeachTheRoundTrip(t *testing.T) {
	s := connected(t)
	s.rtt[x] = 700 * ms // the route became long
	s.data(50*ms, 30*time.Second)
	s.wantRoute("direct " + x)
	if p := s.a.best; p.rtt < 600*ms {
		t.Errorf("round trip %v", p.rtt)
	}
}

func TestBestOfSeveralSparesFollows(t *testing.T) {
	s := connected(t)
	s.rtt[y], s.rtt[z] = 90*ms, 40*ms
	s.step(RemoteCandidates{Candidates: hosts(y)})
	s.run(2 * time.Second)
	s.step(RemoteCandidates{Candidates: hosts(z)})
	s.run(2 * time.Second)
	i := slices.IndexFunc(s.a.paths, func(p *path) bool { return p.addr == ap(x) })
	s.a.paths[i].giveUp()
	s.step(Timer{})
	if s.a.best.addr != ap(z) {
		t.Errorf("took %v", s.a.best.addr)
	}
}

func TestDataProbeIsFullSizeNowAndThen(t *testing.T) {
	s := connected(t)
	s.data(100*ms, 3*time.Minute)
	full := 0
	for _, p := range s.sent {
		if m, ok := p.Msg.(wire.Ping); ok && m.Size > 0 {
			full++
		}
	}
	if full < 2 || full > 3 {
		t.Errorf("%d full-size probes in three minutes", full)
	}
}

// What a link exchanges by itself has its probe and its relay, but makes the
// pair no busier.
func TestSmallDataIsNoActivity(t *testing.T) {
	s := connected(t)
	s.run(time.Minute)
	s.forget()
	for range 10 {
		s.step(DataSent{activeSize - 1})
		unproven := s.now.Sub(s.a.best.lastPong) > trustFor
		if r := s.a.Route(s.now, activeSize-1); r.Relay != unproven {
			t.Errorf("unproven: %v, route %+v", unproven, r)
		}
		s.run(time.Minute)
	}
	if n := s.pings(x); n > 60 {
		t.Errorf("%d probes in ten minutes", n)
	}
	for _, p := range s.sent {
		if m, ok := p.Msg.(wire.Ping); ok && m.Size > 0 {
			t.Error("a full-size probe beside small data")
		}
	}
}

// QUIC's keep-alives must not keep the pair busy, nor use the relay while the
// path answers.
func TestSmallPacketsAreNoActivity(t *testing.T) {
	s := connected(t)
	s.run(time.Minute)
	s.forget()
	for range 40 {
		s.step(DataSent{dataSize - 1})
		if r := s.a.Route(s.now, dataSize-1); !r.Direct.IsValid() || r.Relay {
			t.Fatalf("a keep-alive goes by %+v", r)
		}
		s.run(15 * time.Second)
	}
	if n := s.pings(x); n > 46 {
		t.Errorf("%d probes in ten minutes", n)
	}
	delete(s.rtt, x)
	s.answers = nil
	s.run(17 * time.Second) // a keep-alive is not answered
	if r := s.a.Route(s.now, dataSize-1); !r.Relay {
		t.Errorf("a keep-alive goes by %+v", r)
	}
}

// We only acknowledge; the member found that the path is dead and sends by the
// relay. Then our acknowledgements must, too, within a second.
func TestRelayedDataMakesUsLook(t *testing.T) {
	s := connected(t)
	s.run(5 * time.Second)
	delete(s.rtt, x)
	s.answers = nil
	s.forget()
	for range 10 {
		s.step(DataRelayed{1200})
		s.run(50 * ms)
	}
	if r := s.a.Route(s.now, dataSize-1); !r.Relay {
		t.Errorf("an acknowledgement goes by %+v", r)
	}
	if n := s.pings(x); n > 2 {
		t.Errorf("%d probes", n)
	}
}
