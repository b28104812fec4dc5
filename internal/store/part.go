package store

import (
	"slices"
	"strconv"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// defaultPartTexts is how many texts a part takes before another begins. FTS5 gathers
// all places of all words that begin with a prefix before it yields the first:
// measured, 32,768 texts keep even one letter below 5 ms.
const defaultPartTexts = 1 << 15

// part is a stretch of a room's time. Its words stand together in the index.
type part struct {
	id          int64
	low         wire.Clk // begins here; the first of a room is moved back for what is older
	first, last wire.Clk // of all that was ever in it
	texts       int64    // in the index
	records     int64
	bytes       int64 // of headers and bodies
	dirty       bool
}

// parts are those of one room, ascending.
type parts []*part

// at returns the place of the part that a clk belongs to; -1 if there is none.
func (ps parts) at(clk wire.Clk) int {
	i, found := slices.BinarySearchFunc(ps, clk, func(p *part, clk wire.Clk) int {
		switch {
		case p.low < clk:
			return -1
		case p.low > clk:
			return 1
		}
		return 0
	})
	if !found && i > 0 {
		i--
	}
	return min(i, len(ps)-1)
}

// prefix is what the part's words begin with in the index. No number in base
// 32 has an x.
func partPrefix(id int64) string { return strconv.FormatInt(id, 32) + "x" }

// partsOf returns the parts of a room.
func (t *tx) partsOf(room int64) (parts, error) {
	if ps, ok := t.parts[room]; ok {
		return ps, nil
	}
	var ps parts
	err := t.each(func(s *sqlite3.Stmt) error {
		ps = append(ps, &part{
			id: s.ColumnInt64(0), low: wire.Clk(s.ColumnInt64(1)), first: wire.Clk(s.ColumnInt64(2)),
			last: wire.Clk(s.ColumnInt64(3)), texts: s.ColumnInt64(4), records: s.ColumnInt64(5), bytes: s.ColumnInt64(6),
		})
		return nil
	}, "SELECT part, low, first, last, texts, records, bytes FROM part WHERE room = ? ORDER BY low", room)
	if err == nil {
		t.parts[room] = ps
	}
	return ps, err
}

// partFor returns the part that a new record goes to, a new one if need be: at
// either end of a full part, so that what is in it stays where it is. Whoever
// gets a room's past, newest first, fills parts from their end.
func (t *tx) partFor(room int64, clk wire.Clk) (*part, error) {
	ps, err := t.partsOf(room)
	if err != nil {
		return nil, err
	}
	i := ps.at(clk)
	if i < 0 {
		return t.newPart(room, 0, 0, clk)
	}
	p := ps[i]
	switch {
	case p.texts < t.partTexts:
		return p, nil
	case clk > p.last:
		return t.newPart(room, i+1, clk, clk)
	case clk < p.first:
		low := p.low
		p.low, p.dirty = p.first, true
		return t.newPart(room, i, min(low, clk), clk)
	}
	return p, nil
}

// newPart makes the i-th part of a room.
func (t *tx) newPart(room int64, i int, low, clk wire.Clk) (*part, error) {
	err := t.exec("INSERT INTO part (room, low, first, last, texts, records, bytes) VALUES (?, ?, ?, ?, 0, 0, 0)",
		room, int64(low), int64(clk), int64(clk))
	if err != nil {
		return nil, err
	}
	p := &part{id: t.LastInsertRowID(), low: low, first: clk, last: clk}
	t.parts[room] = slices.Insert(t.parts[room], i, p)
	return p, nil
}

// partOf returns the part that a stored record is in.
func (t *tx) partOf(room int64, clk wire.Clk) (*part, error) {
	ps, err := t.partsOf(room)
	if err != nil {
		return nil, err
	}
	i := ps.at(clk)
	if i < 0 {
		return nil, damaged("records without a part")
	}
	return ps[i], nil
}

// count notes what came (or, below zero, went) at a clk.
func (p *part) count(clk wire.Clk, records, bytes int64) {
	p.low = min(p.low, clk) // of the first part only
	p.first, p.last = min(p.first, clk), max(p.last, clk)
	p.records += records
	p.bytes += bytes
	p.dirty = true
}

// saveParts writes down what has changed, and drops what has become empty.
func (t *tx) saveParts(room int64) error {
	ps, known := t.parts[room]
	if !known {
		return nil
	}
	for _, p := range ps {
		if !p.dirty {
			continue
		}
		p.dirty = false
		sql, args := "UPDATE part SET low = ?, first = ?, last = ?, texts = ?, records = ?, bytes = ? WHERE part = ?",
			[]any{int64(p.low), int64(p.first), int64(p.last), p.texts, p.records, p.bytes, p.id}
		if p.records == 0 {
			sql, args = "DELETE FROM part WHERE part = ?", []any{p.id}
		}
		if err := t.exec(sql, args...); err != nil {
			return err
		}
	}
	t.parts[room] = slices.DeleteFunc(ps, func(p *part) bool { return p.records == 0 })
	return nil
}
