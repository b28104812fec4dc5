package wire

// LinkSame compares what two members hold without changing it. The asking side
// describes ranges; the answer describes, range by range, what the other holds
// where that differs, and skips what is equal.
type LinkSame struct {
	Answer bool
	Start  Bound
	Ranges []ReconRange // 1 to MaxRanges, side by side from Start
}

// LinkFrameType is LinkFrameSame.
func (LinkSame) LinkFrameType() LinkFrameType { return LinkFrameSame }

// Append appends the payload.
func (f LinkSame) Append(b []byte) []byte {
	return appendRanges(appendFlag(b, f.Answer), f.Start, f.Ranges)
}

func parseLinkSame(c *cursor) LinkFrame {
	f := LinkSame{Answer: c.flag()}
	f.Start, f.Ranges = c.ranges()
	return f
}
