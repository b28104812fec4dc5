package room

import "time"

// Records from the future wait in a pool: nobody's parents, in no digest,
// moving nobody's clock, until they are due. They are never refused for good,
// else members' sets would differ for ever.

func (e *Engine) holdEarly(en *entry) {
	a := en.chain.author
	if a.early >= maxEarlyAuthor || len(e.log.early) >= maxEarly {
		e.remove(en)
		return
	}
	en.state = early
	a.early++
	e.log.early = insertOrdered(e.log.early, en)
	e.dropBody(en)
	// What it keeps from being dropped must not depend on what came first.
	for _, id := range en.open.cites {
		e.missed(id, en)
	}
	e.showEarly(a)
}

// showEarly delivers what an author with a fast clock says on its own link:
// whoever talks to somebody should not wait for hours.
func (e *Engine) showEarly(a *author) {
	for again := true; again; {
		again = false
		for _, en := range e.log.early {
			if en.chain.author == a && en.live && !en.shown && e.showable(en) {
				e.deliver(en)
				again = true
			}
		}
	}
}

// showable reports whether all that an early record cites was shown or given up.
func (e *Engine) showable(en *entry) bool {
	for _, id := range en.open.cites {
		if p := e.log.get(id); p != nil && !p.shown || p == nil && !e.sunk.has(id) && !e.gaveUp(id) {
			return false
		}
	}
	return !en.is(void | bare)
}

func (e *Engine) earlyDeadline() time.Time {
	if len(e.log.early) == 0 {
		return time.Time{}
	}
	return timeOf(e.log.early[0].clk).Add(-maxAhead - e.offset)
}

func (e *Engine) dueEarly() {
	for len(e.log.early) > 0 && !e.isEarly(e.log.early[0].clk) {
		en := e.log.early[0]
		e.log.early = e.log.early[1:]
		en.chain.author.early--
		e.place(en)
	}
}
