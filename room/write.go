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
		if f.Type == wire.FieldText && len(f.Value) > MaxText || f.Type == wire.FieldNick && len(f.Value) > MaxNick {
			return true
		}
	}
	return false
}

// sign makes records of the waiting writes.
func (e *Engine) sign() (out []*incoming) {
	var prev *entry
	if n := len(e.own.line); n > 0 {
		prev = e.own.line[n-1]
	}
	heads := e.foreignHeads()
	for _, w := range e.writes[:min(len(e.writes), maxBatch)] {
		r := &wire.Record{Type: w.Type, Chain: e.own.key.number, Seq: 1, Clk: clkOf(e.roomNow()), TTL: w.TTL}
		if prev != nil {
			r.Seq, r.Prev, r.Clk = prev.seq+1, prev.id, max(r.Clk, prev.clk+1)
		}
		parents := heads[:min(len(heads), wire.MaxParents)]
		for _, p := range parents {
			r.Parents = append(r.Parents, p.id)
			r.Clk = max(r.Clk, p.clk+1)
		}
		slices.SortFunc(r.Parents, func(a, b wire.RecordID) int { return bytes.Compare(a[:], b[:]) })
		if floor := paceFloor(prev, r.Seq); floor > r.Clk {
			if timeOf(floor).Sub(e.roomNow()) > maxPaceWait {
				e.act(Appended{Ref: w.Ref, Err: ErrPace})
				continue
			}
			r.Clk = floor
		}
		heads = heads[len(parents):]
		r.SetBody(e.cfg.Salt(), wire.AppendFields(nil, w.Fields...))
		r.Sign(e.cfg.Self, e.cfg.Room)
		en := e.log.add(r.ID(), r)
		en.prev = prev // its place is certain: the next write's pace is counted from it
		prev = en
		out = append(out, &incoming{entry: en, record: r, own: true, ref: w.Ref})
	}
	e.writes = e.writes[min(len(e.writes), maxBatch):]
	return out
}

// foreignHeads are the records to be cited: what nothing settled cites yet,
// the oldest first. A frozen chain is not built upon.
func (e *Engine) foreignHeads() (out []*entry) {
	for _, en := range e.log.heads {
		if !e.isOwn(en) && en.chain.forked == 0 {
			out = append(out, en)
		}
	}
	return out
}
