package room

import (
	"slices"

	"gochat/internal/wire"
)

// Range-based set reconciliation: compare salted sums of ranges of the order,
// split what differs, list what is small. The answering side keeps no state.

var (
	zeroBound = wire.Bound{}
	endBound  = wire.Bound{Clk: wire.MaxClk}
)

// piece is a range of the index, by bounds and by places.
type piece struct {
	from, to   wire.Bound
	start, end place
	n          int
}

// piece finds what we hold in a range; what lies below a floor is nobody's
// business.
func (e *Engine) piece(l *link, from, to wire.Bound) piece {
	if floor := (wire.Bound{Clk: max(e.floor, l.floor)}); from.Compare(floor) < 0 {
		from = floor
	}
	if to.Compare(from) < 0 {
		to = from
	}
	x := &e.log.index
	p := piece{from: from, to: to, start: x.at(from), end: x.at(to)}
	p.n = x.distance(p.start, p.end)
	return p
}

// entries lists a piece; for small ones.
func (e *Engine) entries(p piece) []*entry {
	out := make([]*entry, 0, p.n)
	e.log.index.from(p.start, func(en *entry) bool {
		if len(out) == p.n {
			return false
		}
		out = append(out, en)
		return true
	})
	return out
}

// ranges builds a list of ranges.
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

func (r *ranges) skip(to wire.Bound) { r.add(wire.ReconRange{End: to}) }

// describe adds what we hold in a range: a list if it is short, else sums of its parts.
func (r *ranges) describe(e *Engine, l *link, p piece) {
	if p.n <= listMax {
		r.add(wire.ReconRange{End: p.to, Mode: wire.RangeList, IDs: shortIDs(e.entries(p))})
		return
	}
	x := &e.log.index
	from := p.start
	for i := range split {
		n := (i+1)*p.n/split - i*p.n/split
		to := x.advance(from, n)
		part := wire.ReconRange{End: p.to, Mode: wire.RangeSum, Count: uint64(n), Sum: l.sums.of(l, x, from, to)}
		if i < split-1 {
			part.End = boundary(x.get(x.advance(from, n-1)), x.get(to))
		}
		r.add(part)
		from = to
	}
}

// shortIDs lists the ids of entries as ranges carry them.
func shortIDs(entries []*entry) []wire.ShortID {
	var ids []wire.ShortID
	for _, en := range entries {
		ids = append(ids, en.id.Short())
	}
	slices.SortFunc(ids, func(a, b wire.ShortID) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(ids)
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
			reply.skip(x.End)
			from = x.End
			continue
		}
		p := e.piece(l, from, x.End)
		switch {
		case x.Mode == wire.RangeList:
			e.compareList(l, p, x.IDs)
			reply.skip(x.End)
		case x.Count == uint64(p.n) && x.Sum == l.sum(e, p):
			e.tracker.gotRange(e, l.peer, from, x.End)
			reply.skip(x.End)
		case x.Count == 0:
			e.compareList(l, p, nil)
			reply.skip(x.End)
		default:
			reply.describe(e, l, p)
		}
		from = x.End
	}
	return reply
}

// compareList asks for what the peer lists and we lack, and queues what we have
// and it does not list.
func (e *Engine) compareList(l *link, p piece, theirs []wire.ShortID) {
	has := make(map[wire.ShortID]bool, len(theirs))
	for _, id := range theirs {
		has[id] = true
		l.known.add(id.Hint())
		e.tracker.got(e, l.peer, id.Hint())
		if e.log.short(id) == nil {
			e.wantNow(l, id.Hint())
		}
	}
	if p.n > streamMin {
		l.supply.stretch(p.from, p.to)
		return
	}
	for _, en := range e.entries(p) {
		if !has[en.id.Short()] {
			l.repair(en, false)
		}
	}
}
