package room

import (
	"cmp"
	"slices"

	"gochat/internal/wire"
)

// replay puts the store's records, which were checked before they were stored,
// back in place. It sees their headers only, in order, and keeps little of each:
// there may be a million.
type replay struct {
	*Engine
	unshown map[wire.RecordID]bool
	cites   []wire.RecordID
	block   []entry // entries are made by the block
}

// replayBlock entries share one allocation.
const replayBlock = 512

func (e *Engine) replay() error {
	r := replay{Engine: e, unshown: make(map[wire.RecordID]bool)}
	err := e.cfg.Store.EachUnshown(e.horizon, func(id wire.RecordID) error {
		r.unshown[id] = true
		return nil
	})
	if err == nil {
		err = e.cfg.Store.Headers(func(id wire.RecordID, h *wire.Record, body bool) error {
			r.take(id, h, body)
			return nil
		})
	}
	if err != nil {
		return err
	}
	r.finish()
	return nil
}

func (r *replay) take(id wire.RecordID, h *wire.Record, body bool) {
	if h.Clk < r.floor {
		r.stale = true // DropBefore did not come to its end
		return
	}
	en := r.entry(id, h)
	if !body && h.BodyLen > 0 {
		en.marks |= bare
	}
	if en.chain.add(en) && (en.chain.forked == 0 || en.seq < en.chain.forked) {
		en.chain.forked, en.chain.told = en.seq, true
	}
	r.cites = appendCites(r.cites[:0], h)
	missing := r.refer(en)
	en.shown = !r.unshown[id]
	if r.isEarly(en.clk) && !r.isOwn(en) {
		en.state, en.open = early, &open{cites: slices.Clone(r.cites), missing: missing}
		en.chain.author.early++
		r.log.early = append(r.log.early, en)
		return
	}
	r.log.index.insert(en)
	r.tally(en)
	if target, ok := r.targets[en]; ok {
		r.notes.add(noteKey{target, en.chain.author}, en)
	}
	switch {
	case missing == 0 && !(en.is(bare) && !en.shown):
		en.state = settled
	case en.shown:
		en.state, en.open = settled, &open{cites: slices.Clone(r.cites), missing: missing}
	default: // it waited when the store was closed
		en.state, en.open = pending, &open{cites: slices.Clone(r.cites), missing: missing}
		en.chain.author.pending++
		r.log.pending++
	}
	if en.state == settled {
		r.settleQuietly(en)
	}
}

func (r *replay) entry(id wire.RecordID, h *wire.Record) *entry {
	if len(r.block) == 0 {
		r.block = make([]entry, replayBlock)
	}
	en := &r.block[0]
	r.block = r.block[1:]
	en.id, en.seq, en.clk, en.typ = id, h.Seq, h.Clk, h.Type
	r.log.enter(en, chainKey{h.Author, h.Chain})
	r.remember(en, h)
	return en
}

// refer counts what a record cites and notes what of it is missing. Citations
// lead down in the order, so what is here was here before.
func (r *replay) refer(en *entry) (missing int) {
	for i, id := range r.cites {
		p := r.log.get(id)
		if p == nil || p.state != settled {
			missing++
			r.log.waiting[id] = append(r.log.waiting[id], en)
		}
		if p == nil {
			continue
		}
		p.refs++
		if p.chain == r.own {
			en.seen = max(en.seen, uint32(p.seq))
		}
		en.seen = max(en.seen, p.seen)
		if p.clk >= en.clk || i == 0 && en.seq > 1 && (p.chain != en.chain || p.seq != en.seq-1) {
			en.marks |= void
		}
	}
	return missing
}

// tally counts a record against its author's pace, without a look at the limits.
func (r *replay) tally(en *entry) {
	a := en.chain.author
	if key := windowOf(paceDay, en.clk); a.recent == nil || a.recentKey != key {
		a.recentKey, a.recent = key, a.window(key)
	}
	a.recent.n++
}

func (r *replay) settleQuietly(en *entry) {
	for _, id := range r.cites {
		if p := r.log.get(id); p != nil {
			p.marks |= cited
		}
	}
	r.profile(en)
}

// finish does what needs the whole set, and what was under way when the store
// was closed.
func (r *replay) finish() {
	e := r.Engine
	var undelivered []*entry
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		if en.state == settled && !en.is(cited|void) {
			e.log.heads = append(e.log.heads, en)
		}
		if en.state == settled && !en.shown || en.state == pending && en.open.missing == 0 {
			undelivered = append(undelivered, en)
		}
		if en.is(bare) && !e.reason(en) {
			if en.state == settled {
				en.marks |= bodyLost
			}
			e.awaitBody(en)
		}
		e.dropBody(en)
		return true
	})
	e.undelivered = undelivered
	e.pruneAll()
	if e.own.forked != 0 {
		e.changeChain()
	}
	for _, en := range e.waitingFor(func(en *entry) bool { return true }) {
		for _, id := range en.open.cites {
			e.missed(id, en)
		}
	}
	e.out = nil // nothing of it is new
}

// deliverStored delivers what was stored and settled, but not shown before the
// restart.
func (e *Engine) deliverStored() {
	for _, en := range e.undelivered {
		if en.state == settled {
			e.show(en)
		} else {
			e.settleIfReady(en)
		}
	}
	e.undelivered = nil
	if e.stale {
		e.stale = false
		e.act(Trim{Before: e.floor})
	}
}

// pruneAll drops what a crash between two commits left over.
func (e *Engine) pruneAll() {
	var chains []*chain
	var busy []windowKey
	authors := make(map[windowKey][]*author)
	for _, c := range e.log.chains {
		if c.forked != 0 {
			chains = append(chains, c)
		}
	}
	for _, a := range e.log.authors {
		for key, w := range a.windows {
			if w.n > paceShortCount {
				busy = append(busy, key)
				authors[key] = append(authors[key], a)
			}
		}
	}
	slices.SortFunc(chains, func(a, b *chain) int {
		return cmp.Or(a.key.author.Compare(b.key.author), cmp.Compare(a.key.number, b.key.number))
	})
	for _, c := range chains {
		e.trimFork(c, c.forked, c.line.last().seq)
	}
	slices.SortFunc(busy, func(a, b windowKey) int { return cmp.Compare(a.number, b.number) })
	for _, day := range slices.Compact(busy) {
		for _, a := range authors[day] {
			e.enforceDay(a, day)
		}
	}
}

// enforceDay looks through a busy day of an author, minute by minute.
func (e *Engine) enforceDay(a *author, day windowKey) {
	var over []windowKey
	e.window(day, func(en *entry) bool {
		if en.chain.author == a {
			key := windowOf(paceMinute, en.clk)
			if a.windows[key] == nil {
				a.windows[key] = &paceWindow{}
			}
			if a.windows[key].n++; a.windows[key].n == paceShortCount+1 {
				over = append(over, key)
			}
		}
		return true
	})
	for _, key := range append(over, day) {
		e.enforce(a, key)
	}
}
