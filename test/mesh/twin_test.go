package mesh

import (
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// A profile copied to a second machine: the later run takes the place, the
// earlier is told, and comes back when the later has left. Nothing is lost.
func TestTwin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		alice := w.join("alice", w.home("desk", simnet.PortRestricted(), 1), 1)
		bob := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		w.meet(5*time.Second, alice, bob)

		laptop := w.join("alice", w.home("laptop", simnet.PortRestricted(), 3), 2)
		w.meet(5*time.Second, laptop, bob)
		w.eventually(5*time.Second, "alice is told", func() bool { return alice.noticed(peer.CodeTwin) == 1 })
		if laptop.noticed(peer.CodeTwin) != 0 {
			t.Error("the later run is told that it is the later")
		}
		alice.send("from the desk, meanwhile")
		laptop.send("from the laptop")
		w.eventually(5*time.Second, "the laptop's message", func() bool { return len(bob.shownIn("r")) > 0 })

		laptop.leave()
		w.eventually(5*time.Second, "alice is back", func() bool { return bob.state(alice).State == peer.Joined && alice.state(bob).State == peer.Joined })
		w.agree(5*time.Second, []string{"from the laptop", "from the desk, meanwhile"}, alice, bob)
	})
}
