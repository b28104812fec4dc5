package room

import (
	"cmp"
	"slices"

	"gochat/internal/wire"
)

// chunkMax keeps inserting into the middle of a large index cheap; with one
// entry more, before it is split, a chunk fills a memory page.
const chunkMax = 511

// chunk is a piece of an index; its stamp changes with its content, so that
// what was computed from it can be kept.
type chunk struct {
	entries []*entry
	stamp   uint64
}

// index holds entries sorted, in chunks. The zero value sorts by the room's
// order; with bySeq, entries of one chain, by (seq, id).
type index struct {
	chunks []*chunk
	n      int
	stamps uint64
	bySeq  bool
}

func (x *index) compare(a, b *entry) int {
	if x.bySeq {
		return cmp.Or(cmp.Compare(a.seq, b.seq), slices.Compare(a.id[:], b.id[:]))
	}
	return compareEntries(a, b)
}

// place is where an entry stands or would stand: a chunk and an offset in it.
type place struct{ chunk, offset int }

// find returns the place of the first entry that is not before.
func (x *index) find(before func(*entry) bool) place {
	side := func(e *entry, _ struct{}) int {
		if before(e) {
			return -1
		}
		return 1
	}
	c, _ := slices.BinarySearchFunc(x.chunks, struct{}{}, func(ch *chunk, t struct{}) int {
		return side(ch.entries[len(ch.entries)-1], t)
	})
	if c == len(x.chunks) {
		return place{c, 0}
	}
	i, _ := slices.BinarySearchFunc(x.chunks[c].entries, struct{}{}, side)
	return place{c, i}
}

func (x *index) touch(ch *chunk) {
	x.stamps++
	ch.stamp = x.stamps
}

func (x *index) insert(e *entry) {
	if len(x.chunks) == 0 {
		x.n = 1
		x.chunks = []*chunk{{entries: []*entry{e}}}
		x.touch(x.chunks[0])
		return
	}
	at := place{len(x.chunks), 0}
	if x.compare(x.last(), e) > 0 { // not behind all, as is the common case
		at = x.find(func(o *entry) bool { return x.compare(o, e) < 0 })
	}
	if at.chunk == len(x.chunks) {
		at.chunk--
		at.offset = len(x.chunks[at.chunk].entries)
	}
	ch := x.chunks[at.chunk]
	ch.insert(at.offset, e)
	x.n++
	x.touch(ch)
	if n := len(ch.entries); n > chunkMax {
		cut := n / 2
		switch at.offset { // growing at an end: leave full chunks behind
		case n - 1:
			cut = n - 1
		case 0:
			cut = 1
		}
		rest := ch.split(cut)
		x.touch(rest)
		x.chunks = slices.Insert(x.chunks, at.chunk+1, rest)
	}
}

// insert grows by doubling, up to what a chunk may hold and no further.
func (ch *chunk) insert(i int, e *entry) {
	if n := len(ch.entries); n == cap(ch.entries) {
		ch.entries = append(make([]*entry, 0, min(max(4, 2*n), chunkMax+1)), ch.entries...)
	}
	ch.entries = slices.Insert(ch.entries, i, e)
}

// split keeps the first entries and returns the rest; the larger part stays
// where it is, if it is the first.
func (ch *chunk) split(n int) *chunk {
	rest := &chunk{entries: slices.Clone(ch.entries[n:])}
	if n < chunkMax/2 {
		ch.entries = slices.Clone(ch.entries[:n])
	} else {
		clear(ch.entries[n:])
		ch.entries = ch.entries[:n]
	}
	return rest
}

func (x *index) remove(e *entry) bool {
	at := x.find(func(o *entry) bool { return x.compare(o, e) < 0 })
	if at.chunk == len(x.chunks) || x.chunks[at.chunk].entries[at.offset] != e {
		return false
	}
	x.n--
	ch := x.chunks[at.chunk]
	x.touch(ch)
	if ch.entries = slices.Delete(ch.entries, at.offset, at.offset+1); len(ch.entries) == 0 {
		x.chunks = slices.Delete(x.chunks, at.chunk, at.chunk+1)
	}
	return true
}

// at returns the place of the first entry at or above a bound.
func (x *index) at(b wire.Bound) place {
	return x.find(func(o *entry) bool { return o.bound().Compare(b) < 0 })
}

// from hands out the entries from a place on, in order.
func (x *index) from(p place, yield func(*entry) bool) {
	for c, i := p.chunk, p.offset; c < len(x.chunks); c, i = c+1, 0 {
		for _, e := range x.chunks[c].entries[i:] {
			if !yield(e) {
				return
			}
		}
	}
}

// before hands out the entries before a place, the last first.
func (x *index) before(p place, yield func(*entry) bool) {
	for c := min(p.chunk, len(x.chunks)-1); c >= 0; c-- {
		all := x.chunks[c].entries
		if c == p.chunk {
			all = all[:p.offset]
		}
		for _, e := range slices.Backward(all) {
			if !yield(e) {
				return
			}
		}
	}
}

// ascend hands out the entries from a bound on, in order.
func (x *index) ascend(from wire.Bound, yield func(*entry) bool) { x.from(x.at(from), yield) }

// descend hands out all entries, the last first.
func (x *index) descend(yield func(*entry) bool) { x.before(place{len(x.chunks), 0}, yield) }

// first and last are the ends; nil if there is nothing.
func (x *index) first() *entry {
	if x.n == 0 {
		return nil
	}
	return x.chunks[0].entries[0]
}

func (x *index) last() *entry {
	if x.n == 0 {
		return nil
	}
	all := x.chunks[len(x.chunks)-1].entries
	return all[len(all)-1]
}

// dropBefore takes everything before a place out, and returns it.
func (x *index) dropBefore(p place) (out []*entry) {
	for _, ch := range x.chunks[:min(p.chunk, len(x.chunks))] {
		out = append(out, ch.entries...)
	}
	x.chunks = slices.Delete(x.chunks, 0, min(p.chunk, len(x.chunks)))
	if p.offset > 0 {
		ch := x.chunks[0]
		out = append(out, ch.entries[:p.offset]...)
		ch.entries = slices.Delete(ch.entries, 0, p.offset)
		x.touch(ch)
	}
	x.n -= len(out)
	return out
}

// get is the entry at a place.
func (x *index) get(p place) *entry { return x.chunks[p.chunk].entries[p.offset] }

// distance counts the entries from one place to another.
func (x *index) distance(p, q place) int {
	n := q.offset - p.offset
	for c := p.chunk; c < q.chunk; c++ {
		n += len(x.chunks[c].entries)
	}
	return n
}

// advance is the place n entries behind another.
func (x *index) advance(p place, n int) place {
	for p.chunk < len(x.chunks) {
		rest := len(x.chunks[p.chunk].entries) - p.offset
		if n < rest {
			return place{p.chunk, p.offset + n}
		}
		n -= rest
		p = place{p.chunk + 1, 0}
	}
	return p
}
