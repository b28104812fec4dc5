package wire

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// Bound is a place in the order (clk, id): everything at or above it lies
// behind. The zero Bound lies before all records, Bound{Clk: MaxClk} behind all.
type Bound struct {
	Clk Clk
	ID  ShortID // on the wire without its trailing zeros
}

// Compare orders bounds (-1, 0, +1).
func (b Bound) Compare(o Bound) int {
	if c := cmp.Compare(b.Clk, o.Clk); c != 0 {
		return c
	}
	return slices.Compare(b.ID[:], o.ID[:])
}

// RangeMode says what a range of a RECON carries.
type RangeMode byte

// The modes of a range.
const (
	RangeSkip RangeMode = 0 // nothing to compare here
	RangeSum  RangeMode = 1 // count uvarint | sum 16
	RangeList RangeMode = 2 // n uvarint | n × short id 16, strictly ascending: all the sender holds here
)

// ReconRange is one range, from the end of the one before it.
type ReconRange struct {
	End   Bound
	Mode  RangeMode
	Count uint64    // RangeSum
	Sum   SetSum    // RangeSum
	IDs   []ShortID // RangeList
}

// LinkRecon is one half-round of range-based set reconciliation (Meyer, "Range-Based
// Set Reconciliation", arXiv 2212.13567; the shape of negentropy v1): ranges side
// by side from Start. Without ranges it ends the exchange.
type LinkRecon struct {
	Initiator bool // sent by the side that began the exchange
	Start     Bound
	Ranges    []ReconRange // at most MaxRanges
}

// LinkFrameType is LinkFrameRecon.
func (LinkRecon) LinkFrameType() LinkFrameType { return LinkFrameRecon }

// Append appends the payload.
func (f LinkRecon) Append(b []byte) []byte {
	b = appendFlag(b, f.Initiator)
	if len(f.Ranges) == 0 {
		return b
	}
	return appendRanges(b, f.Start, f.Ranges)
}

// appendRanges appends start bound | ranges.
func appendRanges(b []byte, start Bound, ranges []ReconRange) []byte {
	b = appendBound(b, start)
	for i := range ranges {
		b = ranges[i].append(b)
	}
	return b
}

func (r *ReconRange) append(b []byte) []byte {
	b = appendBound(append(b, byte(r.Mode)), r.End)
	switch r.Mode {
	case RangeSum:
		b = binary.AppendUvarint(b, r.Count)
		b = append(b, r.Sum[:]...)
	case RangeList:
		b = binary.AppendUvarint(b, uint64(len(r.IDs)))
		for i := range r.IDs {
			b = append(b, r.IDs[i][:]...)
		}
	}
	return b
}

// appendBound appends clk 6 | n 1 | n bytes of id, the last of them not zero.
func appendBound(b []byte, v Bound) []byte {
	n := len(v.ID)
	for n > 0 && v.ID[n-1] == 0 {
		n--
	}
	b = append(appendClk(b, v.Clk), byte(n))
	return append(b, v.ID[:n]...)
}

func (c *cursor) bound() Bound {
	v := Bound{Clk: c.clk()}
	n := int(c.u8())
	if n > len(v.ID) {
		c.bad = true
		return v
	}
	copy(v.ID[:], c.take(n))
	c.bad = c.bad || n > 0 && v.ID[n-1] == 0
	return v
}

func parseLinkRecon(c *cursor) LinkFrame {
	f := LinkRecon{Initiator: c.flag()}
	if c.bad || len(c.b) == 0 {
		return f
	}
	f.Start, f.Ranges = c.ranges()
	return f
}

// ranges reads start bound | ranges, at least one, to the end of the frame.
func (c *cursor) ranges() (start Bound, out []ReconRange) {
	start = c.bound()
	last := start
	for first := true; !c.bad && (first || len(c.b) > 0); first = false {
		r := parseReconRange(c)
		c.bad = c.bad || r.End.Compare(last) <= 0 || len(out) == MaxRanges
		last = r.End
		out = append(out, r)
	}
	return start, out
}

func parseReconRange(c *cursor) ReconRange {
	r := ReconRange{Mode: RangeMode(c.u8()), End: c.bound()}
	switch r.Mode {
	case RangeSkip:
	case RangeSum:
		r.Count = c.uvarint(MaxRecordNumber)
		copy(r.Sum[:], c.take(len(r.Sum)))
	case RangeList:
		n := int(c.uvarint(MaxRangeIDs))
		for i := range n {
			var id ShortID
			copy(id[:], c.take(len(id)))
			if c.bad || i > 0 && slices.Compare(r.IDs[i-1][:], id[:]) >= 0 {
				c.bad = true
				break
			}
			r.IDs = append(r.IDs, id)
		}
	default:
		c.bad = true
	}
	return r
}
