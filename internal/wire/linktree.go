package wire

// The frames that shape the tree along which a large room's records are pushed
// (Leitão et al., "Epidemic Broadcast Trees", 2007). They speak for one
// direction: each member settles who pushes to itself.

// LinkPrune asks for no more pushes of others' records: announce them instead.
type LinkPrune struct{}

// LinkFrameType is LinkFramePrune.
func (LinkPrune) LinkFrameType() LinkFrameType { return LinkFramePrune }

// Append appends nothing: the payload is empty.
func (LinkPrune) Append(b []byte) []byte { return b }

// LinkGraft asks for pushes again.
type LinkGraft struct{}

// LinkFrameType is LinkFrameGraft.
func (LinkGraft) LinkFrameType() LinkFrameType { return LinkFrameGraft }

// Append appends nothing: the payload is empty.
func (LinkGraft) Append(b []byte) []byte { return b }
