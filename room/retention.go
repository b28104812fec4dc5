package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// Retention says how much of a room is kept. Zero means the default, a negative
// value no limit.
type Retention struct {
	Keep  time.Duration // how old a record may grow
	Bytes int64         // how much the store may take
}

// The defaults of Retention.
const (
	DefaultKeep  = 90 * 24 * time.Hour
	DefaultBytes = 512 << 20
)

const (
	day        = 24 * time.Hour
	sizePause  = time.Minute // between two looks at the store's size
	sizeMargin = 10          // percent less than allowed is kept when there is too much
)

func (r Retention) normal() Retention {
	if r.Keep == 0 {
		r.Keep = DefaultKeep
	}
	if r.Bytes == 0 {
		r.Bytes = DefaultBytes
	}
	return r
}

// Floor is the clk before which nothing is kept, nor taken from others. It only
// rises, by whole days unless the store is too small for one.
func (e *Engine) Floor() wire.Clk { return e.floor }

// agedFloor is the floor by age: whole days, by whichever of the own clock and
// the room's is behind, since what is gone is gone.
func (e *Engine) agedFloor() wire.Clk {
	keep := e.cfg.Retention.Keep
	if keep < 0 {
		return 0
	}
	return clkOf(e.retentionNow().Add(-keep).Truncate(day))
}

func (e *Engine) retentionNow() time.Time {
	return e.now.Add(min(e.offset, 0))
}

// floorDeadline is when the next day is over that is kept no more, or when the
// size is looked at again; zero: never.
func (e *Engine) floorDeadline() time.Time {
	var at time.Time
	if keep := e.cfg.Retention.Keep; keep > 0 {
		at = timeOf(max(e.floor, e.agedFloor())).Truncate(day).Add(day + keep - min(e.offset, 0))
	}
	if e.sizeDirty && (at.IsZero() || e.sizeAt.Before(at)) {
		at = e.sizeAt
	}
	return at
}

func (e *Engine) dueFloor() {
	e.raiseFloor(e.agedFloor())
	if !e.sizeDirty || e.now.Before(e.sizeAt) {
		return
	}
	e.sizeDirty, e.sizeAt = false, e.now.Add(sizePause)
	limit := e.cfg.Retention.Bytes
	size, err := e.cfg.Store.Bytes()
	if limit < 0 || err != nil || size <= limit {
		return
	}
	oldest, err := e.cfg.Store.NewestBytes(limit - limit*sizeMargin/100)
	if err != nil || oldest == 0 {
		return
	}
	if floor := e.sizeFloor(oldest); floor > e.floor {
		e.raiseFloor(floor)
		e.saveMeta(metaFloor, uint64(e.floor))
	}
}

// sizeFloor rounds a floor up to a whole day, or to an hour where that would
// leave nothing.
func (e *Engine) sizeFloor(oldest wire.Clk) wire.Clk {
	t := timeOf(oldest)
	for _, unit := range []time.Duration{day, time.Hour} {
		if up := t.Truncate(unit).Add(unit); up.Before(e.retentionNow()) {
			return clkOf(up)
		}
	}
	return oldest
}

// raiseFloor forgets what lies below a new floor.
func (e *Engine) raiseFloor(floor wire.Clk) {
	if floor <= e.floor {
		return
	}
	e.floor = floor
	e.act(Trim{Before: floor})
	wrote := e.own.line.n > 0
	e.trimMemory()
	if wrote && e.own.line.n == 0 { // or its numbers would begin anew
		e.changeChain()
	}
	for _, l := range e.links {
		if l.hello {
			e.send(l, wire.LinkFloor{Floor: floor})
		}
	}
}

func (e *Engine) trimMemory() {
	below := e.log.index.dropBefore(e.log.index.at(wire.Bound{Clk: e.floor}))
	if len(below) == 0 {
		return
	}
	for _, en := range below {
		if en.state == pending {
			en.chain.author.pending--
			e.log.pending--
		}
		en.state = gone // none of them settles for another's sake
	}
	for _, en := range e.log.heads {
		if en.state == gone {
			e.sunk.add(en.id) // the likeliest to be cited by who keeps more
		}
	}
	e.log.heads = slices.DeleteFunc(e.log.heads, func(en *entry) bool { return en.state == gone })
	for _, en := range below {
		e.trimEntry(en)
	}
	e.indexChanged()
}

// trimEntry forgets a record that is gone. What it cites is older, and goes as well.
func (e *Engine) trimEntry(en *entry) {
	if en.open != nil {
		for _, id := range en.open.cites {
			e.unwait(id, en)
		}
	}
	e.uncount(en)
	en.chain.drop(en)
	e.settle(e.release(en.id)...)
	e.log.forget(en)
	e.tracker.drop(en)
	e.unannotate(en)
	e.unprofile(en)
}
