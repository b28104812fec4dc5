package lan

import (
	"slices"
	"time"
)

// meter is a token bucket in one number: the time until which what was taken
// so far is paid for (GCRA, ITU-T I.371 §A.1). The zero value is a full bucket.
type meter struct{ paid time.Time }

// take takes cost, the time that one unit takes at the allowed rate, if no
// more than burst of it is outstanding.
func (m *meter) take(now time.Time, cost, burst time.Duration) bool {
	paid := m.paid
	if paid.Before(now) {
		paid = now
	}
	if paid = paid.Add(cost); paid.Sub(now) > burst {
		return false
	}
	m.paid = paid
	return true
}

// avoided are bootnodes that could not be registered with, oldest first. An
// entry outlives its wait by as long again: who fails twice waits longer.
type avoided []avoidance

type avoidance struct {
	target Target
	until  time.Time
	wait   time.Duration
}

func (a *avoided) add(now time.Time, t Target) {
	wait := avoidFor
	*a = slices.DeleteFunc(*a, func(e avoidance) bool {
		if e.target == t {
			wait = min(2*e.wait, maxAvoidFor)
		}
		return e.target == t || now.Sub(e.until) > e.wait
	})
	if len(*a) == maxAvoided {
		*a = slices.Delete(*a, 0, 1)
	}
	*a = append(*a, avoidance{t, now.Add(wait), wait})
}

func (a avoided) has(now time.Time, t Target) bool {
	return slices.ContainsFunc(a, func(e avoidance) bool { return e.target == t && now.Before(e.until) })
}
