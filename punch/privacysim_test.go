package punch

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/simnet"
)

// Whatever the network does, who hides does nothing that shows where, and who
// hides no more is met directly as if nothing had been.
func TestHiddenInRandomSchedules(t *testing.T) {
	schedules := uint64(200)
	if raceDetector || testing.Short() {
		schedules = 20
	}
	everySeed(t, schedules, func(t *testing.T, seed uint64) {
		s := newSimulation(t, seed)
		x, y := ladderNATs[s.rng.IntN(len(ladderNATs))], ladderNATs[s.rng.IntN(len(ladderNATs))]
		home1 := s.net.Internet.Router("home1", x.nat, "203.0.113.10")
		home2 := s.net.Internet.Router("home2", y.nat, "203.0.113.20")
		s.nats = map[*simnet.Router]simnet.NAT{home1: x.nat, home2: y.nat}
		a, b := home1.LAN.Host("a", "192.168.1.2"), home2.LAN.Host("b", "192.168.1.2")
		s.what = fmt.Sprintf("seed %d, %s × %s", seed, x.name, y.name)
		s.node(0, a)
		s.node(1, b)
		s.nodes[0].nat, s.nodes[1].nat = x.told, y.told
		s.nodes[0].agent.privacy.hidden = true // as by Config.Hide
		s.start()
		s.chaos(a, b, home1, home2)
		s.run(30*time.Second, 200*ms)
		for k, n := range s.nodes {
			if i := n.agent.Info(); i.Kind != Relay || i.Why != [...]Why{WhyHidden, WhyWithheld}[k] || i.Punching {
				t.Errorf("%s: hidden, member %d ends on %+v", s.what, k, i)
			}
		}
		for range 5 { // a change of mind, and another, faster than the network
			for _, direct := range []bool{true, false} {
				s.nodes[s.rng.IntN(2)].step(Policy{direct})
				s.run(time.Duration(s.rng.IntN(500))*ms, 0)
			}
		}
		want := Relay
		if x.meets(y) {
			want = Direct
		}
		for _, n := range s.nodes {
			n.step(Policy{true})
		}
		s.run(simQuiet, 0) // what was tried meanwhile counts for ten minutes
		s.run(2*time.Second, 100*ms)
		for k, n := range s.nodes {
			if i := n.agent.Info(); i.Kind != want {
				t.Errorf("%s: no more hidden, member %d ends on %+v", s.what, k, i)
			}
		}
	})
}
