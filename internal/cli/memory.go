package cli

import (
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

// memberGCPercent is how much a member's heap may grow over what is in use before
// it is collected. Nearly all of it are the records of its rooms, which stay, and
// little is allocated beside them: marking them costs some milliseconds, and is due
// twice a minute at most while nobody says anything.
const memberGCPercent = 25

// restAfter is how long after its start, or after the last room was read, a member
// gives back what that has taken: the screen is long there.
const restAfter = 2 * time.Second

const (
	// lullEvery is how often a member looks whether it is in use.
	lullEvery = time.Minute
	// lullBytes is more than an idle member allocates between two looks: 3 MB were
	// measured, mostly for the list of interfaces.
	lullBytes = 4 << 20
	// restEvery is the least time between two rests.
	restEvery = 5 * time.Minute
)

// lull tells by what a member allocates whether it is in use.
type lull struct {
	mu        sync.Mutex
	allocated uint64 // when last looked
	used      bool   // since the last rest
	rested    time.Time
}

// due reports whether it is time to rest again: in the first quiet minute after
// use, and not too soon after the last time.
func (l *lull) due(allocated uint64, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	quiet := allocated-l.allocated < lullBytes
	l.allocated = allocated
	l.used = l.used || !quiet
	return quiet && l.used && now.Sub(l.rested) >= restEvery
}

// began notes a rest.
func (l *lull) began(allocated uint64, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.allocated, l.used, l.rested = allocated, false, now
}

// rest gives back memory that is not needed again, after the start and after use,
// and has the heap grow less from now on: a start is quicker without that.
func (s *session) rest() {
	if s.client.env.Getenv("GOGC") == "" {
		debug.SetGCPercent(memberGCPercent)
	}
	debug.FreeOSMemory() // what reading a large room took
	if err := releaseProgram(); err != nil {
		s.client.log.Debug("the program's pages stay in memory", "error", err)
	}
	s.lull.began(allocated(), time.Now())
}

// restAgain rests if it is time to, and looks again later.
func (s *session) restAgain() {
	if s.lull.due(allocated(), time.Now()) {
		s.rest()
	}
	select {
	case <-s.quit:
	default:
		s.lulls.Reset(lullEvery)
	}
}

// allocated is how much was allocated since the start.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
