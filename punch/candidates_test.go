package punch

import (
	"testing"
	"time"

	"gochat/internal/wire"
)

func TestCandidatesRepeatUntilAnswered(t *testing.T) {
	s := started(t)
	s.run(4 * time.Second)
	s.want(`
		0 relay PING
		0 relay CANDIDATES 1 answered 0
		248 relay CANDIDATES 1 answered 0
		600 relay PING
		748 relay CANDIDATES 1 answered 0
		1800 relay PING
		1808 relay CANDIDATES 1 answered 0
		3800 relay PING
		3936 relay CANDIDATES 1 answered 0`)
	s.run(time.Hour)
	if n := len(s.sent); n > 60*(4+5) {
		t.Errorf("%d packets in an hour to a member who never answers", n)
	}
	s.forget()
	s.step(Received{Msg: wire.Candidates{Generation: 7, Answered: 1, Candidates: hosts(x)}})
	s.want(`
		3604000 relay CANDIDATES 1 answered 7
		3604000 198.51.100.1:1 PING`)
	s.run(time.Minute)
	for _, p := range s.sent {
		if _, ok := p.Msg.(wire.Candidates); ok {
			t.Error("sent again though answered")
		}
	}
}

// Two agents hand each other their lists and then are silent, also when every
// frame arrives twice.
func TestCandidatesDoNotPingPong(t *testing.T) {
	for _, copies := range []int{1, 2, 3} {
		a, b := started(t), started(t)
		frames := 0
		for range 50 {
			for _, pair := range [][2]*script{{a, b}, {b, a}} {
				sent := pair[0].sent
				pair[0].forget()
				for _, p := range sent {
					if _, ok := p.Msg.(wire.Candidates); ok {
						frames++
						for range copies {
							pair[1].step(Received{Msg: p.Msg})
						}
					}
				}
			}
		}
		if frames > 4*copies+2 || a.a.offer.answered != 1 || b.a.offer.answered != 1 {
			t.Errorf("%d copies: %d frames; answered %d and %d", copies, frames, a.a.offer.answered, b.a.offer.answered)
		}
	}
}

func TestGenerations(t *testing.T) {
	s := started(t)
	s.forget()
	s.step(Received{Msg: wire.Candidates{Generation: 3, Answered: 1, Candidates: hosts(x)}})
	s.step(Received{Msg: wire.Candidates{Generation: 2, Answered: 1, Candidates: hosts(y)}}) // late
	s.run(300 * ms)
	if s.pings(x) == 0 || s.pings(y) != 0 {
		t.Errorf("%d pings to the new, %d to the old candidate", s.pings(x), s.pings(y))
	}
	s.step(Received{Msg: wire.Candidates{Generation: 4, Answered: 1, Candidates: hosts(z)}})
	if s.a.find(ap(x), 0) != nil || s.a.find(ap(z), 0) == nil {
		t.Error("the new generation did not take the old one's place")
	}
	s.step(LocalCandidates{Generation: 1, Candidates: hosts("192.0.2.44:4")}) // not newer
	if s.a.local.Candidates[0] != host(own) {
		t.Error("an old generation of our own was taken")
	}
	// An answer to a generation that does not exist proves nothing.
	s.step(Received{Msg: wire.Candidates{Generation: 4, Answered: 99}})
	s.forget()
	s.step(LocalCandidates{Generation: 2, Candidates: hosts(own, "192.0.2.44:4")})
	if len(s.lines) == 0 || s.lines[0] != "300 relay CANDIDATES 2 answered 4" {
		t.Errorf("sent %q", s.lines)
	}
}

// A proven path and one just heard from outlive a list without them; a new
// list begins a round, though it names nothing new.
func TestNewGenerationKeepsWhatWorks(t *testing.T) {
	s := connected(t)
	s.ping(z)
	s.step(Received{Msg: wire.Candidates{Generation: 2, Answered: 1, Candidates: hosts(y)}})
	for _, p := range []string{x, y, z} {
		if s.a.find(ap(p), 0) == nil {
			t.Errorf("%s is forgotten", p)
		}
	}
	r := started(t, x)
	r.run(20 * time.Second)
	r.forget()
	r.step(Received{Msg: wire.Candidates{Generation: 1, Answered: 1, Candidates: hosts(x)}})
	if r.pings(x) != 1 || !r.a.Info().Punching {
		t.Error("a new generation begins no round")
	}
}

func TestCandidatesComeByRelayOnly(t *testing.T) {
	s := started(t)
	s.forget()
	s.step(Received{From: ap(z), Msg: wire.Candidates{Generation: 1, Candidates: hosts(x)}})
	s.want("")
	if len(s.a.paths) != 0 {
		t.Error("taken from a direct address")
	}
}

func TestRelayOutageStopsOffers(t *testing.T) {
	s := started(t)
	s.step(RelayChanged{false})
	s.forget()
	s.step(LocalCandidates{Generation: 2, Candidates: hosts(own, lan)})
	s.step(Received{Msg: wire.Candidates{Generation: 1, Answered: 1}})
	s.run(time.Minute)
	s.want("")
	s.wantRoute("")
	if s.a.Info().Kind != None {
		t.Error("a relay is claimed")
	}
	s.step(RelayChanged{true})
	s.want(`
		60000 relay PING
		60000 relay CANDIDATES 2 answered 1`)
}

func TestUnusableCandidatesAreNotProbed(t *testing.T) {
	s := started(t, "0.0.0.0:5", "[::]:5", "224.0.0.1:5", "[ff02::1]:5", "255.255.255.255:5", "240.1.2.3:5",
		"0.1.2.3:5", "198.51.100.1:0", "127.0.0.1:5", "[::1]:5", "169.254.1.1:5", "[fe80::1]:5", own)
	s.step(RemoteCandidates{Candidates: []wire.Candidate{{}}})
	if len(s.a.paths) != 0 {
		t.Errorf("paths to %v", s.a.paths[0].addr)
	}
	s.step(RemoteCandidates{Candidates: hosts("[::ffff:198.51.100.1]:1", x)})
	if len(s.a.paths) != 1 || s.a.paths[0].addr != ap(x) {
		t.Error("one address in two forms makes two paths")
	}
}

// Loopback candidates count as soon as we have one ourselves, whichever side
// is named first.
func TestLoopbackOnlyBesideOurOwn(t *testing.T) {
	s := started(t, "127.0.0.1:5")
	s.run(time.Second)
	if s.pings("127.0.0.1:5") != 0 {
		t.Error("a local service was probed")
	}
	s.step(LocalCandidates{Generation: 2, Candidates: hosts("127.0.0.1:100", own)})
	s.run(time.Second)
	if s.pings("127.0.0.1:5") == 0 {
		t.Error("a member on this host is not probed")
	}
}

// New addresses find room among many that came to nothing.
func TestTriedPathsGiveWay(t *testing.T) {
	s := started(t)
	s.step(RemoteCandidates{Candidates: many(0, maxPaths)})
	s.run(10 * time.Second)
	s.forget()
	s.step(RemoteCandidates{Candidates: hosts(x)})
	s.run(time.Second)
	if s.pings(x) == 0 {
		t.Error("the newest address has no place")
	}
}

func TestHostileMemberIsBounded(t *testing.T) {
	s := connected(t)
	for i := range 1500 {
		c := many(i, 1)[0]
		s.ping(c.Addr.String())
		s.step(RemoteCandidates{Candidates: many(i*7, 40)})
		s.step(RemoteCandidates{Candidates: hosts("127.0.0.1:5", "127.0.0.2:5")})
		s.rtt[c.Addr.String()] = 20 * ms // and answers from everywhere
		s.run(ms)
	}
	valid := 0
	for _, p := range s.a.paths {
		if len(p.outstanding) > maxOutstanding {
			t.Fatalf("%d outstanding probes", len(p.outstanding))
		}
		if p.valid {
			valid++
		}
	}
	if valid > 1+maxSpares || len(s.a.loopback) > wire.MaxCandidates {
		t.Errorf("%d proven paths, %d loopback candidates", valid, len(s.a.loopback))
	}
	if s.a.best == nil {
		t.Error("the working path was lost")
	}
}
