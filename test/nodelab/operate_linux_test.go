package nodelab

import (
	"fmt"
	"testing"
	"time"

	"gochat/test/natlab"
	"gochat/test/proc"
)

// admin is operate that must succeed, and returns what it printed.
func (n *node) admin(args ...string) string {
	n.w.t.Helper()
	out, err := n.operate(args...).CombinedOutput()
	if err != nil {
		n.w.t.Fatalf("bootnode %q at %s: %v: %s", args, n.host, err, out)
	}
	return string(out)
}

// Members talk while one node is killed and started again, and while another
// one stops as planned: nobody is seen to leave, and nothing is lost.
func TestKillAndDrain(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of talk")
	}
	t.Parallel()
	w := newWorld(t, natlab.Public, natlab.Hosts(6), natlab.Loss(0.05), natlab.Delay(5*time.Millisecond))
	w.cluster()
	for i := range 9 {
		var args []string
		if i%3 != 0 {
			args = append(args, "--relay-only")
		}
		w.join(fmt.Sprint("h", i%6+1), fmt.Sprintf("m%02d", i), fmt.Sprint("room", i%3), w.nodes[i/3], args...)
	}
	w.meet()
	stop := w.talk(sayEvery)
	begin := time.Now()
	killed := w.nodes[0]
	killed.now.Kill()
	killed.now.Exit(patience)
	killed.start()
	killed.now.WaitStderr(0, returnWithin, " members=3 ")
	t.Logf("all members of a killed node are back after %v", time.Since(begin))
	w.saw(begin, "", w.pairs())

	drained := w.nodes[2]
	drained.admin("drain")
	stopping := time.Now()
	if code := drained.now.Exit(patience); code != 0 {
		t.Errorf("a drained node ended with code %d", code)
	}
	t.Logf("drained after %v", time.Since(stopping))
	for _, m := range w.members {
		if m.node == drained {
			m.Wait(patience, "another bootnode", func(e proc.Event) bool {
				return proc.Registered(e) && e.String("address") != drained.addr()
			})
		}
	}
	time.Sleep(peerGone) // who is lost without the node would be missed by then
	stop()
	w.saw(begin, "", w.pairs())
	w.allEqual(patience)
}
