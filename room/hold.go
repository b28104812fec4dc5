package room

import (
	"slices"

	"gochat/internal/wire"
)

// hold takes a committed record into the set. Afterwards its state tells what
// became of it; gone, if it has no place.
func (e *Engine) hold(en *entry) {
	c := en.chain
	forked := len(c.at(en.seq)) > 0
	c.add(en)
	if forked {
		e.forkSeen(c, en.seq)
	}
	en.refs = len(e.log.waiting[en.id]) // after the fork's pruning
	if c.forked > 0 && e.surplus(en) {
		e.remove(en)
		return
	}
	if e.isEarly(en.clk) && !e.isOwn(en) {
		e.holdEarly(en)
		return
	}
	e.cite(en)
	e.place(en)
	if forked {
		e.pruneAt(c, en.seq)
	}
}

// cite counts what en refers to and notes what of it is missing.
func (e *Engine) cite(en *entry) {
	for _, id := range en.cites {
		p := e.log.get(id)
		if p != nil && p.held() {
			p.refs++
		}
		if p == nil || p.state != settled {
			en.missing++
			e.log.waiting[id] = append(e.log.waiting[id], en)
		}
	}
}

// place puts a record that is due into the index, and settles it if it can be.
func (e *Engine) place(en *entry) {
	a := en.chain.author
	a.pending++
	e.log.pending++
	en.state = pending
	e.log.index.insert(en)
	e.indexChanged()
	switch {
	case en.missing == 0:
		e.settle(en)
	case a.pending > maxPendingAuthor || e.log.pending > maxPending:
		e.remove(en)
	default:
		for _, id := range en.cites {
			e.wantAncestor(id)
		}
		e.showIfGap(en)
	}
}

func (e *Engine) indexChanged() {
	for _, l := range e.links {
		if !e.dirty(l) {
			l.sync.dirtyAt = e.now
		}
	}
	e.log.version++
	e.changed = e.now
}

// settle delivers a record all of whose ancestors are settled, then what
// waited for it, and so on.
func (e *Engine) settle(en *entry) {
	for queue := []*entry{en}; len(queue) > 0; queue = queue[1:] {
		en := queue[0]
		if en.state != pending { // rejected together with an ancestor
			continue
		}
		if !e.valid(en) {
			e.reject(en)
			continue
		}
		e.settled(en)
		waiting := e.log.waiting[en.id]
		delete(e.log.waiting, en.id)
		for _, child := range waiting {
			if child.missing--; child.missing == 0 && child.state == pending {
				queue = append(queue, child)
			}
		}
	}
}

func (e *Engine) settled(en *entry) {
	en.state = settled
	en.chain.author.pending--
	e.log.pending--
	for _, id := range en.cites {
		p := e.log.get(id)
		if p == nil {
			continue
		}
		if en.seq > 1 && id == en.cites[0] {
			en.prev = p
		}
		if p.chain == e.own {
			en.seen = max(en.seen, p.seq)
		}
		en.seen = max(en.seen, p.seen)
		e.log.heads = removeOrdered(e.log.heads, p)
	}
	en.cites = nil
	en.chain.straighten(en)
	e.log.heads = insertOrdered(e.log.heads, en)
	if en.typ == wire.RecordProfile {
		e.profile(en)
	}
	if !en.shown {
		e.deliver(en)
	}
	if key := en.chain.key.author; key != e.self && en.seen > 0 {
		e.tracker.gotUpTo(e, key, en.seen)
	}
}

// valid judges a record by its ancestors, which are all settled.
func (e *Engine) valid(en *entry) bool {
	for i, id := range en.cites {
		p := e.log.get(id)
		if p == nil || p.clk >= en.clk {
			return false
		}
		if i == 0 && en.seq > 1 && (p.chain != en.chain || p.seq != en.seq-1) {
			return false
		}
	}
	return e.paced(en)
}

// refuse remembers a record that can never be valid, and drops all that cites it.
func (e *Engine) refuse(id wire.RecordID) {
	e.refused.add(id)
	e.reject(e.log.waiting[id]...)
}

// reject drops records that can never be valid, and all that cites them.
func (e *Engine) reject(all ...*entry) {
	for queue := slices.Clone(all); len(queue) > 0; queue = queue[1:] {
		en := queue[0]
		if !en.held() {
			continue
		}
		queue = append(queue, e.log.waiting[en.id]...)
		e.refused.add(en.id)
		e.remove(en)
		en.chain.unfork()
	}
}

// remove takes a record out of the set and, but for the moment, out of the store.
func (e *Engine) remove(en *entry) {
	was := en.state
	cited := en.cites
	if was == settled { // entries do not keep what they cite
		if r := e.record(en); r != nil {
			cited = cites(r)
		}
		e.log.heads = removeOrdered(e.log.heads, en)
	}
	switch was {
	case pending:
		en.chain.author.pending--
		e.log.pending--
		fallthrough
	case settled:
		e.log.index.remove(en)
		e.indexChanged()
	case early:
		en.chain.author.early--
		e.log.early = removeOrdered(e.log.early, en)
	}
	en.chain.drop(en)
	e.forget(en)
	e.deletes = append(e.deletes, en.id)
	for _, id := range cited {
		e.unwait(id, en)
		if p := e.log.get(id); p != nil && p.held() && was != committing {
			p.refs--
			if p.chain.forked > 0 && e.surplus(p) {
				e.remove(p)
			}
		}
	}
}

// forget takes an entry out of all tables; if something waits for it, it is
// wanted anew.
func (e *Engine) forget(en *entry) {
	e.log.forget(en)
	if len(e.log.waiting[en.id]) > 0 {
		e.wantAncestor(en.id)
	}
}

func (e *Engine) unwait(id wire.RecordID, en *entry) {
	waiting := e.log.waiting[id]
	if i := slices.Index(waiting, en); i >= 0 {
		if waiting = slices.Delete(waiting, i, i+1); len(waiting) == 0 {
			delete(e.log.waiting, id)
		} else {
			e.log.waiting[id] = waiting
		}
	}
}
