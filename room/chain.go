package room

import "slices"

// chain is one author's chain, or what is held of it. Seqs are whatever an
// author writes: never count through them.
type chain struct {
	key     chainKey
	author  *author
	line    index  // by seq
	places  uint64 // seqs at which something is held
	forked  uint64 // lowest seq with two records; 0: none
	hole    uint64 // records missing within it, as last told
	entries int
	own     bool
	told    bool // ForkSeen was
}

// chain returns a chain, a new one if need be.
func (l *log) chain(key chainKey) *chain {
	c := l.chains[key]
	if c == nil {
		a := l.authors[key.author]
		if a == nil {
			a = &author{}
			l.authors[key.author] = a
		}
		a.chains++
		c = &chain{key: key, author: a, line: index{bySeq: true}}
		l.chains[key] = c
	}
	return c
}

// at returns the held records of one place in the chain.
func (c *chain) at(seq uint64) (out []*entry) {
	c.from(seq, func(e *entry) bool {
		if e.seq == seq {
			out = append(out, e)
		}
		return e.seq == seq
	})
	return out
}

// from hands out what is held from a seq on.
func (c *chain) from(seq uint64, yield func(*entry) bool) {
	c.line.from(c.line.find(func(o *entry) bool { return o.seq < seq }), yield)
}

// holds reports whether anything is held at a place.
func (c *chain) holds(seq uint64) bool {
	found := false
	c.from(seq, func(e *entry) bool { found = e.seq == seq; return false })
	return found
}

// starts reports whether a seq lies behind the first one held: what is missing
// before the first is past, not a hole.
func (c *chain) starts(seq uint64) bool {
	first := c.line.first()
	return first != nil && first.seq < seq
}

// add puts an entry in its place and reports whether another is there.
func (c *chain) add(e *entry) (forked bool) {
	if last := c.line.last(); last != nil && last.seq >= e.seq { // else behind all: the common case
		forked = c.holds(e.seq)
	}
	if !forked {
		c.places++
	}
	c.line.insert(e)
	return forked
}

func (c *chain) drop(e *entry) {
	if !c.line.remove(e) {
		return
	}
	if !c.holds(e.seq) {
		c.places--
	} else if c.forked == e.seq {
		c.unfork()
	}
}

// missing counts the places between the first held and the last that are empty.
func (c *chain) missing() uint64 {
	if c.line.n == 0 {
		return 0
	}
	return c.line.last().seq - c.line.first().seq + 1 - c.places
}

// above is the first seq of the empty places right before one, at most reach of
// them if nothing is held before.
func (c *chain) above(seq, reach uint64) uint64 {
	from := uint64(1)
	if seq > reach {
		from = seq - reach
	}
	c.line.before(c.line.find(func(o *entry) bool { return o.seq >= seq }), func(e *entry) bool {
		if e.seq < seq {
			from = max(e.seq+1, 1)
			return false
		}
		return true
	})
	return from
}

// between lists what is held from a seq up to another, the last first.
func (c *chain) between(from, to uint64) (out []*entry) {
	c.from(from, func(e *entry) bool {
		if e.seq <= to {
			out = append(out, e)
		}
		return e.seq <= to
	})
	slices.Reverse(out)
	return out
}

// unfork finds the lowest fork anew.
func (c *chain) unfork() {
	c.forked = 0
	var last uint64
	c.from(0, func(e *entry) bool {
		if e.seq == last {
			c.forked = last
		}
		last = e.seq
		return c.forked == 0
	})
}
