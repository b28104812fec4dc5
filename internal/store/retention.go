package store

import (
	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// Size is what a room takes.
type Size struct {
	Records int64
	Bytes   int64 // of headers and bodies; indexes add about a third
}

// Size returns what the room takes.
func (r *Room) Size() (size Size, err error) {
	err = r.db.read(func(c *conn) error {
		_, err := c.one(func(s *sqlite3.Stmt) { size = Size{s.ColumnInt64(0), s.ColumnInt64(1)} },
			"SELECT sum(records), sum(bytes) FROM part WHERE room = ?", r.row)
		return err
	})
	return size, err
}

// NewestBytes returns a clk from which on there are at most so many bytes, and
// as many as fit: the floor to which a room that may keep as much is to be
// trimmed. It is 0 if the room has no more.
func (r *Room) NewestBytes(bytes int64) (floor wire.Clk, err error) {
	err = r.db.read(func(c *conn) error {
		begin, end, left, err := r.partWithByte(c, bytes)
		if err != nil || left < 0 {
			floor = 0
			return err
		}
		at := end
		err = c.each(func(s *sqlite3.Stmt) error {
			if clk := wire.Clk(s.ColumnInt64(0)); clk != at { // all at the clk before fit
				floor, at = at, clk
			}
			if left -= s.ColumnInt64(1); left < 0 {
				return errEnough
			}
			return nil
		}, `SELECT clk, length(header) + ifnull(length(body), 0) FROM record
				WHERE room = ?1 AND seat IS NOT NULL AND clk >= ?2 AND clk < ?3
			UNION ALL SELECT clk, length(header) + ifnull(length(body), 0) FROM record
				WHERE room = ?1 AND seat IS NULL AND clk >= ?2 AND clk < ?3
			ORDER BY 1 DESC`, r.row, int64(begin), int64(end))
		if err == errEnough {
			err = nil
		}
		return err
	})
	return floor, err
}

// partWithByte finds the part, from begin to before end, in which so many
// bytes are exceeded, counted from the newest; left is how many of them remain
// for it, or -1 if all parts have no more.
func (r *Room) partWithByte(c *conn, bytes int64) (begin, end wire.Clk, left int64, err error) {
	left = bytes
	begin = wire.MaxClk
	err = c.each(func(s *sqlite3.Stmt) error {
		begin, end = wire.Clk(s.ColumnInt64(0)), begin
		if n := s.ColumnInt64(1); n > left {
			return errEnough
		} else {
			left -= n
		}
		return nil
	}, "SELECT low, bytes FROM part WHERE room = ? ORDER BY low DESC", r.row)
	switch err {
	case nil:
		left = -1
	case errEnough:
		err = nil
	}
	return begin, end, left, err
}
