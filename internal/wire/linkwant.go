package wire

import (
	"encoding/binary"

	"gochat/crypto"
)

// WantSpan asks for a piece of one author's chain.
type WantSpan struct {
	Author crypto.PublicKey
	Chain  uint64
	From   uint64 // first seq, from 1
	Count  uint64 // 1 to MaxWantSpan
}

// MaxWantSpan bounds the records asked for in one span.
const MaxWantSpan = 256

// LinkWant asks for records, by hint or by place in a chain.
type LinkWant struct {
	Hints []Hint     // at most MaxHints
	Spans []WantSpan // at most MaxWantSpans
}

// LinkFrameType is LinkFrameWant.
func (LinkWant) LinkFrameType() LinkFrameType { return LinkFrameWant }

// Append appends the payload.
func (f LinkWant) Append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(f.Hints)))
	b = appendHints(b, f.Hints)
	for _, s := range f.Spans {
		b = append(b, s.Author[:]...)
		b = binary.AppendUvarint(b, s.Chain)
		b = binary.AppendUvarint(b, s.From)
		b = binary.AppendUvarint(b, s.Count-1)
	}
	return b
}

func parseLinkWant(c *cursor) LinkFrame {
	f := LinkWant{Hints: c.hints(int(c.uvarint(MaxHints)))}
	for !c.bad && len(c.b) > 0 {
		var s WantSpan
		copy(s.Author[:], c.take(len(s.Author)))
		s.Chain = c.uvarint(MaxRecordNumber)
		s.From = c.uvarint(MaxRecordNumber)
		s.Count = c.uvarint(MaxWantSpan-1) + 1
		c.bad = c.bad || s.From == 0 || len(f.Spans) == MaxWantSpans
		f.Spans = append(f.Spans, s)
	}
	return f
}
