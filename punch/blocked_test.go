package punch

import (
	"testing"
	"time"

	"gochat/internal/simnet"
)

// UDP that stops working says so only when the network itself still works; an
// answer takes it back, and others are told each time.
func TestBlockedMidway(t *testing.T) {
	inHome(t, simnet.Symmetric(), func(n *simnet.Network, home *simnet.Router, c *Conn) {
		pass(10 * time.Second)
		want := func(v Verdict, what string) {
			t.Helper()
			c.mu.Lock()
			told := c.gather.told.Blocked
			c.mu.Unlock()
			if c.UDP() != v || told != (v == No) {
				t.Errorf("%s: verdict %v, others were told blocked: %v", what, c.UDP(), told)
			}
		}
		want(Yes, "at first")
		home.SetLink(simnet.Link{Down: true})
		c.Suspect()
		pass(10 * time.Second)
		want(Yes, "without a network")
		c.OverTCP(true)
		pass(2 * time.Second)
		want(No, "while TCP works")
		before, _ := c.Candidates()
		home.SetLink(simnet.Link{Latency: 12500 * time.Microsecond})
		pass(3 * time.Second)
		want(Yes, "once a server answers")
		if after, _ := c.Candidates(); after <= before {
			t.Error("nobody was told")
		}
		pass(5 * time.Minute)
		want(Yes, "with refreshes")
		c.OverTCP(false)
		want(Yes, "at the end")
	})
}

// Servers that were asked a moment ago are asked again a moment later.
func TestBlockedRightAfterTheStart(t *testing.T) {
	inHome(t, simnet.Symmetric(), func(n *simnet.Network, home *simnet.Router, c *Conn) {
		pass(time.Second)
		home.SetLink(simnet.Link{Down: true})
		c.OverTCP(true)
		pass(stunPause + blockedAfter + time.Second)
		if c.UDP() != No {
			t.Errorf("verdict %v", c.UDP())
		}
	})
}
