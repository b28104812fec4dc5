package room

import (
	"crypto/sha256"
	"slices"

	"gochat/internal/wire"
)

// History returns the last limit messages (text records) in the room's order,
// the oldest first, with those shown early at the end. Messages that still wait
// for what comes before them are among them, in their place.
func (e *Engine) History(limit int) []Message {
	var out []Message
	for _, en := range slices.Backward(e.log.early) {
		if en.shown {
			e.take(&out, en, limit)
		}
	}
	e.log.index.descend(func(en *entry) bool { return e.take(&out, en, limit) })
	slices.Reverse(out)
	return out
}

// HistoryBefore returns the last limit messages before a place in the order (as
// Message.Order has it), the oldest first.
func (e *Engine) HistoryBefore(order string, limit int) (out []Message) {
	if b, ok := parseOrder(order); ok {
		e.log.index.before(e.log.index.at(b), func(en *entry) bool { return e.take(&out, en, limit) })
	}
	slices.Reverse(out)
	return out
}

// HistoryAfter returns the first limit messages behind a place in the order.
func (e *Engine) HistoryAfter(order string, limit int) (out []Message) {
	if b, ok := parseOrder(order); ok {
		e.log.index.ascend(b, func(en *entry) bool {
			return orderKey(en.clk, en.id) <= order || e.take(&out, en, limit)
		})
	}
	return out
}

// take adds a message to a page and reports whether there is room for more.
func (e *Engine) take(page *[]Message, en *entry, limit int) bool {
	if len(*page) >= limit {
		return false
	}
	if en.typ == wire.RecordText && !en.is(void) && !e.cfg.Unheard(en.author()) {
		if r := e.record(en); r != nil {
			*page = append(*page, e.view(en, r))
		}
	}
	return true
}

// Transcript counts the settled records and sums up their ids in order: equal
// on members who have the same.
func (e *Engine) Transcript() (count int, digest [32]byte) {
	h := sha256.New()
	e.log.index.descend(func(en *entry) bool {
		if en.state == settled {
			h.Write(en.id[:])
			count++
		}
		return true
	})
	h.Sum(digest[:0])
	return count, digest
}

// Stats counts what is held.
type Stats struct {
	Settled, Pending, Early int
	Wanted                  int // known of, not here yet
}

// Stats counts what is held.
func (e *Engine) Stats() Stats {
	return Stats{
		Settled: e.log.index.n - e.log.pending, Pending: e.log.pending,
		Early: len(e.log.early), Wanted: len(e.wants.byHint),
	}
}
