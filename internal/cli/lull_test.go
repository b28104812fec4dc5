package cli

import (
	"testing"
	"time"
)

// A member rests again in the first quiet minute after use, five minutes after the
// last rest at the earliest, and not at all while nothing happens.
func TestLull(t *testing.T) {
	const idle, use = lullBytes / 8, 10 * lullBytes
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	var l lull
	var sum uint64
	l.began(sum, at)
	for i, m := range []struct {
		allocates uint64
		due       bool
	}{
		{idle, false}, {idle, false}, {idle, false}, {idle, false}, {idle, false}, {idle, false}, {idle, false},
		{use, false}, {use, false}, {idle, true}, // and it does
		{use, false}, {idle, false}, {idle, false}, {idle, false}, {idle, true},
		{idle, false}, {idle, false}, {idle, false}, {idle, false}, {idle, false}, {idle, false},
	} {
		at, sum = at.Add(lullEvery), sum+m.allocates
		due := l.due(sum, at)
		if due != m.due {
			t.Errorf("minute %d: %v", i+1, due)
		}
		if due {
			l.began(sum, at)
		}
	}
}
