package wire

import "encoding/binary"

// SetSum is the sum, modulo 2^128, of AES_k(id[:16]) over a set of records,
// with a key k of the link: a plain sum would let a member craft two sets of
// equal sum.
type SetSum [16]byte

// LinkDigest tells the size and sum of all the sender holds above both floors.
type LinkDigest struct {
	Answer bool // if yours differs, tell it
	Count  uint64
	Sum    SetSum
}

// LinkFrameType is LinkFrameDigest.
func (LinkDigest) LinkFrameType() LinkFrameType { return LinkFrameDigest }

// Append appends the payload.
func (f LinkDigest) Append(b []byte) []byte {
	b = appendFlag(b, f.Answer)
	b = binary.AppendUvarint(b, f.Count)
	return append(b, f.Sum[:]...)
}

func parseLinkDigest(c *cursor) LinkFrame {
	f := LinkDigest{Answer: c.flag(), Count: c.uvarint(MaxRecordNumber)}
	copy(f.Sum[:], c.take(len(f.Sum)))
	return f
}
