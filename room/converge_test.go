package room

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
	"time"
)

// longSim asks for simulations that take many minutes: ROOM_SIM=long.
var longSim = os.Getenv("ROOM_SIM") == "long"

// schedules is how many random scripts are played.
func schedules() int {
	switch {
	case longSim:
		return 200000
	case testing.Short():
		return 500
	}
	return 10000
}

// Whatever befalls a room: half a minute after the last fault all hold the
// same, in the same order, each delivered once and after its ancestors, and
// nothing that any store still had is lost.
func TestRandomSchedules(t *testing.T) {
	const parts = 8
	n := schedules()
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // much is allocated, little kept
	t.Run("seeds", func(t *testing.T) {
		for part := range parts {
			t.Run(fmt.Sprint("from ", part), func(t *testing.T) {
				t.Parallel()
				for seed := part; seed < n; seed += parts {
					sc := drawScript(uint64(seed))
					if f := sc.try(t); f != "" {
						less := sc.shrunk(t)
						t.Fatalf("seed %d: %s\nshrunk: %s\n%v", seed, f, less.try(t), less)
					}
				}
			})
		}
	})
}

func TestSameSeedSameTrace(t *testing.T) {
	for seed := range uint64(30) {
		a := drawScript(seed).play(t, true).tracing.Sum(nil)
		b := drawScript(seed).play(t, true).tracing.Sum(nil)
		if !bytes.Equal(a, b) {
			t.Fatalf("seed %d gives two traces", seed)
		}
	}
}

// Of members who do not agree whether the room is large, none misses anything.
func TestMembersDisagreeOnTheSize(t *testing.T) {
	s := emptySim(t, 5)
	s.roster = roster{open: true, silence: 15 * time.Second}
	for i := range 52 {
		sh := defaultShape
		sh.meshMax += i%3*2 - 1 // 49, 51, 53
		s.addNodeAs(sh, 0)
	}
	h := s.listen()
	s.run(20 * time.Second)
	large := 0
	for _, n := range s.nodes {
		if n.engine.overlay.large {
			large++
		}
	}
	for i := range 20 {
		s.nodes[s.rng.IntN(52)].say(fmt.Sprint(i))
		s.run(time.Second)
	}
	s.run(10 * time.Second)
	if large != 35 || h.count != 20*51 || h.slowest > 2*time.Second {
		t.Errorf("%d think it large, %d of %d deliveries, the slowest after %v", large, h.count, 20*51, h.slowest)
	}
	s.checkEqual()
}
