package portmap

import "time"

// epoch is a router's count of the seconds since it began to keep mappings.
type epoch struct {
	count uint32
	at    time.Time // when it was told; zero: never
}

// learn takes a count and reports whether the router has lost its mappings
// since the one before. RFC 6887 §8.5 allows clocks to differ by a sixteenth
// and two seconds, RFC 6886 §3.6 by an eighth: the wider one serves for both.
// A count that runs ahead says that we have slept; asking again does no harm.
func (e *epoch) learn(now time.Time, count uint32) (lost bool) {
	if !e.at.IsZero() {
		ours, theirs := int64(now.Sub(e.at)/time.Second), int64(count)-int64(e.count)
		lost = theirs < -1 || theirs+2 < ours-ours/8 || ours+2 < theirs-theirs/8
	}
	*e = epoch{count, now}
	return lost
}
