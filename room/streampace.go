package room

import (
	"time"

	"gochat/internal/wire"
)

// A stream of the past must not stand in the way of a word that is said now. It
// has a window of its own, which grows while acknowledgements come back as fast
// as ever and shrinks when they begin to lag: the delay is what the stream itself
// has put into the path's queue (as in LEDBAT, RFC 6817). A part of the link's
// window stays free for news.
const (
	streamWindowMin = 16
	streamWindow    = streamBlock // at first: a screen at once
	streamWindowMax = window * 3 / 4
	streamDelay     = 30 * time.Millisecond // in queues, beyond the path's own
	streamBaseLife  = time.Minute           // the path's own delay is measured anew
)

// streamPacer is the window of one link's stream.
type streamPacer struct {
	window float64
	flying map[wire.Hint]flight // pushed, not acknowledged
	load   int                  // what they count
	full   bool                 // more would have gone out
	base   time.Duration        // the least delay of late
	baseAt time.Time
	shrunk time.Time
}

// flight is one record under way.
type flight struct {
	at   time.Time
	cost int // a long record counts like several
}

// open reports whether one more record may go out.
func (p *streamPacer) open() bool {
	p.full = p.flying != nil && p.load >= int(p.window)
	return !p.full
}

func (p *streamPacer) pushed(now time.Time, h wire.Hint, size int) {
	if p.flying == nil {
		p.flying = make(map[wire.Hint]flight)
		p.window = streamWindow
	}
	f := flight{now, 1 + size/inboundUnit}
	p.flying[h] = f
	p.load += f.cost
}

// landed takes an acknowledgement.
func (p *streamPacer) landed(now time.Time, h wire.Hint) {
	f, ok := p.flying[h]
	if !ok {
		return
	}
	delete(p.flying, h)
	p.load -= f.cost
	delay := now.Sub(f.at)
	if p.baseAt.IsZero() || delay < p.base || now.Sub(p.baseAt) > streamBaseLife {
		p.base, p.baseAt = delay, now
	}
	switch late := delay - p.base; {
	case late <= streamDelay && p.full: // else it is not the window that holds it back
		p.window = min(p.window+1, streamWindowMax)
	case late > streamDelay && now.Sub(p.shrunk) > delay: // once in a round trip
		p.window, p.shrunk = max(p.window*3/4, streamWindowMin), now
	}
}
