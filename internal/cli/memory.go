package cli

import (
	"runtime/debug"
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

// rest gives back memory that is not needed again, and has the heap grow less from
// now on: a start is quicker without that.
func (s *session) rest() {
	if s.client.env.Getenv("GOGC") == "" {
		debug.SetGCPercent(memberGCPercent)
	}
	debug.FreeOSMemory() // what reading a large room took
	if err := releaseProgram(); err != nil {
		s.client.log.Debug("the program's pages stay in memory", "error", err)
	}
}
