package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// A record's body is no part of its id. It is dropped, here and everywhere, once
// its author deleted it or its time to live is over; the header stays. A body
// that is missing without such a reason is asked for.

// deletedBy is the delete that took a record's body, or that of what it edits;
// nil if there is none.
func (e *Engine) deletedBy(en *entry) *entry {
	switch en.typ {
	case wire.RecordDelete, wire.RecordProfile, wire.RecordAdmin:
		return nil
	}
	if d := e.deleteOf(en.id, en.chain.author); d != nil || en.typ != wire.RecordEdit {
		return d
	}
	return e.deleteOf(e.targets[en], en.chain.author)
}

// reason reports whether a record's body has to go.
func (e *Engine) reason(en *entry) bool { return en.is(expired) || e.deletedBy(en) != nil }

// awaitsBody reports whether a record has to wait for its body.
func (e *Engine) awaitsBody(en *entry) bool {
	return en.is(bare) && !en.is(bodyLost) && !e.isPast(en) && !e.reason(en)
}

// dropBody drops a held record's body, if there is a reason.
func (e *Engine) dropBody(en *entry) {
	if en.is(bare) || !en.held() || !e.reason(en) {
		return
	}
	en.marks |= bare
	e.cache.drop(en.id)
	e.bodyDrops = append(e.bodyDrops, en)
	e.refresh(en)
}

// strip is a record without its body; the record itself if that has none.
func strip(r *wire.Record) *wire.Record {
	if !r.HasBody {
		return r
	}
	bareCopy := *r
	bareCopy.HasBody, bareCopy.Salt, bareCopy.Body = false, [16]byte{}, nil
	return &bareCopy
}

// bodyWant is a body to be asked for.
type bodyWant struct {
	entry      *entry
	tries      int
	since, due time.Time // due is zero: when a link comes up
}

// awaitBody begins to ask for a missing body.
func (e *Engine) awaitBody(en *entry) {
	if !en.is(bare) || e.reason(en) || slices.ContainsFunc(e.bodyWants, func(w *bodyWant) bool { return w.entry == en }) {
		return
	}
	if len(e.bodyWants) >= maxBodyWants {
		en.marks |= bodyLost
		return
	}
	e.bodyWants = append(e.bodyWants, &bodyWant{entry: en, since: e.now, due: e.now.Add(wantDelay)})
}

// askBodiesAgain makes all missing bodies due: somebody new is there.
func (e *Engine) askBodiesAgain() {
	for _, w := range e.bodyWants {
		w.due, w.tries = e.now.Add(wantDelay), 0
	}
}

func (e *Engine) bodyDeadline() (at time.Time) {
	for _, w := range e.bodyWants {
		if !w.due.IsZero() && (at.IsZero() || w.due.Before(at)) {
			at = w.due
		}
	}
	return at
}

func (e *Engine) dueBodies() {
	if at := e.bodyDeadline(); at.IsZero() || e.now.Before(at) {
		return
	}
	var lost []*entry
	e.bodyWants = slices.DeleteFunc(e.bodyWants, func(w *bodyWant) bool {
		en := w.entry
		if !en.held() || !en.is(bare) || e.reason(en) {
			return true
		}
		if w.due.IsZero() || e.now.Before(w.due) {
			return false
		}
		if w.tries >= len(e.links) && e.now.Sub(w.since) >= giveUpAfter {
			w.due = noTime
			if !en.is(bodyLost) {
				en.marks |= bodyLost
				lost = append(lost, en)
			}
			return false
		}
		w.due = e.now.Add(wantRetry)
		if len(e.links) > 0 {
			to := e.links[w.tries%len(e.links)]
			if len(to.ask.Hints) < wire.MaxHints {
				to.ask.Hints = append(to.ask.Hints, en.id.Hint())
			}
		}
		w.tries++
		return false
	})
	e.settleIfReady(lost...)
}

// settleIfReady settles the pending records among those that wait for nothing
// any more.
func (e *Engine) settleIfReady(all ...*entry) {
	e.settle(slices.DeleteFunc(all, func(en *entry) bool {
		return en.state != pending || !e.ready(en) && !e.excused(en)
	})...)
}

// lacksBody reports whether the body that a push brings is welcome.
func (e *Engine) lacksBody(en *entry, r *wire.Record) bool {
	return en.held() && en.is(bare) && r.HasBody && !e.reason(en)
}

// bodyCame takes the body of a held record, which was committed.
func (e *Engine) bodyCame(en *entry) {
	if !en.held() {
		return
	}
	en.marks &^= bare | bodyLost
	e.cache.drop(en.id)
	if e.dropBody(en); en.is(bare) { // deleted in the meantime
		return
	}
	e.profile(en)
	e.settleIfReady(en)
	e.refresh(en)
	e.targetChanged(en)
}
