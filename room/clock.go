package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// roomNow is the time by which early and late are judged: the own clock, put
// right by the median of the links' when at least three, and most, agree.
func (e *Engine) roomNow() time.Time { return e.now.Add(e.offset) }

func clkOf(t time.Time) wire.Clk {
	return wire.Clk(min(max(t.UnixMilli(), 0), int64(wire.MaxClk)-1))
}

// timeOf is the wall time a clk stands for.
func timeOf(c wire.Clk) time.Time { return time.UnixMilli(int64(c)) }

// isEarly reports whether a clk lies too far in the future.
func (e *Engine) isEarly(c wire.Clk) bool { return c > clkOf(e.roomNow().Add(maxAhead)) }

// isLate reports whether a clk lies so far back that what it stands on is told.
func (e *Engine) isLate(c wire.Clk) bool { return c < clkOf(e.roomNow().Add(-lateAfter)) }

// heardClock takes a link's clock into account.
func (e *Engine) heardClock(l *link, theirs wire.Clk) {
	l.offset = timeOf(theirs).Sub(e.now)
	var all []time.Duration
	for _, o := range e.links {
		if o.hello {
			all = append(all, o.offset)
		}
	}
	slices.Sort(all)
	median := all[len(all)/2]
	agree := 0
	for _, d := range all {
		if (d - median).Abs() <= offsetAgree {
			agree++
		}
	}
	e.offset = 0
	if agree >= 3 && 2*agree > len(all) {
		e.offset = median
	}
	switch off := e.offset.Abs() > offsetWarn; {
	case off && !e.warned:
		e.act(ClockOff{e.offset})
		e.warned = true
	case !off && e.warned:
		e.act(ClockOff{})
		e.warned = false
	}
}
