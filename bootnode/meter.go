package bootnode

import "time"

// meter is a token bucket in one number: the time until which what was taken
// so far is paid for (GCRA, ITU-T I.371 §A.1). The zero value is a full bucket.
type meter time.Duration

// take takes cost, the time one unit takes at the allowed rate, if no more
// than burst of it is outstanding. now counts from any fixed start.
func (m *meter) take(now, cost, burst time.Duration) bool {
	paid := max(time.Duration(*m), now) + cost
	if paid-now > burst {
		return false
	}
	*m = meter(paid)
	return true
}

// owe takes cost that was used already, however much is outstanding.
func (m *meter) owe(now, cost time.Duration) {
	*m = meter(max(time.Duration(*m), now) + cost)
}

// at is when take will succeed.
func (m *meter) at(cost, burst time.Duration) time.Duration {
	return time.Duration(*m) + cost - burst
}

// rate is a limit in units per second with a burst in units.
type rate struct{ perSecond, burst int }

// take takes n units.
func (r rate) take(m *meter, now time.Duration, n int) bool {
	return m.take(now, r.duration(n), r.duration(r.burst))
}

// duration is how long n units take.
func (r rate) duration(n int) time.Duration {
	return time.Duration(float64(n) / float64(r.perSecond) * float64(time.Second))
}
