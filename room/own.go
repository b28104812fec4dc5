package room

import (
	"slices"
	"time"

	"gochat/internal/wire"
)

// The own chain. A member whose store was restored from a backup may have
// written more than it knows of; whoever writes on from there forks himself. So
// it asks first, and where nobody can tell, it begins another chain.

// askOwnFor bounds how long one's own words wait for others to tell what one
// has written before.
const askOwnFor = 3 * time.Second

// useChain makes a chain the own one.
func (e *Engine) useChain(number uint64) {
	e.own = e.log.chain(chainKey{e.self, number})
	e.own.own = true
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		en.seen = 0 // counted on the chain before
		return true
	})
}

// changeChain makes another chain the own one, for good.
func (e *Engine) changeChain() {
	e.useChain(e.nextChain())
	if e.cfg.Durable {
		e.saveMeta(metaChain, e.own.key.number)
	}
}

// nextChain is a number above all the own ones.
func (e *Engine) nextChain() uint64 {
	var highest uint64
	for key := range e.log.chains {
		if key.author == e.self {
			highest = max(highest, key.number)
		}
	}
	return highest + 1
}

func (e *Engine) isOwn(en *entry) bool { return en.chain == e.own }

// Chain is the number of the own chain that is written to; it differs from
// Config.Chain once that is forked or was forgotten.
func (e *Engine) Chain() uint64 { return e.own.key.number }

// asking reports whether one's own words wait.
func (e *Engine) asking() bool { return !e.askUntil.IsZero() }

// askOwn asks a new link for what comes next in the own chain.
func (e *Engine) askOwn(l *link) {
	if !e.asking() {
		return
	}
	if !e.askedOwn {
		e.askedOwn, e.askUntil = true, e.now.Add(askOwnFor)
	}
	next := uint64(1)
	if last := e.own.line.last(); last != nil {
		next = last.seq + 1
	}
	l.ask.Spans = append(l.ask.Spans, wire.WantSpan{
		Author: e.self, Chain: e.own.key.number, From: next, Count: wire.MaxWantSpan,
	})
}

// ownAnswered says that a member has told all it has of the own chain.
func (e *Engine) ownAnswered() {
	if e.asking() {
		e.askUntil = noTime
		e.dropMeta(MetaRestored)
	}
}

// ownComing reports whether others brought records of the own chain that are
// not stored yet: one's own next words stand behind them.
func (e *Engine) ownComing() bool {
	return slices.ContainsFunc(e.queue, func(in *incoming) bool { return !in.body && e.isOwn(in.entry) })
}

func (e *Engine) dueOwn() {
	if e.asking() && !e.now.Before(e.askUntil) {
		e.changeChain()
		e.ownAnswered()
	}
}
