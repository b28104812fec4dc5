package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"gochat/test/proc"
)

// drawn is where the test's chances come from; E2E_SEED repeats a run.
func drawn(t testing.TB) *rand.Rand {
	seed, err := strconv.ParseUint(os.Getenv("E2E_SEED"), 10, 64)
	if err != nil {
		seed = rand.Uint64()
	}
	t.Logf("E2E_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// life is a member over several runs.
func (w *world) life(nick string, args ...string) *proc.Life {
	return proc.Live(w.t, func() *proc.Process { return w.json(nick, args...) })
}

// Three members talk without a pause, and one after the other is killed in the
// middle of it and started again. What was accepted is everywhere, once and in
// one order, nothing comes on a screen twice, and no chain forks.
func TestKillLoop(t *testing.T) {
	if testing.Short() {
		t.Skip("twenty killed processes")
	}
	const kills = 20
	w := newWorld(t)
	w.bootnode(quick...)
	rng := drawn(t)
	members := []*proc.Life{w.life("alice"), w.life("bob"), w.life("carol")}
	n := 0
	say := func(l *proc.Life) {
		n++
		l.Now().Post(map[string]any{"cmd": "send", "text": fmt.Sprint(l.Now().Name, " ", n)})
	}
	next := time.Now().Add(time.Second)
	beat := time.NewTicker(80 * time.Millisecond) // fewer than 1,000 of each in a minute
	defer beat.Stop()
	for killed := 0; killed < kills; <-beat.C {
		for _, l := range members {
			say(l)
		}
		if time.Now().Before(next) {
			continue
		}
		l := members[rng.IntN(len(members))]
		for range rng.IntN(20) {
			say(l)
		}
		time.Sleep(time.Duration(rng.Int64N(int64(20 * time.Millisecond)))) // anywhere between reading, storing and writing
		l.Kill()
		l.Start()
		killed++
		next = time.Now().Add(time.Duration(rng.Int64N(int64(1600 * time.Millisecond))))
	}
	var last []*proc.Process
	for _, l := range members {
		l.Now().Say("the last of " + l.Now().Name)
		last = append(last, l.Now())
	}
	proc.Equal(t, patience, last...)
	proc.LostNothing(t, proc.SameHistory(t, last...), members...)
	t.Logf("%d sent", n+len(members))
}
