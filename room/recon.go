package room

import (
	"encoding/binary"
	"math/bits"
	"slices"

	"gochat/internal/wire"
)

// Range-based set reconciliation: compare salted sums of ranges of the order,
// split what differs, list what is small. The answering side keeps no state.

var (
	zeroBound = wire.Bound{}
	endBound  = wire.Bound{Clk: wire.MaxClk}
)

// sum adds up entries under the link's key.
func (l *link) sum(entries []*entry) wire.SetSum {
	var hi, lo uint64
	var b [16]byte
	for _, en := range entries {
		l.block.Encrypt(b[:], en.id[:16])
		var carry uint64
		lo, carry = bits.Add64(lo, binary.BigEndian.Uint64(b[8:]), 0)
		hi, _ = bits.Add64(hi, binary.BigEndian.Uint64(b[:8]), carry)
	}
	var s wire.SetSum
	binary.BigEndian.PutUint64(s[:8], hi)
	binary.BigEndian.PutUint64(s[8:], lo)
	return s
}

// between returns the entries of a range, those below the link's floor left out.
func (e *Engine) between(l *link, from, to wire.Bound) (out []*entry) {
	if floor := (wire.Bound{Clk: l.floor}); from.Compare(floor) < 0 {
		from = floor
	}
	e.log.index.ascend(from, func(en *entry) bool {
		if en.bound().Compare(to) >= 0 {
			return false
		}
		out = append(out, en)
		return true
	})
	return out
}

// ranges builds a RECON.
type ranges struct {
	out  []wire.ReconRange
	size int
	open bool // something is to be compared
}

func (r *ranges) add(x wire.ReconRange) {
	if r.size > reconBytes || len(r.out) == wire.MaxRanges-1 {
		x = wire.ReconRange{End: x.End, Mode: wire.RangeSkip} // the next exchange gets there
	}
	n := len(r.out)
	if x.Mode == wire.RangeSkip && n > 0 && r.out[n-1].Mode == wire.RangeSkip {
		r.out[n-1].End = x.End
		return
	}
	r.open = r.open || x.Mode != wire.RangeSkip
	r.size += 48 + 16*len(x.IDs)
	r.out = append(r.out, x)
}

// describe adds what we hold in a range: a list if it is short, else sums of its parts.
func (r *ranges) describe(l *link, items []*entry, end wire.Bound) {
	if len(items) <= listMax {
		x := wire.ReconRange{End: end, Mode: wire.RangeList}
		for _, en := range items {
			x.IDs = append(x.IDs, en.id.Short())
		}
		slices.SortFunc(x.IDs, func(a, b wire.ShortID) int { return slices.Compare(a[:], b[:]) })
		x.IDs = slices.Compact(x.IDs)
		r.add(x)
		return
	}
	for i := range split {
		part := items[i*len(items)/split : (i+1)*len(items)/split]
		x := wire.ReconRange{End: end, Mode: wire.RangeSum, Count: uint64(len(part)), Sum: l.sum(part)}
		if i < split-1 {
			x.End = boundary(part[len(part)-1], items[(i+1)*len(items)/split])
		}
		r.add(x)
	}
}

// boundary is the shortest bound above a and not above b.
func boundary(a, b *entry) wire.Bound {
	v := wire.Bound{Clk: b.clk}
	if a.clk == b.clk {
		for i := range v.ID {
			v.ID[i] = b.id[i]
			if a.id[i] != b.id[i] {
				break
			}
		}
	}
	return v
}

// compare answers the ranges of a RECON: what can be told from them is pushed
// or asked for at once, the rest is in the returned ranges.
func (e *Engine) compare(l *link, f wire.LinkRecon) (reply ranges) {
	from := f.Start
	for _, x := range f.Ranges {
		if x.Mode == wire.RangeSkip {
			reply.add(wire.ReconRange{End: x.End})
			from = x.End
			continue
		}
		items := e.between(l, from, x.End)
		switch {
		case x.Mode == wire.RangeList:
			e.compareList(l, items, x.IDs)
			reply.add(wire.ReconRange{End: x.End})
		case x.Count == uint64(len(items)) && x.Sum == l.sum(items):
			e.tracker.gotRange(e, l.peer, from, x.End)
			reply.add(wire.ReconRange{End: x.End})
		case x.Count == 0:
			e.compareList(l, items, nil)
			reply.add(wire.ReconRange{End: x.End})
		default:
			reply.describe(l, items, x.End)
		}
		from = x.End
	}
	return reply
}

func (e *Engine) compareList(l *link, items []*entry, theirs []wire.ShortID) {
	has := make(map[wire.ShortID]bool, len(theirs))
	for _, id := range theirs {
		has[id] = true
		l.known.add(id.Hint())
		e.tracker.got(e, l.peer, id.Hint())
		if e.log.short(id) == nil {
			e.wantNow(l, id.Hint())
		}
	}
	for _, en := range items {
		if !has[en.id.Short()] {
			l.repair(en, false)
		}
	}
}

// short finds a record by the id that lists carry.
func (l *log) short(id wire.ShortID) *entry {
	e := l.byHint[id.Hint()]
	for e != nil && e.id.Short() != id {
		e = e.twin
	}
	return e
}
