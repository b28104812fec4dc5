package room

import (
	"slices"

	"gochat/internal/wire"
)

// incoming is a verified record on its way into the store.
type incoming struct {
	entry  *entry
	record *wire.Record
	from   []LinkID // to be acknowledged; the first brought it
	ref    uint64   // of the Append, if it is one's own
	own    bool
	body   bool       // only the body is new
	file   *importing // that brought it; nil: none
}

// pushed takes a record from a link.
func (e *Engine) pushed(l *link, push wire.LinkPush) {
	if !l.admit(e.now, len(push.Record)) {
		e.closeLink(l, Flooded)
		return
	}
	r, err := wire.ParseRecord(push.Record)
	if err != nil {
		e.strike(l)
		return
	}
	id := r.ID()
	defer l.known.add(id.Hint()) // once the link has its credit for telling first
	e.tracker.got(e, l.peer, id.Hint())
	l.pushedAt, l.broken = e.now, max(0, l.broken-1)
	e.sessionProgress(l, len(push.Record))
	repair := push.Flags&wire.PushRepair != 0
	if en := e.log.get(id); en != nil {
		e.heardAgain(l, en, push)
		switch {
		case en.state == committing:
			e.alsoFrom(en, l)
		case e.lacksBody(en, r):
			e.pushedBody(l, en, r)
		default:
			l.answer(id, true)
		}
		return
	}
	if r.Clk < e.floor {
		e.sink(id)
		l.answer(id, false)
		return
	}
	if !e.acceptable(id, r) {
		if w := e.wants.byHint[id.Hint()]; w != nil && !w.ancestor {
			e.dropWant(w.hint)
		}
		l.answer(id, false)
		return
	}
	if err := e.verify(r); err != nil {
		if err == wire.ErrRecordSignature { // the body is no part of the id: only this copy may be bad
			e.refused.add(id)
		}
		l.answer(id, false)
		e.strike(l)
		return
	}
	e.wantCame(l, id.Hint())
	e.heard(l, r, id, push)
	in := e.enqueue(id, r, repair)
	in.from = []LinkID{l.id}
	in.entry.live = l.peer == r.Author
	in.entry.late = l.synced && e.isLate(r.Clk)
	if repair {
		e.repairCame()
	}
	if !in.entry.is(bare) {
		e.cache.put(id, push.Record)
	}
}

// enqueue puts a verified record on its way into the store.
func (e *Engine) enqueue(id wire.RecordID, r *wire.Record, repair bool) *incoming {
	en := e.log.add(id, r)
	e.remember(en, r)
	if repair {
		en.marks |= repaired
	}
	if e.reason(en) {
		r = strip(r)
		en.marks |= bare
	}
	in := &incoming{entry: en, record: r}
	e.queue = append(e.queue, in)
	return in
}

// pushedBody takes the body of a record of which only the header is here.
func (e *Engine) pushedBody(l *link, en *entry, r *wire.Record) {
	if r.VerifyBody() != nil {
		l.answer(en.id, false)
		e.strike(l)
		return
	}
	for _, in := range e.queue {
		if in.entry == en {
			in.from = append(in.from, l.id)
			return
		}
	}
	e.queue = append(e.queue, &incoming{entry: en, record: r, from: []LinkID{l.id}, body: true})
}

// acceptable reports whether a record is worth checking its signature.
func (e *Engine) acceptable(id wire.RecordID, r *wire.Record) bool {
	if !e.cfg.Member(r.Author) || e.refused.has(id) || r.Seq > maxSeq {
		return false
	}
	if a := e.log.authors[r.Author]; a != nil && e.isEarly(r.Clk) {
		return a.early < maxEarlyAuthor
	}
	return !e.crowded(id, r)
}

func (e *Engine) known(id wire.RecordID) bool { return e.log.get(id) != nil }

// alsoFrom notes that another link brought a record that is being stored.
func (e *Engine) alsoFrom(en *entry, l *link) {
	all := e.queue
	if e.batch != nil {
		all = append(slices.Clip(e.batch.in), all...)
	}
	for _, in := range all {
		if in.entry == en {
			in.from = append(in.from, l.id)
			return
		}
	}
}

// strike counts invalid data; three times is enough.
func (e *Engine) strike(l *link) {
	if l.strikes++; l.strikes >= maxStrikes {
		e.closeLink(l, InvalidData)
	}
}

func (e *Engine) closeLink(l *link, why CloseReason) {
	e.act(CloseLink{Link: l.id, Peer: l.peer, Reason: why})
	e.linkDown(l)
	if why != Surplus {
		e.ban(l.peer, why)
	}
}
