package wire

// LinkFloor says that the floor told in HELLO has risen.
type LinkFloor struct {
	Floor Clk // the sender keeps nothing older from now on
}

// LinkFrameType is LinkFrameFloor.
func (LinkFloor) LinkFrameType() LinkFrameType { return LinkFrameFloor }

// Append appends the payload.
func (f LinkFloor) Append(b []byte) []byte { return appendClk(b, f.Floor) }

func parseLinkFloor(c *cursor) LinkFrame { return LinkFloor{Floor: c.clk()} }
