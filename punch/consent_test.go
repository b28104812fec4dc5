package punch

import (
	"net/netip"
	"testing"
	"time"

	"gochat/internal/wire"
)

// climber is a script behind a cone whose member is behind a symmetric NAT, and
// claims what a test says.
func climber(t *testing.T, observed []string, named ...string) *script {
	s := newScript(t)
	s.rtt["relay"] = 60 * ms
	s.a.sockets = true
	s.step(LocalCandidates{Generation: 1, NAT: cone(wire.FilteringAddressAndPortDependent), Candidates: []wire.Candidate{
		{Type: wire.CandidateServerReflexive, Addr: ap(own)},
	}})
	s.step(RelayChanged{true})
	s.observed(observed...)
	s.step(Received{Msg: wire.Candidates{
		Generation: 1, Answered: 1, Candidates: hosts(named...), NAT: hard(wire.MappingAddressAndPortDependent, 0),
	}})
	return s
}

// answerRounds plays a member that agrees to every round, for a while.
func (s *script) answerRounds(d time.Duration) {
	for end := s.now.Add(d); s.now.Before(end); {
		seen := len(s.sent)
		s.run(10 * ms)
		for _, x := range s.sent[seen:] {
			if r, ok := x.Msg.(wire.Round); ok && r.Kind != wire.RoundPlain {
				s.step(Received{Msg: r})
			}
		}
	}
}

// probed counts the pings to an IP address.
func (s *script) probed(ip string) (n int) {
	for _, x := range s.sent {
		if _, ok := x.Msg.(wire.Ping); ok && x.To.Addr() == netip.MustParseAddr(ip) {
			n++
		}
	}
	return n
}

const victim = "198.51.100.66"

// A member may name any address: a stranger there gets four small packets and
// never more, and no port of his is guessed.
func TestNamedStrangerIsLeftAlone(t *testing.T) {
	for name, s := range map[string]*script{
		"named alone":       climber(t, nil, victim+":5000"),
		"another verified":  climber(t, []string{x}, victim+":5000"),
		"verified, unnamed": climber(t, []string{victim + ":5000"}, x),
	} {
		s.answerRounds(2 * time.Minute)
		claim := victim + ":5000"
		if name == "verified, unnamed" {
			claim = victim + ":5001" // not where it was seen
		}
		for i := range 20 {
			s.step(Received{Msg: wire.Candidates{
				Generation: uint32(2 + i), Answered: 1, Candidates: hosts(claim),
				NAT: hard(wire.MappingAddressAndPortDependent, 1),
			}})
			for kind := wire.RoundPlain; kind <= wire.RoundBirthday; kind++ {
				s.step(Received{Msg: wire.Round{Number: byte(2 + i), Kind: kind, Addr: ap(victim + ":6000")}})
				s.answerRounds(6 * time.Second)
			}
		}
		limit := maxUnverified
		if name == "verified, unnamed" {
			limit = 400 // plain checks: it proved to be at that address
		}
		if n := s.probed(victim); n > limit {
			t.Errorf("%s: %d probes", name, n)
		}
	}
}

// Who is verified and named gets at most 1024 probes a guess, two guesses in ten
// minutes, and twenty seconds between them.
func TestGuessesAreBounded(t *testing.T) {
	s := climber(t, []string{x}, x)
	s.answerRounds(9 * time.Minute)
	n := s.probed(ap(x).Addr().String())
	if n < guessPorts || n > maxGuesses*guessPorts+200 {
		t.Errorf("%d probes", n)
	}
	var guesses []time.Duration
	ports := map[uint16]int{}
	for _, x := range s.sent {
		if r, ok := x.Msg.(wire.Round); ok && r.Kind == wire.RoundBirthday {
			guesses = append(guesses, x.at)
		}
		ports[x.To.Port()]++
	}
	for i := 1; i < len(guesses); i++ {
		if d := guesses[i] - guesses[i-1]; d > time.Second && d < guessPause {
			t.Errorf("guesses %v apart", d)
		}
	}
	if why := s.a.Info().Why; why != WhyGuessedInVain {
		t.Errorf("why: %d", why)
	}
}

func TestGuessingNeedsBothSides(t *testing.T) {
	for _, ours := range []bool{true, false} {
		s := climber(t, []string{x}, x)
		nat := hard(wire.MappingAddressAndPortDependent, 0)
		nat.Birthday = ours
		s.step(Received{Msg: wire.Candidates{Generation: 2, Answered: 1, Candidates: hosts(x), NAT: nat}})
		nat = cone(wire.FilteringAddressAndPortDependent)
		nat.Birthday = !ours
		s.step(LocalCandidates{Generation: 2, Candidates: s.a.local.Candidates, NAT: nat})
		s.step(Received{Msg: wire.Round{Number: 1, Kind: wire.RoundBirthday}})
		s.answerRounds(time.Minute)
		if n := s.probed(ap(x).Addr().String()); n > 100 {
			t.Errorf("%d probes", n)
		}
		if why := s.a.Info().Why; why != WhyBirthdayOff {
			t.Errorf("why: %d", why)
		}
	}
}

// One member at a time is guessed at in a process.
func TestOneGuessAtATime(t *testing.T) {
	var turn turns
	now := epoch
	a, b := &Agent{}, &Agent{}
	if first, again := turn.take(now, a), turn.take(now, a); !first || !again || turn.take(now, b) {
		t.Error("the turn is not one's own")
	}
	turn.release(now, b) // not its to give
	turn.release(now, a)
	if turn.take(now.Add(guessPause-1), b) || !turn.take(now.Add(guessPause), b) {
		t.Error("no pause in between")
	}
}

// Rounds that a member calls for again and again cost a few sockets.
func TestRoundsCostLittle(t *testing.T) {
	s := climber(t, []string{x}, x)
	s.step(Received{Msg: wire.Candidates{Generation: 2, Answered: 1, Candidates: hosts(x), NAT: cone(0)}})
	for i := range 255 {
		s.step(Received{Msg: wire.Round{Number: byte(1 + i), Kind: wire.RoundFresh, Addr: ap(victim + ":1")}})
		s.run(5 * time.Second / 2)
	}
	opened := 0
	for _, x := range s.sent {
		if _, ok := x.Msg.(Open); ok {
			opened++
		}
	}
	if opened > 2*maxFresh+2 || s.probed(victim) > 0 {
		t.Errorf("%d sockets, %d probes", opened, s.probed(victim))
	}
	if len(s.a.socks) > 1 {
		t.Errorf("%d sockets are open", len(s.a.socks))
	}
}
