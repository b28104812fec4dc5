package room

import (
	"slices"

	"gochat/internal/wire"
)

// What a link lacks of the past goes out when there is no news: first what it
// asked for, then what it lacks here and there, oldest first, then the long
// stretches of which it has nothing, newest first, so that its screen is useful
// at once. A stretch is remembered as a range and read as it goes out; within a
// block the order is the room's, so that little has to wait for what it cites.

const (
	streamMin   = 256 // a stretch of more is streamed
	streamBlock = 64  // records, oldest first, before the next older block

	// What a link can make us queue for it; it asks again for the rest.
	maxQueued    = 16384
	maxStretches = 1024
)

// stretch is a range to be streamed, from its end.
type stretch struct{ from, to wire.Bound }

// supply is what is to go out on a link besides news.
type supply struct {
	asked     []item
	scattered []item
	queued    map[*entry]bool // in asked or scattered
	stretches []stretch       // the newest last
	block     []item          // of the newest stretch
	end       bool            // a reconciliation ends when all is out
	pacer     streamPacer
}

// stretch queues a range that the link has nothing of.
func (s *supply) stretch(from, to wire.Bound) {
	if len(s.stretches) >= maxStretches {
		return // the next session finds it
	}
	s.stretches = append(s.stretches, stretch{from, to})
	slices.SortFunc(s.stretches, func(a, b stretch) int { return a.to.Compare(b.to) })
}

func (s *supply) add(en *entry, asked bool) {
	if s.queued[en] || len(s.queued) >= maxQueued {
		return
	}
	if s.queued == nil {
		s.queued = make(map[*entry]bool)
	}
	s.queued[en] = true
	it := item{entry: en, hop: 1, flags: wire.PushRepair, asked: asked}
	if asked {
		s.asked = append(s.asked, it)
	} else {
		s.scattered = append(s.scattered, it)
	}
}

// next takes the next item to go out, if the stream may go on; an item without
// an entry ends a reconciliation.
func (e *Engine) nextRepair(l *link) (it item, ok bool) {
	s := &l.supply
	if len(s.asked) > 0 {
		it, s.asked = s.asked[0], s.asked[1:]
		delete(s.queued, it.entry)
		return it, true
	}
	if !s.pacer.open() {
		return item{}, false
	}
	if len(s.scattered) > 0 {
		it, s.scattered = s.scattered[0], s.scattered[1:]
		delete(s.queued, it.entry)
		return it, true
	}
	for len(s.block) == 0 && len(s.stretches) > 0 {
		e.readBlock(l)
	}
	if len(s.block) > 0 {
		it, s.block = s.block[0], s.block[1:]
		return it, true
	}
	it, ok, s.end = item{}, s.end, false
	return it, ok
}

// readBlock takes the next block off the newest stretch.
func (e *Engine) readBlock(l *link) {
	s := &l.supply
	last := &s.stretches[len(s.stretches)-1]
	e.log.index.before(e.log.index.at(last.to), func(en *entry) bool {
		if en.bound().Compare(last.from) < 0 || len(s.block) == streamBlock {
			return false
		}
		s.block = append(s.block, item{entry: en, hop: 1, flags: wire.PushRepair})
		return true
	})
	slices.Reverse(s.block)
	if len(s.block) < streamBlock {
		s.stretches = s.stretches[:len(s.stretches)-1]
	} else {
		last.to = s.block[0].entry.bound()
	}
}
