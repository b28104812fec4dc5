package room

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"math/rand/v2"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var (
	simEpoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	simRoom  = crypto.RoomID{1, 2, 3}
)

// sim is a deterministic network of engines: one queue of timed calls, one
// source of randomness, no order taken from a map. The files simnode_test.go,
// simlink_test.go and simroster_test.go have its parts, simcheck_test.go what
// must hold at the end.
type sim struct {
	t        testing.TB
	rng      *rand.Rand
	now      time.Time
	queue    calls
	order    uint64 // of calls made
	stuck    int    // calls since time went on
	nodes    []*node
	byKey    map[crypto.PublicKey]*node
	links    []*simLink // all that ever were
	path     path
	roster   roster
	signed   map[wire.RecordID]bool // by our nodes: known to verify
	frames   int
	metering bool      // count needless records
	tracing  hash.Hash // of all that happens; nil: not wanted
	// maxDelay is the slowest path's.
	maxDelay time.Duration
	// onAction sees every action before it is done.
	onAction func(n *node, a Action)
}

func newSim(t testing.TB, seed uint64, n int) *sim {
	s := emptySim(t, seed)
	for range n {
		s.addNode()
	}
	return s
}

// emptySim has no nodes yet.
func emptySim(t testing.TB, seed uint64) *sim {
	return &sim{
		t: t, rng: rand.New(rand.NewPCG(seed, 7)), now: simEpoch, maxDelay: 80 * time.Millisecond,
		byKey: make(map[crypto.PublicKey]*node), signed: make(map[wire.RecordID]bool),
	}
}

// call is something to be done at a time; of two at the same time, the first made.
type call struct {
	at    time.Duration // since simEpoch
	order uint64
	do    func()
}

// calls is a binary heap.
type calls []call

func (q calls) less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}

func (q *calls) push(c call) {
	*q = append(*q, c)
	h := *q
	for i := len(h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.less(i, up) {
			return
		}
		h[i], h[up] = h[up], h[i]
		i = up
	}
}

func (q *calls) pop() call {
	h := *q
	first, last := h[0], len(h)-1
	h[0], h[last] = h[last], call{}
	h = h[:last]
	*q = h
	for i := 0; ; {
		low := 2*i + 1
		if low+1 < last && h.less(low+1, low) {
			low++
		}
		if low >= last || !h.less(low, i) {
			return first
		}
		h[i], h[low] = h[low], h[i]
		i = low
	}
}

func (s *sim) after(d time.Duration, do func()) {
	s.order++
	s.queue.push(call{s.now.Sub(simEpoch) + d, s.order, do})
}

// run goes on for a time.
func (s *sim) run(d time.Duration) {
	end := s.now.Sub(simEpoch) + d
	for len(s.queue) > 0 && s.queue[0].at <= end {
		c := s.queue.pop()
		if now := simEpoch.Add(c.at); now.After(s.now) {
			s.now, s.stuck = now, 0
		} else if s.stuck++; s.stuck > 1000*(1000+len(s.nodes)) {
			s.t.Fatal("time stands still: somebody's timer does not advance")
		}
		c.do()
	}
	s.now = simEpoch.Add(end)
}

// trace adds to the hash of all that happens.
func (s *sim) trace(what string, numbers ...int) {
	if s.tracing == nil {
		return
	}
	b := binary.AppendVarint([]byte(what), int64(s.now.Sub(simEpoch)))
	for _, n := range numbers {
		b = binary.AppendVarint(b, int64(n))
	}
	s.tracing.Write(b)
}

// traced makes the sim write its trace.
func (s *sim) traced() *sim {
	s.tracing = sha256.New()
	return s
}

func (s *sim) mesh() {
	for i, a := range s.nodes {
		for _, b := range s.nodes[i+1:] {
			s.connect(a, b)
		}
	}
}
