package wire

import "encoding/binary"

// A link carries frames on one reliable, ordered byte stream per room, after
// both sides have proven that they know the room:
//
//	length uvarint | type 1 | payload (length-1 bytes)
//
// One frame or pair of frames per file: linkhello.go, linktree.go, … Frames of unknown type are skipped.
const (
	MaxLinkFrame = 256 << 10 // bytes of type and payload
	MaxHints     = 8192      // hints in one IHAVE, WANT or ACK list
	MaxWantSpans = 64        // chain spans in one WANT
	MaxRanges    = 2048      // ranges in one RECON
	MaxRangeIDs  = 64        // ids listed for one range of a RECON
)

// LinkFrameType is a frame's number. Append only; retired numbers are not reused.
type LinkFrameType byte

// The frames of a link.
const (
	LinkFrameHello      LinkFrameType = 1  // features uvarint | now 6 | floor 6
	LinkFramePush       LinkFrameType = 2  // hop 1 | flags 1 | record
	LinkFrameIHave      LinkFrameType = 3  // n × hint 8
	LinkFrameWant       LinkFrameType = 4  // n uvarint | n × hint 8 | m × (author 32 | chain uvarint | from uvarint | count-1 uvarint)
	LinkFrameDigest     LinkFrameType = 5  // answer 1 | count uvarint | sum 16
	LinkFrameRecon      LinkFrameType = 6  // initiator 1 | [start bound | n × (mode 1 | end bound | content)]
	LinkFrameAck        LinkFrameType = 7  // n uvarint | n × held hint 8 | m × refused hint 8
	LinkFramePrune      LinkFrameType = 8  // empty
	LinkFrameGraft      LinkFrameType = 9  // empty
	LinkFrameBye        LinkFrameType = 10 // empty
	LinkFrameNeighbour  LinkFrameType = 11 // priority 1
	LinkFrameDisconnect LinkFrameType = 12 // empty
	LinkFrameFloor      LinkFrameType = 13 // floor 6
	LinkFrameSame       LinkFrameType = 14 // answer 1 | start bound | n × (mode 1 | end bound | content)
	LinkFrameTyping     LinkFrameType = 15 // empty
	LinkFrameStatus     LinkFrameType = 16 // away 1 | text
)

// LinkFrame is one of the Link… structs.
type LinkFrame interface {
	// LinkFrameType is the frame's number.
	LinkFrameType() LinkFrameType
	// Append appends the payload.
	Append(b []byte) []byte
}

// AppendLinkFrame appends a frame with its length, ready for the stream.
func AppendLinkFrame(b []byte, f LinkFrame) []byte {
	payload := f.Append(nil)
	b = binary.AppendUvarint(b, uint64(len(payload)+1))
	b = append(b, byte(f.LinkFrameType()))
	return append(b, payload...)
}

// ParseLinkFrame reads a frame without its length, as LinkReader returns it.
// It returns nil and no error for a type it does not know. What it returns
// may alias b. The error is ErrFrame.
func ParseLinkFrame(b []byte) (LinkFrame, error) {
	if len(b) == 0 || len(b) > MaxLinkFrame {
		return nil, ErrFrame
	}
	c := &cursor{b: b[1:]}
	var f LinkFrame
	switch LinkFrameType(b[0]) {
	case LinkFrameHello:
		f = parseLinkHello(c)
	case LinkFramePush:
		f = parseLinkPush(c)
	case LinkFrameIHave:
		f = parseLinkIHave(c)
	case LinkFrameWant:
		f = parseLinkWant(c)
	case LinkFrameDigest:
		f = parseLinkDigest(c)
	case LinkFrameRecon:
		f = parseLinkRecon(c)
	case LinkFrameAck:
		f = parseLinkAck(c)
	case LinkFramePrune:
		f = LinkPrune{}
	case LinkFrameGraft:
		f = LinkGraft{}
	case LinkFrameBye:
		f = LinkBye{}
	case LinkFrameNeighbour:
		f = parseLinkNeighbour(c)
	case LinkFrameDisconnect:
		f = LinkDisconnect{}
	case LinkFrameFloor:
		f = parseLinkFloor(c)
	case LinkFrameSame:
		f = parseLinkSame(c)
	case LinkFrameTyping:
		f = LinkTyping{}
	case LinkFrameStatus:
		f = parseLinkStatus(c)
	default:
		return nil, nil
	}
	if !c.done() {
		return nil, ErrFrame
	}
	return f, nil
}

// hints reads n hints.
func (c *cursor) hints(n int) []Hint {
	if n > MaxHints || n > len(c.b)/len(Hint{}) {
		c.bad = true
		return nil
	}
	if n == 0 {
		return nil
	}
	out := make([]Hint, n)
	for i := range out {
		copy(out[i][:], c.take(len(Hint{})))
	}
	return out
}

// restHints reads hints to the end of the frame.
func (c *cursor) restHints() []Hint {
	if len(c.b)%len(Hint{}) != 0 {
		c.bad = true
		return nil
	}
	return c.hints(len(c.b) / len(Hint{}))
}

func appendHints(b []byte, hints []Hint) []byte {
	for i := range hints {
		b = append(b, hints[i][:]...)
	}
	return b
}

// flag reads a byte that is 0 or 1.
func (c *cursor) flag() bool {
	v := c.u8()
	c.bad = c.bad || v > 1
	return v == 1
}

func appendFlag(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}
