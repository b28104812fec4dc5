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
	deletes []wire.RecordID
}

// commit starts a commit if there is something to store and none is under way.
func (e *Engine) commit() {
	if e.batch != nil {
		return
	}
	n := min(len(e.queue), maxBatch)
	b := &batch{in: e.queue[:n:n]}
	e.queue = e.queue[n:]
	b.in = append(b.in, e.sign()...)
	if len(b.in) == 0 && (len(e.deletes) == 0 || e.failed) {
		return
	}
	b.deletes, e.deletes = slices.DeleteFunc(e.deletes, e.known), nil // some came back
	e.batches++
	b.id = e.batches
	e.batch = b
	put := make([]*wire.Record, len(b.in))
	for i, in := range b.in {
		put[i] = in.record
	}
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
			e.tracker.track(e, in.entry)
		}
		e.hold(in.entry)
		held := in.entry.held()
		for _, from := range in.from {
			if l := e.link(from); l != nil {
				l.answer(id, held)
			}
		}
		if held && in.entry.state != early {
			e.spread(in)
		}
	}
}

// commitFailed forgets the batch: the store has nothing of it. Others will
// offer theirs again.
func (e *Engine) commitFailed(b *batch, err error) {
	e.act(StoreFailed{err})
	for _, in := range b.in {
		e.forget(in.entry)
		if in.own {
			e.act(Appended{Ref: in.ref, Err: err})
		}
		for _, from := range in.from {
			if l := e.link(from); l != nil {
				l.answer(in.entry.id, false)
			}
		}
	}
	e.deletes = append(b.deletes, e.deletes...)
}
