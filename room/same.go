package room

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Whether two members have the same is asked without changing anything: one
// describes ranges of all he holds, the other answers what he holds where that
// differs, and so on down to lists. The answering side keeps no state and pays
// like for a RECON.

// Comparison is what became of comparing with one member.
type Comparison struct {
	Peer     crypto.PublicKey
	Answered bool // in time, and to the end; else the rest is what is known so far
	Equal    bool
	// Before From both have the same. Ours are records that the other lacks,
	// Theirs such that we lack; Authors wrote ours, at most maxSameAuthors of them.
	From         wire.Clk
	Ours, Theirs uint64
	Authors      []crypto.PublicKey
}

const (
	sameTimeout    = 10 * time.Second
	sameRounds     = 24 // a hostile answer must not lead on for ever
	sameRanges     = 64 // compared further in one round; the rest is left out
	maxSameAuthors = 16
)

// comparing is a comparison under way.
type comparing struct {
	Comparison
	rounds   int
	deadline time.Time
	partial  bool // something was left out
}

// compareAll begins to compare with every link.
func (e *Engine) compareAll() {
	for _, l := range e.links {
		if l.same != nil {
			continue
		}
		l.same = &comparing{Comparison: Comparison{Peer: l.peer}, deadline: e.now.Add(sameTimeout)}
		if l.hello {
			e.askSame(l)
		} // else when it comes: before, our floors are not known to each other
	}
}

func (e *Engine) askSame(l *link) {
	var r ranges
	p := e.piece(l, zeroBound, endBound)
	r.describe(e, l, p)
	e.send(l, wire.LinkSame{Start: p.from, Ranges: r.out})
}

// sameCame takes a question or an answer.
func (e *Engine) sameCame(l *link, f wire.LinkSame) {
	if !l.recon.take(e.now, 1) {
		return
	}
	if !f.Answer {
		e.answerSame(l, f)
	} else if l.same != nil {
		e.sameAnswered(l, f)
	}
}

// answerSame describes what we hold in the ranges that differ.
func (e *Engine) answerSame(l *link, f wire.LinkSame) {
	var reply ranges
	from := f.Start
	for _, x := range f.Ranges {
		if p := e.piece(l, from, x.End); x.Mode == wire.RangeSkip || e.equals(l, p, x) {
			reply.skip(x.End)
		} else {
			reply.describe(e, l, p)
		}
		from = x.End
	}
	e.send(l, wire.LinkSame{Answer: true, Start: f.Start, Ranges: reply.out})
}

func (e *Engine) equals(l *link, p piece, x wire.ReconRange) bool {
	if x.Mode == wire.RangeList {
		ours, theirs := e.diff(p, x.IDs)
		return len(ours)+theirs == 0
	}
	return x.Count == uint64(p.n) && x.Sum == l.sum(e, p)
}

// diff compares a piece with a list of ids: entries that it lacks, and how many
// it has that we lack.
func (e *Engine) diff(p piece, list []wire.ShortID) (ours []*entry, theirs int) {
	has := make(map[wire.ShortID]bool, len(list))
	for _, id := range list {
		has[id] = true
	}
	for _, en := range e.entries(p) {
		if id := en.id.Short(); has[id] {
			delete(has, id)
		} else {
			ours = append(ours, en)
		}
	}
	return ours, len(has)
}

// sameAnswered takes an answer, and asks on about what still differs.
func (e *Engine) sameAnswered(l *link, f wire.LinkSame) {
	c := l.same
	var next ranges
	from, asked := f.Start, 0
	for _, x := range f.Ranges {
		p := e.piece(l, from, x.End)
		switch {
		case x.Mode == wire.RangeSkip || e.equals(l, p, x):
			next.skip(x.End)
		case x.Mode == wire.RangeList:
			ours, theirs := e.diff(p, x.IDs)
			c.differs(p.from, ours, uint64(theirs))
			next.skip(x.End)
		case p.n == 0:
			c.differs(p.from, nil, x.Count)
			next.skip(x.End)
		case x.Count == 0:
			c.differs(p.from, e.entries(p), 0)
			next.skip(x.End)
		case asked == sameRanges:
			c.partial = true
			next.skip(x.End)
		default:
			asked++
			next.describe(e, l, p)
		}
		from = x.End
	}
	if c.rounds++; next.open && c.rounds < sameRounds {
		e.send(l, wire.LinkSame{Start: f.Start, Ranges: next.out})
		return
	}
	c.Answered = !next.open && !c.partial
	c.Equal = c.Answered && c.Ours+c.Theirs == 0
	e.sameDone(l)
}

// differs adds a difference.
func (c *comparing) differs(from wire.Bound, ours []*entry, theirs uint64) {
	if len(ours) > 0 && theirs == 0 {
		from.Clk = ours[0].clk
	}
	if c.Ours+c.Theirs == 0 || from.Clk < c.From {
		c.From = from.Clk
	}
	c.Ours += uint64(len(ours))
	c.Theirs = min(c.Theirs+theirs, wire.MaxRecordNumber) // a count is whatever the peer says
	for _, en := range ours {
		if len(c.Authors) < maxSameAuthors {
			addKey(&c.Authors, en.author())
		}
	}
}

func (e *Engine) sameDone(l *link) {
	e.act(Compared{l.same.Comparison})
	l.same = nil
}

func (e *Engine) sameDeadline() (at time.Time) {
	for _, l := range e.links {
		if l.same != nil && (at.IsZero() || l.same.deadline.Before(at)) {
			at = l.same.deadline
		}
	}
	return at
}

// dueSame ends the comparisons that take too long.
func (e *Engine) dueSame() {
	for _, l := range e.links {
		if l.same != nil && !e.now.Before(l.same.deadline) {
			e.sameDone(l)
		}
	}
}
