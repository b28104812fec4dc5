package room

import "bytes"

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
	// What lies further behind was judged by the fork known before.
	reach := c.forked + forkReach
	if c.forked == 0 {
		reach = c.line.last().seq
	}
	c.forked = seq
	if !c.told {
		c.told = true
		seen := ForkSeen{Author: c.key.author, Chain: c.key.number, Seq: seq}
		if c == e.own {
			e.changeChain()
			seen.NewChain = e.own.key.number
		}
		e.act(seen)
	}
	e.trimFork(c, seq, reach)
}

// trimFork drops what a piece of a forked chain has too much, from behind: what
// held the ones before goes first.
func (e *Engine) trimFork(c *chain, from, to uint64) {
	for _, en := range c.between(from, to) {
		if en.held() && e.surplus(en) {
			e.remove(en)
		}
	}
}

// surplus reports whether a record has no place in the set.
func (e *Engine) surplus(en *entry) bool {
	return en.refs == 0 && (en.chain.frozen(en) || e.overPace(en))
}

// frozen reports whether a record lies too far behind a fork, or is one too
// many at its place.
func (c *chain) frozen(en *entry) bool {
	if c.forked == 0 || en.seq < c.forked {
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
