package room

import "gochat/internal/wire"

// The pace of an author is a rule on the set itself, so all judge alike: of one
// author's records with a clk in the same minute, and in the same day, only the
// lowest so many in the room's order stay, and whatever is cited by a record
// that stays. Who floods runs his own clock into the future, and there his
// records wait.
var pace = [...]struct {
	count int
	span  wire.Clk
}{{paceShortCount, paceShortSpan}, {paceLongCount, paceLongSpan}}

const (
	paceMinute = iota
	paceDay
)

// windowKey names a minute or a day: its number, by clk.
type windowKey struct {
	number uint64
	pace   uint8
}

func windowOf(pc int, clk wire.Clk) windowKey {
	return windowKey{uint64(clk / pace[pc].span), uint8(pc)}
}

func (k windowKey) bounds() (from, to wire.Bound) {
	span := pace[k.pace].span
	start := wire.Clk(k.number) * span
	return wire.Bound{Clk: start}, wire.Bound{Clk: start + span}
}

// paceWindow counts an author's records in it. Minutes are counted only in days
// that have more than a minute may hold.
type paceWindow struct {
	n    int
	last *entry // the highest that may stay; nil: to be found
}

// window returns an author's window, a new one if need be.
func (a *author) window(key windowKey) *paceWindow {
	w := a.windows[key]
	if w == nil {
		if a.windows == nil {
			a.windows = make(map[windowKey]*paceWindow)
		}
		w = &paceWindow{}
		a.windows[key] = w
	}
	return w
}

// count takes a record that has just come into the index into account, and
// drops what its author has too much.
func (e *Engine) count(en *entry) {
	a := en.chain.author
	minute, day := windowOf(paceMinute, en.clk), windowOf(paceDay, en.clk)
	today := a.window(day)
	today.n++
	if w := a.windows[minute]; w != nil {
		w.n++
	} else if today.n > paceShortCount {
		a.window(minute).n = e.census(a, minute)
	}
	for _, key := range [...]windowKey{minute, day} {
		if w := a.windows[key]; w != nil && w.last != nil && compareEntries(en, w.last) < 0 {
			w.last = e.previous(w.last)
		}
		e.enforce(a, key)
	}
}

func (e *Engine) census(a *author, key windowKey) (n int) {
	e.window(key, func(en *entry) bool {
		if en.chain.author == a {
			n++
		}
		return true
	})
	return n
}

// window hands out the entries of a window, in order.
func (e *Engine) window(key windowKey, yield func(*entry) bool) {
	from, to := key.bounds()
	e.log.index.ascend(from, func(en *entry) bool { return en.clk < to.Clk && yield(en) })
}

// limit finds the highest record of an author that may stay in a window.
func (e *Engine) limit(a *author, key windowKey, w *paceWindow) *entry {
	if w.last == nil {
		n := 0
		e.window(key, func(en *entry) bool {
			if en.chain.author == a {
				n++
				w.last = en
			}
			return n < pace[key.pace].count
		})
	}
	return w.last
}

// previous is the entry of the same author before one in the index.
func (e *Engine) previous(of *entry) (found *entry) {
	at := e.log.index.find(func(o *entry) bool { return compareEntries(o, of) < 0 })
	e.log.index.before(at, func(en *entry) bool {
		if en.chain.author == of.chain.author {
			found = en
		}
		return found == nil
	})
	return found
}

// enforce drops what a window holds too much, from behind.
func (e *Engine) enforce(a *author, key windowKey) {
	w := a.windows[key]
	if w == nil || w.n <= pace[key.pace].count {
		return
	}
	limit := e.limit(a, key, w)
	var over []*entry
	_, end := key.bounds()
	e.log.index.before(e.log.index.at(end), func(en *entry) bool {
		if en.chain.author == a && en != limit {
			over = append(over, en)
		}
		return en != limit
	})
	for _, en := range over {
		if en.held() && en.refs == 0 {
			e.remove(en)
		}
	}
}

// uncount forgets a record that left the index.
func (e *Engine) uncount(en *entry) {
	a := en.chain.author
	for pc := range pace {
		key := windowOf(pc, en.clk)
		w := a.windows[key]
		if w == nil {
			continue
		}
		if w.n--; w.n == 0 {
			delete(a.windows, key)
		}
		if w.last != nil && compareEntries(en, w.last) <= 0 {
			w.last = nil
		}
	}
}

// overPace reports whether a record in the index is one too many in its window.
func (e *Engine) overPace(en *entry) bool {
	a := en.chain.author
	for pc := range pace {
		key := windowOf(pc, en.clk)
		if w := a.windows[key]; w != nil && w.n > pace[pc].count && compareEntries(en, e.limit(a, key, w)) > 0 {
			return true
		}
	}
	return false
}

// crowded reports whether a record that is not here yet would be one too many.
func (e *Engine) crowded(id wire.RecordID, r *wire.Record) bool {
	a := e.log.authors[r.Author]
	if a == nil || len(e.log.waiting[id]) > 0 {
		return false
	}
	for pc := range pace {
		key := windowOf(pc, r.Clk)
		w := a.windows[key]
		if w == nil || w.n < pace[pc].count {
			continue
		}
		if last := e.limit(a, key, w); compareOrder(r.Clk, id, last.clk, last.id) > 0 {
			return true
		}
	}
	return false
}

// pacer finds places for records of one's own that are being signed.
type pacer struct {
	e     *Engine
	taken map[windowKey]int
}

func (e *Engine) newPacer() pacer { return pacer{e: e, taken: make(map[windowKey]int)} }

// next is the lowest clk from one on that keeps the pace; it counts as taken.
func (p pacer) next(clk wire.Clk) wire.Clk {
	for pc := 0; pc < len(pace); pc++ {
		if key := windowOf(pc, clk); p.count(key) >= pace[pc].count {
			_, end := key.bounds()
			clk, pc = end.Clk, -1
		}
	}
	for pc := range pace {
		p.taken[windowOf(pc, clk)]++
	}
	return clk
}

func (p pacer) count(key windowKey) int {
	n, ok := p.taken[key]
	if !ok {
		a := p.e.own.author
		if w := a.windows[key]; w != nil {
			n = w.n
		} else if key.pace == paceMinute {
			n = p.e.census(a, key)
		}
		p.taken[key] = n
	}
	return n
}
