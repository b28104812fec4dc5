package wire

// LinkIHave announces records that the sender's store holds.
type LinkIHave struct {
	Hints []Hint // 1 to MaxHints
}

// LinkFrameType is LinkFrameIHave.
func (LinkIHave) LinkFrameType() LinkFrameType { return LinkFrameIHave }

// Append appends the payload.
func (f LinkIHave) Append(b []byte) []byte { return appendHints(b, f.Hints) }

func parseLinkIHave(c *cursor) LinkFrame {
	f := LinkIHave{Hints: c.restHints()}
	c.bad = c.bad || len(f.Hints) == 0
	return f
}
