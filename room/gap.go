package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// A record whose ancestor is nowhere to be found, because whoever had it lost
// its store, settles after a while all the same, and is marked: a hole must not
// silence what comes after it. It fills when the ancestor turns up.

// showGaps settles what waits for nothing but ancestors that were given up.
func (e *Engine) showGaps(lost wire.RecordID) {
	var ready []*entry
	hole := false
	for _, en := range e.log.waiting[lost] {
		if en.state == pending && e.excused(en) {
			ready = append(ready, en)
		}
		if e.hasGap(en) {
			hole = true
			e.holeFound(en)
		}
	}
	e.settle(ready...)
	if !hole { // the past begins here; a digest brings what others have of it
		e.dropWant(lost.Hint())
	}
}

// excused reports whether all that a pending record waits for was given up.
func (e *Engine) excused(en *entry) bool {
	if e.awaitsBody(en) {
		return false
	}
	for _, id := range en.open.cites {
		if p := e.log.get(id); p != nil && p.state == settled {
			continue
		} else if p != nil || !e.sunk.has(id) && !e.gaveUp(id) {
			return false
		}
	}
	return true
}

// gaveUp reports whether an ancestor was asked for in vain.
func (e *Engine) gaveUp(id wire.RecordID) bool {
	w := e.wants.byHint[id.Hint()]
	return w != nil && w.id == id && w.gaveUp
}

// missed asks for an ancestor that is missing: at once for what was said just
// now; while the past is streaming in, not before it pauses.
func (e *Engine) missed(id wire.RecordID, child *entry) {
	switch {
	case e.log.get(id) != nil || e.sunk.has(id):
	case child.is(repaired):
		e.backfill.missed = append(e.backfill.missed, id)
	default:
		e.wantAncestor(id)
		if prev, _ := child.prev(); child.live && (prev == id || !e.inStep()) {
			e.wants.now(e.now, id) // it is not under way behind this one
		}
	}
}

// inStep reports whether nothing is missing but what was said just now.
func (e *Engine) inStep() bool {
	return e.session == nil && slices.ContainsFunc(e.links, func(l *link) bool { return l.synced })
}

// now makes an ancestor due that was not asked for yet.
func (w *wants) now(now time.Time, id wire.RecordID) {
	if x := w.byHint[id.Hint()]; x != nil && x.tries == 0 {
		x.due = now
		w.wake(now)
	}
}

// sink notes that a record is older than what is kept here: nobody waits for it.
func (e *Engine) sink(id wire.RecordID) {
	e.sunk.add(id)
	e.dropWant(id.Hint())
	e.settle(e.release(id)...)
}

// hasGap reports whether something right before a record is missing that should
// be here. The past begins somewhere: what is missing before the first record
// of a chain, or is cited by history, is no gap.
func (e *Engine) hasGap(en *entry) bool {
	if en.open == nil || en.open.missing == 0 || en.state == early {
		return false
	}
	if id, ok := en.prev(); ok && e.log.get(id) == nil && !e.sunk.has(id) && en.chain.starts(en.seq) {
		return true
	}
	if e.isPast(en) {
		return false
	}
	for _, id := range en.open.cites {
		if e.log.get(id) == nil && !e.sunk.has(id) {
			return true
		}
	}
	return false
}
