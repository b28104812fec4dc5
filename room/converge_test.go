package room

import (
	"encoding/hex"
	"fmt"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// watchTruth checks each report of delivery against the receiver's store.
func watchTruth(s *sim) {
	byKey := make(map[crypto.PublicKey]*node)
	for _, n := range s.nodes {
		byKey[n.id.Public()] = n
	}
	had := make(map[crypto.PublicKey]map[wire.RecordID]bool)
	s.onAction = func(n *node, a Action) {
		for _, p := range s.nodes { // committed a moment ago and crashed since is still the truth
			key := p.id.Public()
			if had[key] == nil {
				had[key] = make(map[wire.RecordID]bool)
			}
			if d, ok := a.(Delivered); ok && p.store.records[d.ID] != nil {
				had[key][d.ID] = true
			}
		}
		switch a := a.(type) {
		case Commit:
			for _, r := range a.Put {
				had[n.id.Public()][r.ID()] = true
			}
		case Delivered:
			if !a.Peer.IsZero() && (byKey[a.Peer] == n || !had[a.Peer][a.ID]) {
				s.t.Fatalf("node %d believes that %d has %v", n.index, byKey[a.Peer].index, a.ID)
			}
			if a.Delivered > a.Of {
				s.t.Fatalf("delivered %d of %d", a.Delivered, a.Of)
			}
		}
	}
}

// schedule runs one random script: everybody talks while links come and go,
// members crash with and without their stores, stores fail and are slow, and
// some pairs never connect; then faults stop, the graph is made connected,
// and within 30 s all have the same.

func schedule(t testing.TB, seed uint64) *sim {
	t.Helper()
	s := newSim(t, seed, 2+int(seed%5))
	s.dup = int(seed % 3 * 20)
	s.maxDelay = time.Duration(1+seed%4*90) * time.Millisecond
	watchTruth(s)
	blocked := make(map[[2]int]bool)
	for i := range s.nodes {
		for j := i + 2; j < len(s.nodes); j++ { // neighbours in the row stay reachable
			blocked[[2]int{i, j}] = s.rng.IntN(3) == 0
		}
	}
	reach := func() {
		for i, a := range s.nodes {
			for j := i + 1; j < len(s.nodes); j++ {
				if !blocked[[2]int{i, j}] {
					s.connect(a, s.nodes[j])
				}
			}
		}
	}
	reach()
	for op := range 25 {
		n := s.nodes[s.rng.IntN(len(s.nodes))]
		switch s.rng.IntN(12) {
		default:
			n.say(fmt.Sprint("message ", op))
		case 0:
			n.crash(false)
		case 1:
			n.crash(true)
		case 2:
			n.failNext = true
		case 3, 4:
			if l := s.links[s.rng.IntN(len(s.links))]; l.up {
				l.down(l.a)
			}
		case 5: // a partition in halves
			cut := 1 + s.rng.IntN(len(s.nodes))
			for _, l := range s.links {
				if l.up && (l.a.index < cut) != (l.b.index < cut) {
					l.down(l.a)
				}
			}
		case 6:
			reach()
		case 7:
			n.slow = time.Duration(s.rng.IntN(300)) * time.Millisecond
		}
		s.run(time.Duration(s.rng.IntN(1200)) * time.Millisecond)
	}
	s.dup = 0
	for _, n := range s.nodes {
		n.slow, n.failNext = 0, false
	}
	s.run(time.Second) // let the ends notice what is down
	reach()
	s.run(30 * time.Second)
	s.checkEqual()
	s.checkLost()
	s.checkAcks()
	return s
}

// checkLost demands that nothing is lost that a member still holds, or that it
// was told to be delivered: what its author's present run appended is everywhere.
func (s *sim) checkLost() {
	s.t.Helper()
	for _, n := range s.nodes {
		for id := range n.appended {
			for _, o := range s.nodes {
				if o.store.records[id] == nil {
					s.t.Fatalf("node %d lacks a message of node %d", o.index, n.index)
				}
				if en := o.engine.log.get(id); en == nil || !en.shown {
					s.t.Fatalf("node %d never showed a message of node %d", o.index, n.index)
				}
			}
		}
	}
}

// checkAcks demands that whoever is linked to the author is known to have all.
func (s *sim) checkAcks() {
	s.t.Helper()
	for _, n := range s.nodes {
		for _, u := range n.engine.Undelivered() {
			for _, l := range s.links {
				for _, k := range u.Missing {
					if l.up && (l.a == n && l.b.id.Public() == k || l.b == n && l.a.id.Public() == k) {
						s.t.Fatalf("node %d does not know that %v is delivered (%d of %d)", n.index, u.ID, u.Delivered, u.Of)
					}
				}
			}
		}
	}
}

func TestRandomSchedules(t *testing.T) {
	n := uint64(250)
	if testing.Short() {
		n = 40
	}
	for seed := range n {
		schedule(t, seed)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestSameSeedSameTrace(t *testing.T) {
	for seed := range uint64(5) {
		a := hex.EncodeToString(schedule(t, seed).trace.Sum(nil))
		b := hex.EncodeToString(schedule(t, seed).trace.Sum(nil))
		if a != b {
			t.Fatalf("seed %d gives two traces", seed)
		}
	}
}
