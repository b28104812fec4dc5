package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

var noTime time.Time

// noLink is no link's id.
const noLink = LinkID(1<<64 - 1)

// want is a record known of, but not here.
type want struct {
	hint      wire.Hint
	id        wire.RecordID // if ancestor
	ancestor  bool          // something held cites it: anybody may be asked, for as long as that is so
	from      []LinkID      // announced it
	charged   LinkID        // counts against this link's share
	asked     []LinkID      // of those
	tries     int
	since     time.Time // wanted as an ancestor
	gaveUp    bool      // nobody here has the ancestor; it is still asked for, ever more rarely
	triesThen int
	due       time.Time
	dropped   bool
}

// wants are asked for in the order they became known.
type wants struct {
	byHint map[wire.Hint]*want
	list   []*want
	next   time.Time // no want is due before; zero: there is none
}

func (w *wants) deadline() time.Time { return w.next }

func (w *wants) add(x *want) {
	w.byHint[x.hint] = x
	w.list = append(w.list, x)
	w.wake(x.due)
}

func (w *wants) wake(t time.Time) {
	if w.next.IsZero() || t.Before(w.next) {
		w.next = t
	}
}

// dropWant forgets a want: the record is here, or nobody needs it.
func (e *Engine) dropWant(h wire.Hint) {
	x := e.wants.byHint[h]
	if x == nil {
		return
	}
	x.dropped = true
	delete(e.wants.byHint, h)
	if l := e.link(x.charged); l != nil {
		l.wanted--
	}
}

// wantCame notes that a record is here: who announced it and was asked before
// the link that brought it has broken its word, so far.
func (e *Engine) wantCame(from *link, h wire.Hint) {
	if w := e.wants.byHint[h]; w != nil {
		e.brokeWord(w, from.id)
		e.dropWant(h)
	}
}

// brokeWord counts an announcement against those that were asked in vain: they
// are asked last from now on. Who brings nothing at all is no slow link.
func (e *Engine) brokeWord(w *want, but LinkID) {
	for _, id := range w.asked {
		l := e.link(id)
		if l == nil || id == but {
			continue
		}
		if l.broken = min(l.broken+1, maxBroken); l.broken == maxBroken && e.now.Sub(l.pushedAt) >= slowPush {
			l.broken = 0
			e.strike(l)
		}
	}
}

// hurry makes everything due that was asked for before: the links changed.
func (w *wants) hurry(now time.Time) {
	for _, x := range w.list {
		if x.tries > 0 && x.due.After(now) {
			x.due = now
		}
		w.wake(x.due)
	}
}

func (e *Engine) wantAnnounced(l *link, h wire.Hint) {
	w := e.wants.byHint[h]
	if w == nil {
		if l.wanted >= maxWantsLink || len(e.wants.byHint) >= maxWants {
			return // a digest will find it
		}
		l.wanted++
		w = &want{hint: h, charged: l.id, due: e.now.Add(wantDelay)}
		e.wants.add(w)
	}
	if len(w.from) < maxAnnouncers && !slices.Contains(w.from, l.id) {
		w.from = append(w.from, l.id)
	}
}

// wantNow asks a link that has just listed a record for it.
func (e *Engine) wantNow(l *link, h wire.Hint) {
	if e.wants.byHint[h] == nil {
		e.wantAnnounced(l, h)
	}
	if w := e.wants.byHint[h]; w != nil && w.tries == 0 {
		w.tries, w.due = 1, e.now.Add(sessionTimeout) // it may stand in a long queue
		w.asked = append(w.asked, l.id)
		l.ask.Hints = append(l.ask.Hints, h)
	}
}

// wantAncestor asks for what a held record cites. A little later: mostly it is
// under way already.
func (e *Engine) wantAncestor(id wire.RecordID) {
	if e.log.get(id) != nil {
		return
	}
	w := e.wants.byHint[id.Hint()]
	if w == nil {
		w = &want{hint: id.Hint(), charged: noLink, due: e.now.Add(wantDelay)}
		e.wants.add(w)
	}
	if !w.ancestor {
		w.id, w.ancestor, w.since = id, true, e.now
	}
}

func (e *Engine) dueWants() {
	w := &e.wants
	if w.next.IsZero() || e.now.Before(w.next) {
		return
	}
	w.next = noTime
	keep := w.list[:0]
	for _, x := range w.list {
		if !x.dropped && !x.due.After(e.now) {
			e.askFor(x)
		}
		if !x.dropped {
			keep = append(keep, x)
			w.wake(x.due)
		}
	}
	clear(w.list[len(keep):])
	w.list = keep
}

// askFor asks the next who may have it, or gives up what nobody needs.
func (e *Engine) askFor(w *want) {
	w.from = slices.DeleteFunc(w.from, func(id LinkID) bool { return e.link(id) == nil })
	if w.ancestor && len(e.log.waiting[w.id]) == 0 {
		w.ancestor = false
	}
	to := e.announcer(w)
	switch {
	case to != nil:
		w.asked = append(w.asked, to.id)
		e.graft(to) // it would have been pushed along the tree
	case !w.ancestor:
		e.brokeWord(w, noLink)
		e.dropWant(w.hint)
		return
	case len(e.links) > 0:
		to = e.links[w.tries%len(e.links)]
	}
	w.tries++
	pause := wantRetry
	switch {
	case w.gaveUp:
		pause = min(giveUpAfter<<min(w.tries-w.triesThen, 10), wantRetryMax)
	case w.ancestor && w.tries > min(len(e.links), giveUpTries) && e.now.Sub(w.since) >= giveUpAfter:
		w.gaveUp, w.triesThen = true, w.tries
		e.showGaps(w.id)
	}
	w.due = e.now.Add(pause)
	if to == nil {
		return
	}
	if s, ok := e.gap(w); ok && len(to.ask.Spans) < wire.MaxWantSpans {
		to.ask.Spans = append(to.ask.Spans, s)
	} else if len(to.ask.Hints) < wire.MaxHints {
		to.ask.Hints = append(to.ask.Hints, w.hint)
	}
}

// announcer is whom to ask next: of those asked least often the one that kept
// its word best; nil if all were asked twice.
func (e *Engine) announcer(w *want) (best *link) {
	least := 2
	for _, id := range w.from {
		l, n := e.link(id), 0
		for _, a := range w.asked {
			if a == id {
				n++
			}
		}
		if n < least || n == least && best != nil && l.broken < best.broken {
			best, least = l, n
		}
	}
	return best
}

// gap is the piece of a chain that is missing before a wanted record, if that
// is more than itself: asking backwards one by one would take a round trip each.
func (e *Engine) gap(w *want) (wire.WantSpan, bool) {
	if !w.ancestor {
		return wire.WantSpan{}, false
	}
	child := e.log.waiting[w.id][0]
	prev, ok := child.prev()
	from := child.chain.above(child.seq, gapReach)
	if !ok || prev != w.id || from+1 >= child.seq {
		return wire.WantSpan{}, false
	}
	return wire.WantSpan{
		Author: child.chain.key.author, Chain: child.chain.key.number,
		From: from, Count: min(child.seq-from, wire.MaxWantSpan),
	}, true
}
