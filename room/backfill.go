package room

import (
	"time"

	"gochat/internal/wire"
)

// backfill is what streams in of the past.
type backfill struct {
	last   time.Time       // when something came
	missed []wire.RecordID // ancestors that are not here yet; most of them are under way
	keep   int             // missed is looked through when it is longer

	count    int // history placed in this Step
	from, to *entry
}

// minMissed ancestors are kept before any is looked up again.
const minMissed = 4096

// repairCame notes that a repair is on its way into the set.
func (e *Engine) repairCame() {
	b := &e.backfill
	b.last = e.now
	if len(b.missed) > max(b.keep, minMissed) {
		still := b.missed[:0]
		for _, id := range b.missed {
			if e.isMissed(id) {
				still = append(still, id)
			}
		}
		b.missed, b.keep = still, 2*len(still)
	}
}

func (e *Engine) isMissed(id wire.RecordID) bool {
	return e.log.get(id) == nil && len(e.log.waiting[id]) > 0
}

// missedDeadline is when the stream has paused long enough to ask for what it
// left out; zero if there is nothing to ask for.
func (e *Engine) missedDeadline() time.Time {
	if len(e.backfill.missed) == 0 {
		return noTime
	}
	return e.backfill.last.Add(wantDelay)
}

func (e *Engine) dueMissed() {
	if at := e.missedDeadline(); !at.IsZero() && !e.now.Before(at) {
		e.askMissed()
	}
}

// askMissed asks for the ancestors that the stream did not bring.
func (e *Engine) askMissed() {
	missed := e.backfill.missed
	e.backfill.missed, e.backfill.keep = nil, 0
	for _, id := range missed {
		if e.isMissed(id) {
			e.wantAncestor(id)
			e.wants.now(e.now, id)
		}
	}
}

// show hands a settled record out, once: news as itself, history by number.
func (e *Engine) show(en *entry) {
	switch {
	case en.shown: // early
		e.refresh(en)
	case en.is(void) || e.dropped.has(en.id):
		en.shown = true
	case e.isPast(en):
		en.shown = true
		b := &e.backfill
		b.count++
		if b.from == nil || compareEntries(en, b.from) < 0 {
			b.from = en
		}
		if b.to == nil || compareEntries(en, b.to) > 0 {
			b.to = en
		}
	default:
		e.deliver(en)
	}
}

// flushFilled tells of the history that was placed in this Step.
func (e *Engine) flushFilled() {
	b := &e.backfill
	if b.count == 0 {
		return
	}
	f := Filled{Count: b.count, From: orderKey(b.from.clk, b.from.id), To: orderKey(b.to.clk, b.to.id)}
	if s := e.session; s != nil && s.link.sync.theirs > uint64(e.log.index.n) {
		f.Left = int(min(s.link.sync.theirs-uint64(e.log.index.n), 1<<31-1))
	}
	b.count, b.from, b.to = 0, nil, nil
	e.act(f)
}
