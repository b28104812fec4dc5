package room

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"gochat/internal/wire"
)

// compareOrder is the room's order, equal on every member: it extends the
// causal order, because a record's clk exceeds its ancestors'.
func compareOrder(c1 wire.Clk, id1 wire.RecordID, c2 wire.Clk, id2 wire.RecordID) int {
	if c := cmp.Compare(c1, c2); c != 0 {
		return c
	}
	return bytes.Compare(id1[:], id2[:])
}

func compareEntries(a, b *entry) int { return compareOrder(a.clk, a.id, b.clk, b.id) }

// orderKey writes a place in the order as text that sorts alike.
func orderKey(clk wire.Clk, id wire.RecordID) string { return fmt.Sprintf("%012x%s", uint64(clk), id) }

// chunkMax keeps inserting into the past of a large room cheap.
const chunkMax = 512

// index holds entries in the room's order, in sorted chunks.
type index struct {
	chunks [][]*entry
	n      int
}

// find returns the place of the first entry that is not before: chunk and offset.
func (x *index) find(before func(*entry) bool) (int, int) {
	side := func(e *entry, _ struct{}) int {
		if before(e) {
			return -1
		}
		return 1
	}
	c, _ := slices.BinarySearchFunc(x.chunks, struct{}{}, func(ch []*entry, t struct{}) int {
		return side(ch[len(ch)-1], t)
	})
	if c == len(x.chunks) {
		return c, 0
	}
	i, _ := slices.BinarySearchFunc(x.chunks[c], struct{}{}, side)
	return c, i
}

func (x *index) insert(e *entry) {
	x.n++
	if len(x.chunks) == 0 {
		x.chunks = [][]*entry{{e}}
		return
	}
	c, i := x.find(func(o *entry) bool { return compareEntries(o, e) < 0 })
	if c == len(x.chunks) { // behind all: the common case
		c--
		i = len(x.chunks[c])
	}
	ch := slices.Insert(x.chunks[c], i, e)
	x.chunks[c] = ch
	if len(ch) > chunkMax {
		half := len(ch) / 2
		if i == len(ch)-1 { // growing at the end: keep full chunks behind
			half = len(ch) - 1
		}
		x.chunks = slices.Insert(x.chunks, c+1, slices.Clone(ch[half:]))
		x.chunks[c] = slices.Clip(ch[:half:half])
	}
}

func (x *index) remove(e *entry) {
	c, i := x.find(func(o *entry) bool { return compareEntries(o, e) < 0 })
	if c == len(x.chunks) || x.chunks[c][i] != e {
		return
	}
	x.n--
	if x.chunks[c] = slices.Delete(x.chunks[c], i, i+1); len(x.chunks[c]) == 0 {
		x.chunks = slices.Delete(x.chunks, c, c+1)
	}
}

// ascend hands out the entries from a bound on, in order.
func (x *index) ascend(from wire.Bound, yield func(*entry) bool) {
	c, i := x.find(func(o *entry) bool { return o.bound().Compare(from) < 0 })
	for ; c < len(x.chunks); c, i = c+1, 0 {
		for _, e := range x.chunks[c][i:] {
			if !yield(e) {
				return
			}
		}
	}
}

// descend hands out all entries, the last first.
func (x *index) descend(yield func(*entry) bool) {
	for c := len(x.chunks) - 1; c >= 0; c-- {
		for i := len(x.chunks[c]) - 1; i >= 0; i-- {
			if !yield(x.chunks[c][i]) {
				return
			}
		}
	}
}
