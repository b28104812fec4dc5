package room

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// state is where a record stands in its life; see the package comment.
type state uint8

const (
	committing state = iota // verified, handed to the store
	early
	pending
	settled
	gone // no longer held
)

// entry is what is kept in memory of a record.
type entry struct {
	id    wire.RecordID
	twin  *entry // the next entry with the same Hint
	chain *chain
	seq   uint64
	clk   wire.Clk
	prev  *entry          // once settled
	cites []wire.RecordID // prev, if any, and parents; until settled
	seen  uint64          // the highest seq of the own chain in its past
	refs  int             // held records that cite it
	typ   wire.RecordType
	state state

	missing int  // ancestors not settled
	live    bool // heard on its author's own link
	late    bool
	shown   bool // delivered
}

func (e *entry) bound() wire.Bound { return wire.Bound{Clk: e.clk, ID: e.id.Short()} }
func (e *entry) held() bool        { return e.state == early || e.state == pending || e.state == settled }

type chainKey struct {
	author crypto.PublicKey
	number uint64
}

// chain is one author's chain.
type chain struct {
	key     chainKey
	author  *author
	line    []*entry            // line[seq-1]: settled, without a gap
	side    map[uint64][]*entry // held, but not in line
	forked  uint64              // lowest seq with two records; 0: none
	entries int
	own     bool
	told    bool // ForkSeen was
}

// author is what is known of one key.
type author struct {
	pending, early int
	chains         int
	nick           []byte
	nickAt         *entry
}

// at returns the held records of one place in the chain.
func (c *chain) at(seq uint64) []*entry {
	out := slices.Clone(c.side[seq])
	if seq <= uint64(len(c.line)) && c.line[seq-1] != nil {
		out = append(out, c.line[seq-1])
	}
	return out
}

// places returns the seqs from one on at which something is held, ascending.
// (Seqs are whatever an author writes: never count through them.)
func (c *chain) places(from uint64) (out []uint64) {
	for seq := range c.side {
		if seq >= from {
			out = append(out, seq)
		}
	}
	for seq := from; seq <= uint64(len(c.line)); seq++ {
		out = append(out, seq)
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func (c *chain) add(e *entry) {
	if c.side == nil {
		c.side = make(map[uint64][]*entry)
	}
	c.side[e.seq] = append(c.side[e.seq], e)
}

// straighten moves a settled entry into the line if that is where it belongs.
func (c *chain) straighten(e *entry) {
	if e.seq == uint64(len(c.line))+1 {
		c.drop(e)
		c.line = append(c.line, e)
	}
}

func (c *chain) drop(e *entry) {
	if e.seq <= uint64(len(c.line)) && c.line[e.seq-1] == e {
		c.line[e.seq-1] = nil
		return
	}
	rest := slices.DeleteFunc(c.side[e.seq], func(o *entry) bool { return o == e })
	if len(rest) == 0 {
		delete(c.side, e.seq)
	} else {
		c.side[e.seq] = rest
	}
}

// log is the set of records with what follows from it.
type log struct {
	byHint  map[wire.Hint]*entry
	chains  map[chainKey]*chain
	authors map[crypto.PublicKey]*author
	waiting map[wire.RecordID][]*entry // held, unsettled entries by what they cite and miss
	heads   []*entry                   // settled, cited by nothing settled; in order
	index   index                      // pending and settled
	early   []*entry                   // in order
	pending int
	version uint64 // rises with each change of the index
}

func newLog() log {
	return log{
		byHint:  make(map[wire.Hint]*entry),
		chains:  make(map[chainKey]*chain),
		authors: make(map[crypto.PublicKey]*author),
		waiting: make(map[wire.RecordID][]*entry),
	}
}

func (l *log) get(id wire.RecordID) *entry {
	e := l.byHint[id.Hint()]
	for e != nil && e.id != id {
		e = e.twin
	}
	return e
}

// add makes the entry of a record that is to be held.
func (l *log) add(id wire.RecordID, r *wire.Record) *entry {
	e := &entry{id: id, seq: r.Seq, clk: r.Clk, typ: r.Type, twin: l.byHint[id.Hint()]}
	e.cites = cites(r)
	e.chain = l.chain(chainKey{r.Author, r.Chain})
	e.chain.entries++
	l.byHint[id.Hint()] = e
	return e
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
		c = &chain{key: key, author: a}
		l.chains[key] = c
	}
	return c
}

// forget takes an entry out of the table of ids.
func (l *log) forget(e *entry) {
	hint := e.id.Hint()
	if first := l.byHint[hint]; first != e {
		for o := first; o != nil; o = o.twin {
			if o.twin == e {
				o.twin = e.twin
			}
		}
	} else if e.twin != nil {
		l.byHint[hint] = e.twin
	} else {
		delete(l.byHint, hint)
	}
	e.state = gone
	c := e.chain
	if c.entries--; c.entries == 0 && !c.own { // chains and authors of nothing must not pile up
		delete(l.chains, c.key)
		if c.author.chains--; c.author.chains == 0 {
			delete(l.authors, c.key.author)
		}
	}
}

func cites(r *wire.Record) []wire.RecordID {
	out := make([]wire.RecordID, 0, 1+len(r.Parents))
	if r.Seq > 1 {
		out = append(out, r.Prev)
	}
	return append(out, r.Parents...)
}

// insertOrdered and removeOrdered keep small sorted lists.
func insertOrdered(list []*entry, e *entry) []*entry {
	i, found := slices.BinarySearchFunc(list, e, compareEntries)
	if found {
		return list
	}
	return slices.Insert(list, i, e)
}

func removeOrdered(list []*entry, e *entry) []*entry {
	if i, found := slices.BinarySearchFunc(list, e, compareEntries); found {
		return slices.Delete(list, i, i+1)
	}
	return list
}
