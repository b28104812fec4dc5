package wire

// The frames by which two members of a large room settle whether their link
// stays (HyParView's NEIGHBOR and DISCONNECT: Leitão et al., 2007).

// NeighbourPriority says how much its sender needs a link.
type NeighbourPriority byte

// The priorities of a NEIGHBOUR. Until one is sent, a link counts as PriorityLow.
const (
	PriorityNone NeighbourPriority = 0 // not at all: close it unless you need it
	PriorityLow  NeighbourPriority = 1 // the sender chose it, and has others
	PriorityHigh NeighbourPriority = 2 // the sender has hardly another
)

// LinkNeighbour tells how much the sender needs the link from now on.
type LinkNeighbour struct {
	Priority NeighbourPriority
}

// LinkFrameType is LinkFrameNeighbour.
func (LinkNeighbour) LinkFrameType() LinkFrameType { return LinkFrameNeighbour }

// Append appends the payload.
func (f LinkNeighbour) Append(b []byte) []byte { return append(b, byte(f.Priority)) }

func parseLinkNeighbour(c *cursor) LinkFrame {
	f := LinkNeighbour{Priority: NeighbourPriority(c.u8())}
	c.bad = c.bad || f.Priority > PriorityHigh
	return f
}

// LinkDisconnect asks the receiver to close the link, since the sender has
// enough without it. The sender remains in the room.
type LinkDisconnect struct{}

// LinkFrameType is LinkFrameDisconnect.
func (LinkDisconnect) LinkFrameType() LinkFrameType { return LinkFrameDisconnect }

// Append appends nothing: the payload is empty.
func (LinkDisconnect) Append(b []byte) []byte { return b }
