package nodelab

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"gochat/test/natlab"
)

// Bounds of docs/decisions/027-federation.md.
const (
	peerGone = 17 * time.Second // 15 s of silence, then 2 s of probes
	nodeGone = 12 * time.Second // 9 s without a beacon, and a tick
	slack    = 15 * time.Second // of a busy machine

	leaveWithin  = peerGone + nodeGone + slack
	returnWithin = 45 * time.Second // three beacons, a beat, and the pause between attempts at a link
	sayEvery     = 700 * time.Millisecond
)

// crowd has twenty members in three rooms at three nodes, each room at all of
// them. Those of the third room are relayed, and two others whose network
// carries no UDP.
func crowd(t *testing.T) *world {
	w := newWorld(t, natlab.Public, natlab.Hosts(10), natlab.Loss(0.05), natlab.Delay(5*time.Millisecond))
	w.cluster()
	w.blockUDP("h10")
	for i := range 20 {
		var args []string
		if i%3 == 2 {
			args = append(args, "--relay-only")
		}
		m := w.join(fmt.Sprint("h", i%10+1), fmt.Sprintf("m%02d", i), fmt.Sprint("room", i%3), w.nodes[i/3%3], args...)
		m.relayed = m.relayed || m.host == "h10"
	}
	w.meet()
	return w
}

// Twenty members talk at 5 % loss while one node is cut off from the others,
// and while another one stands still: who has no other way to somebody sees him
// leave and return, once, and nobody else does; nothing is lost.
func TestPartitionAndStop(t *testing.T) {
	if testing.Short() {
		t.Skip("a minute of talk")
	}
	t.Parallel()
	w := crowd(t)
	stop := w.talk(sayEvery)
	relayed, direct := split(w.pairs(), pair.relayed)
	cutOff := w.nodes[2]
	parted, together := split(relayed, func(p pair) bool { return (p.by.node == cutOff) != (p.of.node == cutOff) })

	begin := time.Now()
	cutOff.cut(w.nodes[0], w.nodes[1])
	w.becomes(begin, leaveWithin, "left", parted)
	healed := time.Now()
	cutOff.mend()
	w.becomes(healed, returnWithin, "joined", parted)
	w.returned(healed, parted)

	stopped := w.nodes[1]
	frozen, _ := split(relayed, func(p pair) bool { return p.by.node == stopped || p.of.node == stopped })
	still := time.Now()
	stopped.now.Signal(syscall.SIGSTOP)
	// Nobody tells the members of the stopped node who has left: to them the
	// others are unreachable.
	w.becomes(still, leaveWithin, "left unreachable", frozen)
	time.Sleep(time.Until(still.Add(20 * time.Second)))
	woken := time.Now()
	stopped.now.Signal(syscall.SIGCONT)
	w.becomes(woken, returnWithin, "joined", frozen)
	stop()

	w.saw(begin, "", direct)
	_, always := split(together, func(p pair) bool { return p.by.node == stopped || p.of.node == stopped })
	w.saw(begin, "", always)
	w.allEqual(patience)
}
