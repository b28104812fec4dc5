package peer

import (
	"testing"
	"time"
)

// Silence of the relay raises one question, and never more than one a second.
func TestDoubt(t *testing.T) {
	var d doubt
	now := carrierZero
	sent := func(after time.Duration) bool {
		now = now.Add(after)
		return d.sent(now)
	}
	if sent(0) || sent(doubtAfter-1) {
		t.Error("impatient")
	}
	if !sent(1) {
		t.Error("no doubt")
	}
	if sent(time.Second) || sent(time.Minute) {
		t.Error("asked twice in one silence")
	}
	d.heard()
	if sent(0) || !sent(doubtAfter) {
		t.Error("no doubt in another silence")
	}
	d.heard()
	asked := 0
	for range 100 { // somebody who does not answer, through a bootnode that does
		if sent(100 * time.Millisecond) {
			asked++
			d.heard()
		}
	}
	if asked > 10 {
		t.Errorf("asked %d times in ten seconds", asked)
	}
}
