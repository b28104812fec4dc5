package presence

import (
	"time"

	"gochat/crypto"
)

// State is how a node is.
type State string

// The states of a node.
const (
	Alive    State = "alive"
	Suspect  State = "suspect" // silent for longer than it should be
	Gone     State = "gone"    // silent for so long that its members were given up
	Draining State = "draining"
)

// Info is what is known of another node. What comes from the node itself is
// its word alone.
type Info struct {
	Node       crypto.NodeID
	State      State
	Since      time.Time // it is alive, or gone
	Hops       int       // links on the shortest way to it; 0: not known
	RTT        time.Duration
	Members    int // its own, by its word
	Rooms      int
	Foreign    int    // of its members those that are in rooms of this node
	Release    string // printable ASCII, as is Advertised
	Advertised string // HOST:PORT for members; empty: not told
	Key        crypto.RunPublic
}

// Nodes lists the other nodes in the order of their appearance.
func (c *Core) Nodes(now time.Time) []Info {
	at := now.Sub(c.start)
	hops := c.hops()
	list := make([]Info, 0, len(c.nodes))
	for _, n := range c.nodes {
		i := Info{
			Node: n.id, State: Alive, Since: c.start.Add(n.since), Hops: hops[n.id], RTT: n.rtt, Foreign: n.members,
			Members: int(n.beacon.Members), Rooms: int(n.beacon.Rooms),
			Release: n.beacon.Release, Advertised: n.beacon.Advertised, Key: n.beacon.Key,
		}
		switch {
		case !n.alive:
			i.State, i.Hops, i.Members, i.Rooms = Gone, 0, 0, 0
		case at-n.heard > suspectAfter:
			i.State = Suspect
		case n.beacon.Draining:
			i.State = Draining
		}
		list = append(list, i)
	}
	return list
}

// Key is the bootnode key of a node that is alive and has said it.
func (c *Core) Key(id crypto.NodeID) (key crypto.RunPublic, ok bool) {
	n := c.byID[id]
	if n == nil || !n.alive || n.beaconAt == 0 {
		return key, false
	}
	return n.beacon.Key, true
}

// hops are the lengths of the shortest ways to nodes, by the neighbours they
// tell of.
func (c *Core) hops() map[crypto.NodeID]int {
	hops := map[crypto.NodeID]int{c.cfg.Self: 0}
	front := c.cfg.About().Neighbours
	for far := 1; len(front) > 0; far++ {
		var next []crypto.NodeID
		for _, id := range front {
			if _, known := hops[id]; known {
				continue
			}
			hops[id] = far
			if n := c.byID[id]; n != nil && n.alive {
				next = append(next, n.beacon.Neighbours...)
			}
		}
		front = next
	}
	return hops
}
