package punch

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/simnet"
	"gochat/internal/wire"
)

// ladderNAT is a NAT and what a member behind it would have measured.
type ladderNAT struct {
	name string
	nat  simnet.NAT
	told wire.NAT
}

var ladderNATs = []ladderNAT{
	{"full cone", simnet.FullCone(), cone(wire.FilteringAddressDependent)},
	{"address-restricted", simnet.AddressRestricted(), cone(wire.FilteringAddressDependent)},
	{"port-restricted", simnet.PortRestricted(), cone(wire.FilteringAddressAndPortDependent)},
	{"symmetric", simnet.Symmetric(), hard(wire.MappingAddressAndPortDependent, 0)},
	{"port block", simnet.SymmetricBlock(), block(hard(wire.MappingAddressAndPortDependent, 0), 29900, 31100)},
	{"sequential", simnet.SymmetricSequential(), hard(wire.MappingAddressAndPortDependent, 1)},
	{"symmetric by address", simnet.SymmetricAddress(), hard(wire.MappingAddressDependent, 0)},
}

func cone(f wire.Filtering) wire.NAT {
	return wire.NAT{Mapping: wire.MappingEndpointIndependent, Filtering: f, Birthday: true}
}

func hard(m wire.Mapping, step int8) wire.NAT {
	return wire.NAT{Mapping: m, Filtering: wire.FilteringAddressAndPortDependent, Step: step, Birthday: true}
}

func block(n wire.NAT, lo, hi uint16) wire.NAT {
	n.Lo, n.Hi = lo, hi
	return n
}

// reachable pairs, by index of ladderNATs: all but two hard ones of which not
// both count.
func (n ladderNAT) meets(o ladderNAT) bool {
	return easy(n.told) || easy(o.told) || counts(n.told) && counts(o.told)
}

// pair is a simulation of two homes with the given NATs, not begun.
func pair(t *testing.T, seed uint64, x, y ladderNAT) *simulation {
	s := newSimulation(t, seed)
	s.what = fmt.Sprintf("seed %d, %s × %s", seed, x.name, y.name)
	s.node(0, s.net.Internet.Router("home1", x.nat, "203.0.113.10").LAN.Host("a", "192.168.1.2"))
	s.node(1, s.net.Internet.Router("home2", y.nat, "203.0.113.20").LAN.Host("b", "192.168.1.2"))
	s.nodes[0].nat, s.nodes[1].nat = x.told, y.told
	return s
}

// direct runs until both are direct and tells how long that took.
func (s *simulation) direct(within time.Duration) (time.Duration, bool) {
	start := s.now
	for s.now.Sub(start) < within {
		s.run(20*ms, 0)
		if s.nodes[0].agent.Info().Kind == Direct && s.nodes[1].agent.Info().Kind == Direct {
			return s.now.Sub(start), true
		}
	}
	return within, false
}

// Every pair ends on the best path that there can be.
func TestLadderMatrix(t *testing.T) {
	for i, x := range ladderNATs {
		for j, y := range ladderNATs {
			s := pair(t, uint64(1+i*10+j), x, y)
			s.start()
			took, ok := s.direct(60 * time.Second)
			if ok != x.meets(y) {
				t.Errorf("%s: direct %v, %+v, %+v", s.what, ok, s.nodes[0].agent.ladder, s.nodes[1].agent.ladder)
			}
			for _, n := range s.nodes {
				s.run(3*time.Second, 0)
				if len(n.socks) > maxSpares {
					t.Errorf("%s: %d sockets are left", s.what, len(n.socks))
				}
			}
			if ok {
				t.Logf("%s: %v", s.what, took)
			}
		}
	}
}

// Guessing meets its odds: 98 % of the random NATs with 1024 guesses.
func TestBirthdayOdds(t *testing.T) {
	if raceDetector {
		t.Skip("ten times as slow, and nothing here runs at once")
	}
	runs := uint64(200)
	if testing.Short() {
		runs = 60
	}
	for _, hard := range []ladderNAT{ladderNATs[3], ladderNATs[4], ladderNATs[6]} {
		t.Run(hard.name, func(t *testing.T) {
			t.Parallel()
			met, longest, sum := 0, time.Duration(0), time.Duration(0)
			for seed := range runs {
				s := pair(t, seed, hard, ladderNATs[2])
				s.start()
				if took, ok := s.direct(15 * time.Second); ok {
					met++
					longest, sum = max(longest, took), sum+took
				}
			}
			t.Logf("%d of %d within 15 s of a port-restricted one, mean %v, longest %v", met, runs, sum/time.Duration(max(met, 1)), longest)
			if met*100 < int(runs)*95 {
				t.Errorf("only %d of %d within 15 s of a port-restricted one", met, runs)
			}
		})
	}
}

// A NAT that counts is met within a second, also by another one that counts.
func TestPrediction(t *testing.T) {
	for _, tc := range []struct {
		other  ladderNAT
		within time.Duration
	}{
		{ladderNATs[2], time.Second},
		{ladderNATs[5], 6 * time.Second}, // a mapping made in between spoils a try
	} {
		for seed := range uint64(20) {
			s := pair(t, seed, ladderNATs[5], tc.other)
			s.start()
			if took, ok := s.direct(tc.within); !ok {
				t.Errorf("%s: not direct after %v", s.what, took)
			}
		}
	}
}

// The early packet moves the other side's flow to another port; fresh sockets
// and a start at one time get round it. However early it was.
func TestClash(t *testing.T) {
	accept := ladderNATs[2]
	accept.nat.AcceptInput = true
	fresh := 0
	for seed := range uint64(40) {
		s := pair(t, seed, accept, accept)
		s.start()
		early, late := s.nodes[0], s.nodes[1]
		// The early one probes for a while before the late one hears of it.
		late.deaf = true
		s.run(time.Duration(500+s.rng.IntN(2000))*ms, 0)
		early.step(RemoteCandidates{Candidates: []wire.Candidate{{Type: wire.CandidateServerReflexive, Addr: late.at}}, Observed: late.at})
		s.run(time.Duration(s.rng.IntN(1200))*ms, 0)
		late.deaf = false
		took, ok := s.direct(15 * time.Second)
		if !ok {
			t.Errorf("%s: no direct path: %+v", s.what, early.agent.ladder)
		}
		if r := early.agent.Route(s.now, 1200); r.Sock != 0 {
			fresh++
		}
		t.Logf("%s: %v by %d", s.what, took, early.agent.Route(s.now, 1200).Sock)
	}
	if fresh == 0 {
		t.Error("no clash came to pass")
	}
}
