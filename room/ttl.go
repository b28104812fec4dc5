package room

import (
	"container/heap"
	"time"

	"gochat/internal/wire"
)

// A record may carry a time to live. When it is over by the room's clock its body
// is dropped; it is then neither asked for nor given to anybody.

// expiry is when a body has to go.
type expiry struct {
	at    wire.Clk
	entry *entry
}

// expiries is a heap, the next first.
type expiries []expiry

func (h expiries) Len() int { return len(h) }
func (h expiries) Less(i, j int) bool {
	return compareOrder(h[i].at, h[i].entry.id, h[j].at, h[j].entry.id) < 0
}
func (h expiries) Swap(i, j int) { h[i], h[j] = h[j], h[i] }
func (h *expiries) Push(x any)   { *h = append(*h, x.(expiry)) }
func (h *expiries) Pop() any {
	old := *h
	x := old[len(old)-1]
	old[len(old)-1] = expiry{}
	*h = old[:len(old)-1]
	return x
}

// remember notes what of a record's header its entry does not hold.
func (e *Engine) remember(en *entry, r *wire.Record) {
	if isNote(r.Type) && !r.Target.IsZero() {
		e.targets[en] = r.Target
	}
	if r.TTL == 0 {
		return
	}
	if at := expiryOf(r); at <= clkOf(e.roomNow()) {
		en.marks |= expired
	} else {
		heap.Push(&e.expiries, expiry{at, en})
	}
}

func expiryOf(r *wire.Record) wire.Clk { return r.Clk + wire.Clk(r.TTL)*1000 }

func (e *Engine) expiryDeadline() time.Time {
	if len(e.expiries) == 0 {
		return noTime
	}
	return timeOf(e.expiries[0].at).Add(-e.offset)
}

func (e *Engine) dueExpiries() {
	now := clkOf(e.roomNow())
	for len(e.expiries) > 0 && e.expiries[0].at <= now {
		en := heap.Pop(&e.expiries).(expiry).entry
		if en.state == gone {
			continue
		}
		en.marks |= expired
		if en.held() {
			e.bodyJudged(en)
			e.refresh(en)
			e.targetChanged(en)
		}
	}
}
