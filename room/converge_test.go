package room

import (
	"bytes"
	"fmt"
	"os"
	"runtime/debug"
	"testing"
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
