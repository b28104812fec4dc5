package store

import (
	"syscall"
	"time"
)

// threadTime is the processor time of this thread: on a busy machine the clock
// says more of others.
func threadTime() time.Duration {
	const rusageThread = 1
	var u syscall.Rusage
	if syscall.Getrusage(rusageThread, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
