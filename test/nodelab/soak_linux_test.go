package nodelab

import (
	"os"
	"testing"
	"time"
)

// Twenty members talk for a while, with make soak alone: the memory of members and
// nodes stays flat, nobody is seen to leave, and nothing is lost.
func TestSoak(t *testing.T) {
	text := os.Getenv("SOAK")
	if text == "" {
		t.Skip("for as long as SOAK says: make soak")
	}
	soak, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal("SOAK: ", err)
	}
	t.Parallel()
	const (
		growth = 48 << 10 // KiB: collections are rare, and all that is said is kept for a while
		looks  = 10
	)
	w := crowd(t)
	stop := w.talk(sayEvery)
	time.Sleep(soak / 3) // to warm up
	begin := time.Now()
	first := w.memory()
	for i := range looks {
		time.Sleep(time.Until(begin.Add(soak * 2 / 3 * time.Duration(i+1) / looks)))
		t.Logf("after %v: %s", time.Since(begin).Round(time.Second), w.memory().summary())
	}
	last := w.memory()
	for name, kib := range last {
		if kib > first[name]+growth {
			t.Errorf("%s: %d KiB, %d KiB after warming up", name, kib, first[name])
		}
	}
	stop()
	w.saw(begin, "", w.pairs())
	w.allEqual(patience)
}
