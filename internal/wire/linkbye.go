package wire

// LinkBye says that the sender leaves the room; everything it had to say came before.
type LinkBye struct{}

// LinkFrameType is LinkFrameBye.
func (LinkBye) LinkFrameType() LinkFrameType { return LinkFrameBye }

// Append appends nothing: the payload is empty.
func (LinkBye) Append(b []byte) []byte { return b }
