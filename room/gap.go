package room

import "gochat/internal/wire"

// A record whose ancestor is nowhere to be found, because whoever had it lost
// its store, is shown after a while all the same, marked: a hole must not
// silence what comes after it. It stays pending, and settles if the ancestor
// turns up.

// showGaps delivers what waits for nothing but ancestors that were given up.
func (e *Engine) showGaps(lost wire.RecordID) {
	for ids := []wire.RecordID{lost}; len(ids) > 0; ids = ids[1:] {
		for _, en := range e.log.waiting[ids[0]] {
			if en.state == pending && !en.shown && e.showable(en) {
				e.deliver(en)
				ids = append(ids, en.id)
			}
		}
	}
}

// showIfGap delivers a pending record that came after its ancestor was given up.
func (e *Engine) showIfGap(en *entry) {
	if !en.shown && e.showable(en) {
		e.deliver(en)
		e.showGaps(en.id)
	}
}

// showable reports whether all that a record cites was shown or given up.
func (e *Engine) showable(en *entry) bool {
	for _, id := range en.cites {
		if p := e.log.get(id); p != nil && p.shown {
			continue
		} else if p != nil {
			return false
		}
		if w := e.wants.byHint[id.Hint()]; w == nil || w.id != id || !w.gaveUp {
			return false
		}
	}
	return true
}
