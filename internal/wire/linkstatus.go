package wire

// MaxStatus bounds the text of a status, in bytes.
const MaxStatus = 80

// LinkStatus tells whether the sender is at his keyboard. It lasts as long as the
// sender's run, or until the next one, and is stored nowhere.
type LinkStatus struct {
	Away bool
	Text string // why, in his words: at most MaxStatus bytes, raw: the reader cleans it
}

// LinkFrameType is LinkFrameStatus.
func (LinkStatus) LinkFrameType() LinkFrameType { return LinkFrameStatus }

// Append appends the payload. Text beyond MaxStatus is cut.
func (f LinkStatus) Append(b []byte) []byte {
	return append(appendFlag(b, f.Away), f.Text[:min(len(f.Text), MaxStatus)]...)
}

func parseLinkStatus(c *cursor) LinkFrame {
	f := LinkStatus{Away: c.flag()}
	c.bad = c.bad || len(c.b) > MaxStatus
	if !c.bad {
		f.Text = string(c.take(len(c.b)))
	}
	return f
}
