package wire

import "encoding/binary"

// LinkHello opens a link, from both sides.
type LinkHello struct {
	Features uint64 // bits of optional abilities; none is defined yet
	Now      Clk    // the sender's clock, Unix milliseconds
	Floor    Clk    // the sender keeps nothing older: reconciliation covers the larger of both floors
}

// LinkFrameType is LinkFrameHello.
func (LinkHello) LinkFrameType() LinkFrameType { return LinkFrameHello }

// Append appends the payload.
func (f LinkHello) Append(b []byte) []byte {
	return appendClk(appendClk(binary.AppendUvarint(b, f.Features), f.Now), f.Floor)
}

func parseLinkHello(c *cursor) LinkFrame {
	return LinkHello{Features: c.uvarint(MaxRecordNumber), Now: c.clk(), Floor: c.clk()}
}
