package wire

// PushFlags say how a pushed record travels.
type PushFlags byte

// The flags of a PUSH.
const (
	PushToAll  PushFlags = 1 << 0 // A: the author pushed it to every member it knows to be present
	PushRepair PushFlags = 1 << 1 // the answer to a WANT or part of a reconciliation, no news
)

// LinkPush carries one record.
type LinkPush struct {
	Hop    uint8 // 1: from the author's own link
	Flags  PushFlags
	Record []byte // a whole record, see ParseRecord
}

// LinkFrameType is LinkFramePush.
func (LinkPush) LinkFrameType() LinkFrameType { return LinkFramePush }

// Append appends the payload.
func (f LinkPush) Append(b []byte) []byte {
	return append(append(b, f.Hop, byte(f.Flags)), f.Record...)
}

func parseLinkPush(c *cursor) LinkFrame {
	f := LinkPush{Hop: c.u8(), Flags: PushFlags(c.u8())}
	f.Record = c.take(len(c.b))
	c.bad = c.bad || f.Hop == 0 || len(f.Record) == 0 || len(f.Record) > MaxRecord
	return f
}
