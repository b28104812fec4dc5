package store

import (
	"slices"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
	"gochat/room"
)

// Which says which messages a front wants.
type Which int

// Shown messages were shown. Stored ones are all there are, also
// those that wait for what comes before them.
const (
	Shown Which = iota
	Stored
)

// Page returns the last limit messages (texts) before a place in the room's
// order, the oldest first, with what became of them (room.Preview). before is a room.Message's Order, or
// empty for the newest page. The error may be ErrOrder.
func (r *Room) Page(which Which, before string, limit int) ([]room.Message, error) {
	end := lastPlace
	if before != "" {
		var err error
		if end, err = parsePlace(before); err != nil {
			return nil, err
		}
	}
	list, err := r.page(which, "<=", "DESC", end, limit)
	slices.Reverse(list)
	return list, err
}

// After returns the first limit messages behind a place in the room's order,
// the oldest first. An empty place is before all. The error may be ErrOrder.
func (r *Room) After(which Which, after string, limit int) ([]room.Message, error) {
	var begin place
	if after != "" {
		var err error
		if begin, err = parsePlace(after); err != nil {
			return nil, err
		}
	}
	return r.page(which, ">=", "ASC", begin, limit)
}

// page reads messages from one side of a place, away from it.
func (r *Room) page(which Which, side, direction string, from place, limit int) ([]room.Message, error) {
	sign := 1
	if direction == "DESC" {
		sign = -1
	}
	return r.fill(from, sign, limit, func(c *conn, l *lister) error {
		return l.collect(c, which, `SELECT `+storedColumns+`, `+unshownColumn+` FROM record r
			WHERE r.room = ? AND r.seat IS NOT NULL AND (r.clk, r.hint) `+side+` (?, ?)
			ORDER BY r.clk `+direction+`, r.hint `+direction,
			r.row, int64(l.from.clk), hint(l.from.id))
	})
}

// fill lists records until there are as many as wanted that are to be shown, or
// no more.
func (r *Room) fill(from place, sign, limit int, collect func(*conn, *lister) error) (out []room.Message, err error) {
	for len(out) < limit {
		l := &lister{limit: limit - len(out), from: from, sign: sign}
		var list []room.Message
		err := r.db.read(func(c *conn) error {
			l.list = nil
			err := collect(c, l)
			if err == nil {
				list, err = r.views(c, l.result())
			}
			return err
		})
		if err != nil || len(l.list) == 0 {
			return out, err
		}
		out = append(out, list...)
		from = l.result()[len(l.result())-1].place
	}
	return out, nil
}

// unshownColumn tells whether a record waits to be shown.
const unshownColumn = `EXISTS (SELECT 1 FROM unshown u WHERE u.room = r.room AND u.clk = r.clk
	AND u.hint = r.hint AND u.lid = r.lid)`

// lister gathers records that come in the order of (clk, hint), and puts
// those that agree in both in the order of their ids.
type lister struct {
	limit int
	from  place // exclusive
	sign  int   // 1: ascending, -1: descending
	list  []found
}

type found struct {
	place
	hint int64
	rec  *wire.Record
}

// collect reads rows of storedColumns and unshownColumn.
func (l *lister) collect(c *conn, which Which, sql string, args ...any) error {
	err := c.each(func(s *sqlite3.Stmt) error {
		if l.full(wire.Clk(s.ColumnInt64(1)), s.ColumnInt64(2)) {
			return errEnough
		}
		if which == Shown && s.ColumnBool(6) {
			return nil
		}
		return l.add(readStored(s), wire.RecordText)
	}, sql, args...)
	if err == errEnough {
		return nil
	}
	return err
}

// full reports whether a row with this place comes too late.
func (l *lister) full(clk wire.Clk, h int64) bool {
	if len(l.list) < l.limit {
		return false
	}
	if l.limit <= 0 {
		return true
	}
	last := l.list[len(l.list)-1]
	return last.clk != clk || last.hint != h
}

// add takes a row if it is of one of the types.
func (l *lister) add(o *stored, types ...wire.RecordType) error {
	if !slices.Contains(types, typeOf(o.header)) {
		return nil
	}
	id, rec, err := o.record()
	if err == nil {
		l.insert(found{place{o.clk, id}, o.hint, rec})
	}
	return err
}

// insert takes a record if it is behind from.
func (l *lister) insert(f found) {
	if f.compare(l.from)*l.sign <= 0 {
		return
	}
	l.list = append(l.list, f)
	for i := len(l.list) - 1; i > 0 && l.list[i-1].compare(f.place)*l.sign > 0; i-- {
		l.list[i-1], l.list[i] = l.list[i], l.list[i-1]
	}
}

// result is what was gathered, without what a tie brought beyond the limit.
func (l *lister) result() []found { return l.list[:min(max(l.limit, 0), len(l.list))] }
