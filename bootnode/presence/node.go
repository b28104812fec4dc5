package presence

import (
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	// BeaconInterval is how often a node says that it lives.
	BeaconInterval = 3 * time.Second
	// suspectAfter and goneAfter are the silence after which a node is suspect
	// (two beacons are missing) and after which its members are given up.
	suspectAfter = 6500 * time.Millisecond
	goneAfter    = 11500 * time.Millisecond
	// drownedAfter is that for a node in whose name more is said than can be checked.
	// Each of its own has the chance of any of them to be checked, and of the beacons of
	// this time one is, unless forged ones come by tens of thousands a second.
	drownedAfter = time.Minute
	// remembered is how long the table shows a node that is gone, and its epoch is
	// known, so that what it said then cannot be said again by others.
	remembered = 10 * time.Minute
	// beaconGap is the least time between two beacons.
	beaconGap = 100 * time.Millisecond

	sentKept = 8 // beacons whose echoes are taken
	// rttMost is the longest round trip that is believed.
	rttMost = 10 * time.Second
	// firstSamples is of how many round trips the least counts, before they are smoothed.
	firstSamples = 4
)

// node is another bootnode.
type node struct {
	id      crypto.NodeID
	epoch   uint64
	numbers crypto.ReplayFilter // of its messages in this epoch
	heard   time.Duration       // last
	since   time.Duration       // alive, or gone
	alive   bool
	// unchecked is when a message in its name was dropped last because there were too
	// many to check: it may have been its own.
	unchecked time.Duration
	left      bool          // in this epoch: it has said its last word
	synced    bool          // it was asked about all rooms since it is alive
	askedAt   time.Duration // when it was last; 0: never

	// heldUntil is when what it said in former epochs is given up; 0: nothing.
	heldUntil time.Duration

	beacon   wire.Beacon
	beaconAt time.Duration // 0: none in this epoch
	rtt      time.Duration // 0: not measured
	samples  int           // of rtt, up to firstSamples

	parts    []*part
	members  int // claims of all parts
	checks   budget
	messages budget
	bytes    budget
	answers  budget
}

// held is how much of what the node said is kept.
func (n *node) held() int { return n.members + len(n.parts) }

func (n *node) due() time.Duration {
	if !n.alive {
		return n.since + remembered
	}
	if n.heldUntil != 0 {
		return min(n.heldUntil, n.goneAt())
	}
	return n.goneAt()
}

// goneAt is when its silence is taken for its end.
func (n *node) goneAt() time.Duration {
	// Only as long as more comes than can be checked, and a usual silence from then.
	if n.unchecked > n.heard {
		return n.heard + max(goneAfter, min(drownedAfter, n.unchecked-n.heard+goneAfter))
	}
	return n.heard + goneAfter
}

// node finds who sent an authentic message, or makes room for it; nil: there is
// none.
func (c *Core) node(id crypto.NodeID, epoch uint64) *node {
	n := c.byID[id]
	if n == nil {
		if !c.newcomers.take(c.now, 1, newNodes) || len(c.nodes) >= c.cfg.Limits.Nodes && !c.evict() {
			c.drop(DropNodes)
			return nil
		}
		n = &node{id: id, epoch: epoch}
		c.nodes = append(c.nodes, n)
		c.byID[id] = n
	}
	if n.epoch != epoch {
		n.epoch, n.numbers, n.left, n.synced, n.beaconAt = epoch, crypto.ReplayFilter{}, false, false, 0
		if n.members > 0 {
			n.heldUntil = c.now + c.cfg.Timeout
		}
		c.hello()
	}
	if !n.alive {
		n.alive, n.synced, n.since = true, false, c.now
		c.hello()
	}
	return n
}

// hello says soon that this node lives: somebody new listens.
func (c *Core) hello() { c.beaconDue = min(c.beaconDue, max(c.now, c.beaconLast+beaconGap)) }

// evict makes room for a node in the table: the one that is gone the longest goes.
func (c *Core) evict() bool {
	at := -1
	for i, n := range c.nodes {
		if !n.alive && (at < 0 || n.since < c.nodes[at].since) {
			at = i
		}
	}
	if at >= 0 {
		c.unlist(at)
	}
	return at >= 0
}

func (c *Core) unlist(i int) {
	delete(c.byID, c.nodes[i].id)
	c.nodes = append(c.nodes[:i], c.nodes[i+1:]...)
}

// checkNodes gives up those that are silent, and what was said in former lives.
func (c *Core) checkNodes() {
	for i := len(c.nodes) - 1; i >= 0; i-- {
		n := c.nodes[i]
		if n.alive && n.goneAt() <= c.now {
			c.giveUp(n)
			c.stats.Gone++
		}
		if n.alive && n.heldUntil != 0 && n.heldUntil <= c.now {
			n.heldUntil = 0
			for _, p := range n.parts {
				c.remove(p, func(x *claim) bool { return x.epoch != n.epoch })
			}
		}
		if !n.alive && n.since+remembered <= c.now {
			c.unlist(i)
		}
	}
}

// giveUp forgets the members of a node that is gone.
func (c *Core) giveUp(n *node) {
	n.alive, n.since, n.heldUntil, n.beaconAt, n.rtt, n.samples = false, c.now, 0, 0, 0, 0
	for len(n.parts) > 0 {
		c.forget(n.parts[0])
	}
}

// beacon says that this node lives, if that is due, or that it leaves.
func (c *Core) beacon(leaving bool) {
	if c.now < c.beaconDue {
		return
	}
	c.beaconDue, c.beaconLast = c.now+BeaconInterval, c.now
	about := c.cfg.About()
	sent := uint64(c.now.Microseconds()) + 1 // 0: none
	copy(c.sent[1:], c.sent[:sentKept-1])
	c.sent[0] = sent
	f := wire.Beacon{
		Draining: about.Draining, Leaving: leaving, Sent: sent, Members: uint32(about.Members), Rooms: uint32(about.Rooms),
		Key: c.cfg.Key, Release: sayable(c.cfg.Release, wire.MaxNodeRelease), Advertised: sayable(c.cfg.Advertised, wire.MaxNodeAdvertised),
		Neighbours: about.Neighbours[:min(len(about.Neighbours), wire.MaxNodeNeighbours)],
	}
	// With more nodes than echoes they take turns.
	for range c.nodes {
		n := c.nodes[c.echoFrom%len(c.nodes)]
		c.echoFrom = (c.echoFrom + 1) % len(c.nodes)
		if n.alive && n.beaconAt != 0 {
			f.Echoes = append(f.Echoes, wire.NodeEcho{Node: n.id, Sent: n.beacon.Sent, Delay: uint64((c.now - n.beaconAt).Microseconds())})
		}
		if len(f.Echoes) == wire.MaxNodeEchoes {
			break
		}
	}
	c.say(crypto.RoomSubject{}, wire.NodeBeacon, f.Append(nil))
}

// sayable is a text as a beacon may have it; one that it may not is left out, so
// that others still hear the beacon.
func sayable(s string, most int) string {
	if len(s) > most || strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
		return ""
	}
	return s
}

// hearBeacon takes a beacon of a node.
func (c *Core) hearBeacon(n *node, f *wire.Beacon) {
	if f.Leaving {
		n.left = true
		c.giveUp(n)
		return
	}
	n.beacon, n.beaconAt = *f, max(c.now, 1)
	for _, e := range f.Echoes {
		if e.Node == c.cfg.Self && e.Sent != 0 {
			c.measure(n, e)
		}
	}
	// More often than it can be gone and back is never needed: who begins anew
	// asks by itself.
	if !n.synced && (n.askedAt == 0 || c.now >= n.askedAt+goneAfter) {
		n.synced, n.askedAt = true, max(c.now, 1)
		c.stats.Resyncs++
		if len(c.resync) == 0 {
			c.next = c.now
		}
		for _, r := range c.list {
			if !r.queued { // each has its turn, whoever comes meanwhile
				r.queued = true
				c.resync = append(c.resync, r)
			}
		}
	}
}

// measure takes the round-trip time from an echo of one of the last beacons.
func (c *Core) measure(n *node, e wire.NodeEcho) {
	for _, sent := range c.sent {
		if sent != e.Sent || e.Delay > uint64(BeaconInterval.Microseconds()*sentKept) {
			continue
		}
		rtt := c.now - time.Duration(sent-1+e.Delay)*time.Microsecond
		if rtt = max(rtt, time.Microsecond); rtt > rttMost {
			return
		}
		if n.samples < firstSamples {
			// Those of a node that starts wait for all else that starts with it.
			if n.samples++; n.rtt == 0 || rtt < n.rtt {
				n.rtt = rtt
			}
			return
		}
		n.rtt += (rtt - n.rtt) / 4
		return
	}
}
