package room

import (
	"slices"

	"gochat/internal/wire"
)

// batch is the one commit that is under way. What comes meanwhile forms the
// next: a slow store is asked less often for more, and a failure leaves
// nothing behind that stood on it.
type batch struct {
	id      uint64
	in      []*incoming
	bare    []*entry // stored again without their bodies
	deletes []wire.RecordID
}

// commit starts a commit if there is something to store and none is under way.
func (e *Engine) commit() {
	if e.batch != nil {
		return
	}
	e.queue = slices.DeleteFunc(e.queue, func(in *incoming) bool {
		if !in.body || in.entry.held() {
			return false
		}
		e.fileStored(in, nil)
		return true
	})
	mayWrite := !e.asking() && !e.ownComing()
	n := min(len(e.queue), maxBatch)
	b := &batch{in: e.queue[:n:n]}
	e.queue = e.queue[n:]
	if mayWrite {
		b.in = append(b.in, e.sign()...)
	}
	if len(b.in) == 0 && (len(e.deletes)+len(e.bodyDrops) == 0 || e.failed) {
		return
	}
	b.deletes, e.deletes = slices.DeleteFunc(e.deletes, e.known), nil // some came back
	n = min(len(e.bodyDrops), maxBatch)
	b.bare, e.bodyDrops = e.bodyDrops[:n:n], e.bodyDrops[n:]
	e.batches++
	b.id = e.batches
	e.batch = b
	var put []*wire.Record
	for _, in := range b.in {
		put = append(put, in.record)
	}
	for _, en := range b.bare {
		if r := e.record(en); en.held() && r != nil {
			put = append(put, r)
		}
	}
	e.sizeDirty = e.sizeDirty || len(put) > 0
	e.act(Commit{Batch: b.id, Put: put, Delete: b.deletes})
}

func (e *Engine) committed(ev Committed) {
	b := e.batch
	if b == nil || b.id != ev.Batch {
		return
	}
	e.batch = nil
	e.failed = ev.Err != nil
	if e.failed {
		e.commitFailed(b, ev.Err)
		return
	}
	e.landing = make(map[wire.RecordID]*wire.Record, len(b.in))
	for _, in := range b.in {
		e.landing[in.entry.id] = in.record
	}
	defer func() { e.landing = nil }()
	for _, in := range b.in {
		id := in.entry.id
		if in.own {
			e.act(Appended{Ref: in.ref, ID: id})
			e.tracker.track(in.entry)
		}
		if in.body {
			e.bodyCame(in.entry)
		} else {
			e.hold(in.entry)
		}
		held := in.entry.held()
		e.fileStored(in, nil)
		for _, from := range in.from {
			if l := e.link(from); l != nil {
				l.answer(id, held)
			}
		}
		if held && in.entry.state != early && !in.body {
			e.spread(in)
		}
	}
}

// commitFailed forgets the batch: the store has nothing of it. Others will
// offer theirs again.
func (e *Engine) commitFailed(b *batch, err error) {
	e.act(StoreFailed{err})
	for _, in := range b.in {
		if !in.body {
			e.forget(in.entry)
		}
		if in.own {
			e.act(Appended{Ref: in.ref, Err: err})
		}
		e.fileStored(in, err)
		for _, from := range in.from {
			if l := e.link(from); l != nil {
				l.answer(in.entry.id, false)
			}
		}
	}
	e.deletes = append(b.deletes, e.deletes...)
	e.bodyDrops = append(b.bare, e.bodyDrops...)
}
