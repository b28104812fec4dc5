package wire

import "encoding/binary"

// LinkAck answers pushes; every PUSH is answered once. What is neither held nor
// refused still counts against the sender's window.
type LinkAck struct {
	Held    []Hint // the sender's store has committed them
	Refused []Hint // the sender will not keep them
}

// LinkFrameType is LinkFrameAck.
func (LinkAck) LinkFrameType() LinkFrameType { return LinkFrameAck }

// Append appends the payload.
func (f LinkAck) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.Held)))
	return appendHints(appendHints(b, f.Held), f.Refused)
}

func parseLinkAck(c *cursor) LinkFrame {
	return LinkAck{Held: c.hints(int(c.uvarint(MaxHints))), Refused: c.restHints()}
}
