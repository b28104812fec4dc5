package presence

// DropReason says why a message had no effect.
type DropReason int

// The reasons to drop a message.
const (
	DropMalformed DropReason = iota // no message
	DropSeal                        // not signed by the node it names
	DropOld                         // came before, or from a former life of its node
	DropRate                        // more than a node may say
	DropRoom                        // about a room that has no own members
	DropNodes                       // of a node for which there is no place
	DropTwin                        // of a node that has this node's key
	DropReasons                     // their number
)

var dropNames = [DropReasons]string{"malformed", "seal", "old", "rate", "room", "nodes", "twin"}

// String is the reason as it stands in logs and metrics.
func (r DropReason) String() string {
	if r < 0 || r >= DropReasons {
		return "unknown_reason"
	}
	return dropNames[r]
}

// Stats is what a core has counted. Nodes, Members and Rooms are present
// numbers: nodes that are alive, sessions at other nodes, rooms that have own
// members.
type Stats struct {
	Nodes, Members, Rooms int

	Sent, Received uint64 // messages
	Asked          uint64 // of the sent: who is there?
	Gone           uint64 // nodes that fell silent
	Resyncs        uint64 // nodes heard for the first time, or again
	Refused        uint64 // foreign members for whom there was no place
	Drops          [DropReasons]uint64
}

// Stats returns the counts so far.
func (c *Core) Stats() Stats {
	s := c.stats
	s.Members, s.Rooms = c.members, len(c.rooms)
	for _, n := range c.nodes {
		if n.alive {
			s.Nodes++
		}
	}
	return s
}

// Dropped is how many messages were dropped for a reason.
func (c *Core) Dropped(r DropReason) uint64 { return c.stats.Drops[r] }

func (c *Core) drop(r DropReason) { c.stats.Drops[r]++ }
