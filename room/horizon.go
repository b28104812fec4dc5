package room

import (
	"encoding/binary"
	"time"

	"gochat/internal/wire"
)

// The horizon divides news from history. It is the hour (Config.Recent) before this
// store first met anybody, and stays. News waits for its ancestors and is delivered in order,
// however long ago it was written. History settles as it comes, whatever is
// missing before it: a room's past streams in newest first, and would otherwise
// wait for its oldest record. It is not delivered, only told in numbers (Filled),
// and shown where a front pages through History.
//
// A record is history if it came as a repair and is older than the horizon; what
// its author pushes as news is news.

// recentPast is how long before the first meeting news begins, where Config does
// not say otherwise.
const recentPast = time.Hour

// isPast reports whether a record is history.
func (e *Engine) isPast(en *entry) bool { return en.is(repaired) && en.clk < e.horizon }

// greeted takes a link's HELLO.
func (e *Engine) greeted(l *link, h wire.LinkHello) {
	l.floor = h.Floor
	e.heardClock(l, h.Now)
	if e.horizon == 0 {
		from := min(e.now.UnixMilli(), timeOf(h.Now).UnixMilli())
		e.setHorizon(clkOf(time.UnixMilli(from).Add(-e.cfg.Recent)))
	}
	e.askBodiesAgain()
	e.askOwn(l)
	if l.same != nil {
		e.askSame(l)
	}
}

func (e *Engine) setHorizon(clk wire.Clk) {
	e.horizon = max(clk, 1)
	e.saveMeta(metaHorizon, uint64(e.horizon))
}

// saveMeta stores a number. An error is told, and means no more than that the
// number is found anew at the next start.
func (e *Engine) saveMeta(key string, v uint64) {
	if err := e.cfg.Store.SetMeta(key, binary.AppendUvarint(nil, v)); err != nil {
		e.act(StoreFailed{err})
	}
}

func (e *Engine) dropMeta(key string) {
	if err := e.cfg.Store.SetMeta(key, nil); err != nil {
		e.act(StoreFailed{err})
	}
}

func (e *Engine) loadMeta(key string) (v uint64, found bool, err error) {
	raw, err := e.cfg.Store.Meta(key)
	if err != nil {
		return 0, false, err
	}
	v, n := binary.Uvarint(raw)
	return v, n > 0, nil
}

// limitPending keeps what waits for ancestors within bounds. An author with too
// many waiting is shown with gaps at once. If too much waits altogether, because
// one was away for long, what is older than the last hour becomes history.
func (e *Engine) limitPending(en *entry) {
	switch {
	case e.log.pending > maxPending:
		e.overflow()
	case en.chain.author.pending > maxPendingAuthor && !en.is(repaired):
		e.settle(en)
	}
}

func (e *Engine) overflow() {
	if limit := clkOf(e.roomNow().Add(-recentPast)); limit > e.horizon {
		e.setHorizon(limit)
	}
	e.settle(e.waitingFor(func(en *entry) bool { return e.isPast(en) })...)
	if e.log.pending > maxPending/2 {
		e.settle(e.waitingFor(func(*entry) bool { return true })...)
	}
}

// waitingFor lists the pending records that are so, in order.
func (e *Engine) waitingFor(so func(*entry) bool) (out []*entry) {
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		if en.state == pending && so(en) {
			out = append(out, en)
		}
		return true
	})
	return out
}

// opening describes what a session compares: first the news, since that is what
// is waited for, then the past. Records below both floors are nobody's business.
func (e *Engine) opening(l *link) wire.LinkRecon {
	start, end := wire.Bound{Clk: max(e.horizon, e.floor, l.floor)}, endBound
	if l.sync.past {
		start, end = wire.Bound{Clk: max(e.floor, l.floor)}, start
	}
	var r ranges
	r.describe(e, l, e.piece(l, start, end))
	return wire.LinkRecon{Initiator: true, Start: start, Ranges: r.out}
}

// sessionDone notes that all a session compared has been exchanged.
func (e *Engine) sessionDone(l *link) {
	l.sync.stalled = 0
	e.askMissed()
	e.ownAnswered()
	if l.sync.past = !l.sync.past && e.horizon > max(e.floor, l.floor); l.sync.past {
		l.sync.notUntil = e.now // the news was only the first half
	}
	e.sendDigest(l, true) // proves it, and that the peer has it all
}
