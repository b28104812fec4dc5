package room

import (
	"bytes"
	"slices"
)

// Two records for one place of a chain prove a fork. The forkKeep lowest ids
// of each place up to forkReach behind the first fork stay, and whatever is
// cited by a record that stays: else a cheat could, by forking after the fact,
// tear the ground from under others' messages. What stays follows from the set
// alone, in whatever order it came.

// forkSeen notes a second record at seq of c.
func (e *Engine) forkSeen(c *chain, seq uint64) {
	if c.forked != 0 && c.forked <= seq {
		return
	}
	c.forked = seq
	if !c.told {
		c.told = true
		seen := ForkSeen{Author: c.key.author, Chain: c.key.number, Seq: seq}
		if c == e.own {
			e.useChain(e.nextChain())
			seen.NewChain = e.own.key.number
		}
		e.act(seen)
	}
	for _, s := range slices.Backward(c.places(seq)) { // from behind: what held the ones before goes first
		e.pruneAt(c, s)
	}
}

// unfork finds the first fork anew after an invalid record went: only what can
// be valid counts as a fork, or it would matter which of two came first. What
// was pruned for its sake comes back with the next reconciliation.
func (c *chain) unfork() {
	if c.forked == 0 {
		return
	}
	c.forked = 0
	for seq := range c.side {
		if (c.forked == 0 || seq < c.forked) && len(c.at(seq)) > 1 {
			c.forked = seq
		}
	}
}

// pruneAt drops what one place of a forked chain has too much.
func (e *Engine) pruneAt(c *chain, seq uint64) {
	at := c.at(seq)
	slices.SortFunc(at, func(a, b *entry) int { return bytes.Compare(b.id[:], a.id[:]) })
	for _, en := range at {
		if en.held() && e.surplus(en) {
			e.remove(en)
		}
	}
}

// surplus reports whether a record of a forked chain has no place in the set.
func (e *Engine) surplus(en *entry) bool {
	c := en.chain
	if en.refs > 0 || en.seq < c.forked {
		return false
	}
	if en.seq > c.forked+forkReach {
		return true
	}
	lower := 0
	for _, o := range c.at(en.seq) {
		if bytes.Compare(o.id[:], en.id[:]) < 0 {
			lower++
		}
	}
	return lower >= forkKeep
}

// useChain makes a chain the own one.
func (e *Engine) useChain(number uint64) {
	e.own = e.log.chain(chainKey{e.self, number})
	e.own.own = true
	e.log.index.ascend(zeroBound, func(en *entry) bool {
		en.seen = 0 // counted on the chain before
		return true
	})
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
