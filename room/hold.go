package room

import (
	"container/heap"
	"slices"

	"gochat/internal/wire"
)

// hold takes a committed record into the set. Afterwards its state tells what
// became of it; gone, if it has no place.
func (e *Engine) hold(en *entry) {
	if en.clk < e.floor { // which has just risen
		e.drop(en)
		e.sink(en.id)
		return
	}
	c := en.chain
	forked := c.add(en)
	if forked {
		e.forkSeen(c, en.seq)
	}
	waiting := e.log.waiting[en.id]
	en.refs = uint32(len(waiting))
	for _, child := range waiting {
		e.examine(child, en)
		if child.state == settled {
			en.marks |= cited
		}
	}
	if c.frozen(en) && en.refs == 0 {
		e.drop(en)
		return
	}
	e.cite(en)
	if e.isEarly(en.clk) && !e.isOwn(en) {
		e.holdEarly(en)
	} else {
		e.place(en)
	}
	if forked {
		e.trimFork(c, en.seq, en.seq)
	}
}

// cite counts what en refers to and notes what of it is missing.
func (e *Engine) cite(en *entry) {
	for _, id := range en.open.cites {
		p := e.log.get(id)
		if p != nil && p.held() {
			p.refs++
			e.examine(en, p)
		}
		if (p == nil || p.state != settled) && !e.sunk.has(id) {
			en.open.missing++
			e.log.waiting[id] = append(e.log.waiting[id], en)
		}
	}
}

// examine looks whether a record contradicts one that it cites. Who lies about
// his own past must not tear down what others built on it, so the record stays
// in the set and is only never shown.
func (e *Engine) examine(en, parent *entry) {
	bad := parent.clk >= en.clk
	if id, ok := en.prev(); ok && id == parent.id {
		bad = bad || parent.chain != en.chain || parent.seq != en.seq-1
	}
	if !bad || en.is(void) {
		return
	}
	en.marks |= void
	e.log.heads = removeOrdered(e.log.heads, en)
	e.refresh(en)
	e.targetChanged(en)
}

// place puts a record that is due into the index, and settles it if it can be.
func (e *Engine) place(en *entry) {
	en.chain.author.pending++
	e.log.pending++
	en.state = pending
	e.log.index.insert(en)
	e.indexChanged()
	if e.count(en); en.state != pending {
		return
	}
	e.checkHole(en.chain)
	if e.annotate(en); en.state != pending { // what it is about waited for that, and it for what it is about
		return
	}
	e.dropBody(en)
	e.awaitBody(en)
	if e.ready(en) || e.excused(en) {
		e.settle(en)
		return
	}
	for _, id := range en.open.cites {
		e.missed(id, en)
	}
	if e.isPast(en) {
		e.settle(en)
	} else {
		e.limitPending(en)
	}
}

// ready reports whether a pending record waits for nothing.
func (e *Engine) ready(en *entry) bool { return en.open.missing == 0 && !e.awaitsBody(en) }

func (e *Engine) indexChanged() {
	for _, l := range e.links {
		if !e.dirty(l) {
			l.sync.dirtyAt = e.now
		}
	}
	e.log.version++
	e.changed = e.now
}

// byOrder is a heap of entries, the lowest in the room's order first.
type byOrder []*entry

func (h byOrder) Len() int           { return len(h) }
func (h byOrder) Less(i, j int) bool { return compareEntries(h[i], h[j]) < 0 }
func (h byOrder) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }
func (h *byOrder) Push(x any)        { *h = append(*h, x.(*entry)) }
func (h *byOrder) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return x
}

// settle settles records that wait for nothing any more, then what waited for
// them, and so on; what can be shown at the same time in the room's order.
func (e *Engine) settle(first ...*entry) {
	queue := byOrder(first)
	heap.Init(&queue)
	for len(queue) > 0 {
		en := heap.Pop(&queue).(*entry)
		if en.state != pending { // twice in the queue
			continue
		}
		e.settled(en)
		for _, child := range e.release(en.id) {
			heap.Push(&queue, child)
		}
	}
}

// release takes an ancestor off the list of what is missing, and returns the
// pending records that waited for it alone.
func (e *Engine) release(id wire.RecordID) (ready []*entry) {
	waiting := e.log.waiting[id]
	delete(e.log.waiting, id)
	for _, child := range waiting {
		child.open.missing--
		switch {
		case child.state == pending && e.ready(child), child.state == pending && e.excused(child):
			ready = append(ready, child)
		case child.state == settled:
			if child.open.missing == 0 {
				child.open = nil
			}
			if child.is(gapTold) && !e.hasGap(child) {
				child.marks &^= gapTold
				e.refresh(child)
			}
			e.holesNew = e.holesNew || !e.isPast(child)
		}
	}
	return ready
}

func (e *Engine) settled(en *entry) {
	en.state = settled
	en.chain.author.pending--
	e.log.pending--
	for _, id := range en.open.cites {
		p := e.log.get(id)
		if p == nil {
			continue
		}
		if p.chain == e.own {
			en.seen = max(en.seen, uint32(p.seq))
		}
		en.seen = max(en.seen, p.seen)
		p.marks |= cited
		e.log.heads = removeOrdered(e.log.heads, p)
	}
	if !en.is(cited) && !en.is(void) {
		e.log.heads = insertOrdered(e.log.heads, en)
	}
	e.profile(en)
	e.show(en)
	if en.open.missing == 0 {
		en.open = nil
	}
	if en.author() != e.self && en.seen > 0 {
		e.tracker.gotUpTo(e, en.author(), uint64(en.seen))
	}
}

// remove takes a record out of the set, and then what has no place in it without
// that one's citation.
func (e *Engine) remove(en *entry) {
	for queue := []*entry{en}; len(queue) > 0; {
		en := queue[len(queue)-1]
		queue = queue[:len(queue)-1]
		if en.state == gone { // twice in the queue
			continue
		}
		ids := e.citedBy(en)
		e.drop(en)
		for _, id := range ids {
			e.unwait(id, en)
			if p := e.log.get(id); p != nil && p.held() && p.refs > 0 {
				if p.refs--; e.surplus(p) {
					queue = append(queue, p)
				}
			}
		}
	}
}

// citedBy returns what a held record cites.
func (e *Engine) citedBy(en *entry) []wire.RecordID {
	if en.open != nil {
		return en.open.cites
	}
	if r := e.record(en); r != nil {
		return cites(r)
	}
	return nil
}

// drop takes a record out of all tables and out of the store.
func (e *Engine) drop(en *entry) {
	e.unplace(en)
	en.chain.drop(en)
	if en.shown {
		e.dropped.add(en.id)
	}
	e.forget(en)
	e.deletes = append(e.deletes, en.id)
}

// unplace takes a record out of the lists that its state has put it in.
func (e *Engine) unplace(en *entry) {
	switch en.state {
	case early:
		en.chain.author.early--
		e.log.early = removeOrdered(e.log.early, en)
		return
	case pending:
		en.chain.author.pending--
		e.log.pending--
	case settled:
		e.log.heads = removeOrdered(e.log.heads, en)
	default:
		return
	}
	e.log.index.remove(en)
	e.uncount(en)
	e.indexChanged()
}

// forget takes an entry out of the table of ids; if something waits for it, it
// is wanted anew.
func (e *Engine) forget(en *entry) {
	e.log.forget(en)
	e.unannotate(en)
	e.unprofile(en)
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
