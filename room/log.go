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

// marks are what else is to be known of a record.
type marks uint8

const (
	repaired marks = 1 << iota // came as an answer or in a reconciliation, not as news
	cited                      // something settled cites it
	void                       // contradicts what it cites: kept, but never shown
	bare                       // its body is not here
	bodyLost                   // nobody has the body
	expired                    // its time to live is over
	gapTold                    // it was shown with a gap before it
)

// entry is what is kept in memory of a record. There may be millions: what few
// of them need stands elsewhere (open, notes).
type entry struct {
	id    wire.RecordID
	chain *chain
	open  *open // until it is settled and all it cites, too
	clk   wire.Clk
	seq   uint64
	seen  uint32 // the highest seq of the own chain in its past
	refs  uint32 // held records that cite it
	typ   wire.RecordType
	state state
	marks marks
	live  bool // heard on its author's own link
	late  bool
	shown bool // delivered, or in place as history
}

// open is what a record cites, as long as part of that is not settled.
type open struct {
	cites   []wire.RecordID // prev, if any, and parents
	missing int             // of them not settled
}

func (e *entry) bound() wire.Bound { return wire.Bound{Clk: e.clk, ID: e.id.Short()} }
func (e *entry) held() bool        { return e.state == early || e.state == pending || e.state == settled }
func (e *entry) is(m marks) bool   { return e.marks&m != 0 }

// author is whose record it is.
func (e *entry) author() crypto.PublicKey { return e.chain.key.author }

// prev is the id of the record before in the chain, while that is not settled.
func (e *entry) prev() (id wire.RecordID, ok bool) {
	if e.open == nil || e.seq == 1 {
		return id, false
	}
	return e.open.cites[0], true
}

type chainKey struct {
	author crypto.PublicKey
	number uint64
}

// author is what is known of one key.
type author struct {
	pending, early int
	chains         int
	windows        map[windowKey]*paceWindow
	recentKey      windowKey // of recent, the window last counted in replay
	recent         *paceWindow
	profiles       []*entry // the newest, in order
	claims         claims
}

// log is the set of records with what follows from it.
type log struct {
	byHint  map[wire.Hint]*entry
	twins   map[wire.Hint][]*entry // more with the same hint
	chains  map[chainKey]*chain
	authors map[crypto.PublicKey]*author
	waiting map[wire.RecordID][]*entry // held entries by what they cite and is not settled
	heads   []*entry                   // settled, cited by nothing settled; in order
	index   index                      // pending and settled
	early   []*entry                   // in order
	pending int
	version uint64 // rises with each change of the index
}

func newLog() log {
	return log{
		byHint:  make(map[wire.Hint]*entry),
		twins:   make(map[wire.Hint][]*entry),
		chains:  make(map[chainKey]*chain),
		authors: make(map[crypto.PublicKey]*author),
		waiting: make(map[wire.RecordID][]*entry),
	}
}

func (l *log) get(id wire.RecordID) *entry {
	e := l.byHint[id.Hint()]
	if e == nil || e.id == id {
		return e
	}
	for _, e := range l.twins[id.Hint()] {
		if e.id == id {
			return e
		}
	}
	return nil
}

// hinted returns all entries with a hint.
func (l *log) hinted(h wire.Hint) []*entry {
	if e := l.byHint[h]; e != nil {
		return append([]*entry{e}, l.twins[h]...)
	}
	return nil
}

// short finds a record by the id that lists carry.
func (l *log) short(id wire.ShortID) *entry {
	for _, e := range l.hinted(id.Hint()) {
		if e.id.Short() == id {
			return e
		}
	}
	return nil
}

// add makes the entry of a record that is to be held.
func (l *log) add(id wire.RecordID, r *wire.Record) *entry {
	e := &entry{id: id, seq: r.Seq, clk: r.Clk, typ: r.Type}
	e.open = &open{cites: cites(r)}
	if !r.HasBody && r.BodyLen > 0 {
		e.marks |= bare
	}
	l.enter(e, chainKey{r.Author, r.Chain})
	return e
}

// enter puts an entry into the table of ids and gives it its chain.
func (l *log) enter(e *entry, key chainKey) {
	e.chain = l.chain(key)
	e.chain.entries++
	if h := e.id.Hint(); l.byHint[h] == nil {
		l.byHint[h] = e
	} else {
		l.twins[h] = append(l.twins[h], e)
	}
}

// forget takes an entry out of the table of ids.
func (l *log) forget(e *entry) {
	h := e.id.Hint()
	twins := slices.DeleteFunc(l.twins[h], func(o *entry) bool { return o == e })
	if l.byHint[h] == e {
		delete(l.byHint, h)
		if len(twins) > 0 {
			l.byHint[h], twins = twins[0], twins[1:]
		}
	}
	if len(twins) == 0 {
		delete(l.twins, h)
	} else {
		l.twins[h] = twins
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
	return appendCites(make([]wire.RecordID, 0, 1+len(r.Parents)), r)
}

func appendCites(out []wire.RecordID, r *wire.Record) []wire.RecordID {
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
