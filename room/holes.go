package room

import (
	"maps"
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Hole is what is known to be missing of one author: numbers of his chain
// between records that are here, and single records that others cite.
type Hole struct {
	Author  crypto.PublicKey   // zero: whose it is cannot be told
	Missing uint64             // at least so many
	Holders []crypto.PublicKey // who announced or cites some of it, and so has or had it; ascending
}

// Holes lists what is missing and was asked for in vain, by author. Records on
// their way are no hole, nor is the past before the first that is held, nor what
// a frozen chain has lost.
func (e *Engine) Holes() []Hole {
	byAuthor := make(map[crypto.PublicKey]*Hole)
	of := func(author crypto.PublicKey, n uint64) *Hole {
		if byAuthor[author] == nil {
			byAuthor[author] = &Hole{Author: author}
		}
		byAuthor[author].Missing += n
		return byAuthor[author]
	}
	for _, c := range e.log.chains {
		if c.hole > 0 && c.forked == 0 {
			of(c.key.author, c.hole)
		}
	}
	for id, waiting := range e.log.waiting {
		if e.log.get(id) != nil || !e.gaveUp(id) || !slices.ContainsFunc(waiting, e.hasGap) {
			continue
		}
		var h *Hole
		for _, en := range waiting {
			prev, ok := en.prev()
			switch {
			case !ok || prev != id || en.chain.forked != 0:
			case en.chain.hole > 0:
				h = of(en.author(), 0) // counted with its chain
			default:
				h = of(en.author(), 1)
			}
		}
		if h == nil {
			h = of(crypto.PublicKey{}, 1)
		}
		e.addHolders(h, id, waiting)
	}
	out := make([]Hole, 0, len(byAuthor))
	for _, key := range slices.SortedFunc(maps.Keys(byAuthor), crypto.PublicKey.Compare) {
		out = append(out, *byAuthor[key])
	}
	return out
}

func (e *Engine) addHolders(h *Hole, id wire.RecordID, waiting []*entry) {
	if w := e.wants.byHint[id.Hint()]; w != nil {
		for _, from := range w.from {
			if l := e.link(from); l != nil {
				addKey(&h.Holders, l.peer)
			}
		}
	}
	for _, en := range waiting {
		if en.author() != h.Author {
			addKey(&h.Holders, en.author())
		}
	}
}

// holeFound notes that what comes right before a record was asked for in vain.
func (e *Engine) holeFound(en *entry) {
	if en.chain.forked != 0 { // what a frozen chain lacks was dropped
		return
	}
	if en.chain.starts(en.seq) {
		en.chain.hole = 1 // to be counted
	}
	e.checkHole(en.chain)
	e.holesNew = true
}

// checkHole counts a chain's known hole anew: it may have been filled.
func (e *Engine) checkHole(c *chain) {
	if c.hole == 0 {
		return
	}
	if now := c.missing(); now != c.hole {
		c.hole = now
		e.holesNew = true
	}
}
