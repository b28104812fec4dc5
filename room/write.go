package room

import (
	"bytes"
	"slices"

	"gochat/internal/wire"
)

// maxPaceWait is how far ahead an author's own pace may push his clock.
const maxPaceWait = maxAhead / 2

// write takes a local record; it is signed when its commit starts, so that a
// commit that fails leaves no gap in the chain.
func (e *Engine) write(w Append) {
	switch body := wire.AppendFields(nil, w.Fields...); {
	case isNote(w.Type) && e.mayNote(w) != nil:
		e.act(Appended{Ref: w.Ref, Err: e.mayNote(w)})
	case len(body) > wire.MaxBody || len(w.Fields) > wire.MaxFields || tooLong(w.Fields):
		e.act(Appended{Ref: w.Ref, Err: ErrTooLong})
	case len(e.writes) >= maxWrites:
		e.act(Appended{Ref: w.Ref, Err: ErrBusy})
	default:
		e.writes = append(e.writes, w)
	}
}

func tooLong(fields []wire.Field) bool {
	for _, f := range fields {
		limit := wire.MaxBody
		switch f.Type {
		case wire.FieldText:
			limit = MaxText
		case wire.FieldNick:
			limit = MaxNick
		case wire.FieldEmoji:
			limit = wire.MaxEmoji
		}
		if len(f.Value) > limit {
			return true
		}
	}
	return false
}

// mayNote reports why an edit, delete or reaction would have no effect; nil if
// it has one.
func (e *Engine) mayNote(w Append) error {
	target := e.log.get(e.original(w.Target))
	switch {
	case target == nil || !target.held():
		return ErrNoTarget
	case w.Type != wire.RecordReact && target.author() != e.self:
		return ErrNotOwn
	}
	return nil
}

// sign makes records of the waiting writes.
func (e *Engine) sign() (out []*incoming) {
	prev := e.own.line.last()
	heads := e.foreignHeads()
	pacer := e.newPacer()
	for _, w := range e.writes[:min(len(e.writes), maxBatch)] {
		r := &wire.Record{
			Type: w.Type, Chain: e.own.key.number, Seq: 1, Clk: clkOf(e.roomNow()),
			Target: e.original(w.Target), TTL: w.TTL,
		}
		if prev != nil {
			r.Seq, r.Prev, r.Clk = prev.seq+1, prev.id, max(r.Clk, prev.clk+1)
		}
		parents := heads[:min(len(heads), wire.MaxParents)]
		for _, p := range parents {
			r.Parents = append(r.Parents, p.id)
			r.Clk = max(r.Clk, p.clk+1)
		}
		slices.SortFunc(r.Parents, func(a, b wire.RecordID) int { return bytes.Compare(a[:], b[:]) })
		if r.Clk = pacer.next(r.Clk); timeOf(r.Clk).Sub(e.roomNow()) > maxPaceWait {
			e.act(Appended{Ref: w.Ref, Err: ErrPace})
			continue
		}
		heads = heads[len(parents):]
		r.SetBody(e.cfg.Salt(), wire.AppendFields(nil, w.Fields...))
		r.Sign(e.cfg.Self, e.cfg.Room)
		en := e.log.add(r.ID(), r)
		e.remember(en, r)
		prev = en
		out = append(out, &incoming{entry: en, record: r, own: true, ref: w.Ref})
	}
	e.writes = e.writes[min(len(e.writes), maxBatch):]
	return out
}

// original is what an edit, delete or reaction is about: an edit stands for what
// it edits.
func (e *Engine) original(target wire.RecordID) wire.RecordID {
	if en := e.log.get(target); en != nil && en.typ == wire.RecordEdit {
		return e.targets[en]
	}
	return target
}

// foreignHeads are the records to be cited: what nothing settled cites yet,
// the oldest first. A frozen chain is not built upon.
func (e *Engine) foreignHeads() (out []*entry) {
	oldest := clkOf(e.roomNow().Add(-parentAge))
	for _, en := range e.log.heads {
		if !e.isOwn(en) && en.chain.forked == 0 && en.clk >= oldest {
			out = append(out, en)
		}
	}
	return out
}
