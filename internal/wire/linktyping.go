package wire

// LinkTyping says that the sender's user is writing at the moment. It counts for
// a few seconds and is neither stored nor passed on.
type LinkTyping struct{}

// LinkFrameType is LinkFrameTyping.
func (LinkTyping) LinkFrameType() LinkFrameType { return LinkFrameTyping }

// Append appends nothing: the payload is empty.
func (LinkTyping) Append(b []byte) []byte { return b }
