package store

import (
	"errors"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
	"gochat/room"
)

// errEnough ends the reading of rows.
var errEnough = errors.New("enough")

// Search returns the last limit messages and edits before a place in the
// room's order that have all words of the query, the newest first. before is a
// room.Message's Order, or empty. A query is words and "phrases in quotes"; the
// last word may be the beginning of one. Case and accents do not count. The
// error may be ErrNoWords or ErrOrder.
func (r *Room) Search(query string, before string, limit int) ([]room.Message, error) {
	phrases := parseQuery(query)
	if len(phrases) == 0 {
		return nil, ErrNoWords
	}
	end := lastPlace
	if before != "" {
		var err error
		if end, err = parsePlace(before); err != nil {
			return nil, err
		}
	}
	return r.fill(end, -1, limit, func(c *conn, l *lister) error {
		ids, err := r.searchedParts(c, l.from.clk)
		for _, id := range ids {
			if err != nil || len(l.list) >= l.limit {
				return err
			}
			err = l.searchPart(c, r.row, phrases, partPrefix(id))
		}
		return err
	})
}

// searchedParts lists the parts with texts up to a clk, the newest first.
func (r *Room) searchedParts(c *conn, clk wire.Clk) (ids []int64, err error) {
	err = c.each(func(s *sqlite3.Stmt) error {
		ids = append(ids, s.ColumnInt64(0))
		return nil
	}, "SELECT part FROM part WHERE room = ? AND first <= ? AND texts > 0 ORDER BY low DESC", r.row, int64(clk))
	return ids, err
}

// searchPart adds what a part has.
func (l *lister) searchPart(c *conn, room int64, phrases []phrase, prefix string) error {
	if some, err := l.worthwhile(c, phrases, prefix); err != nil || !some {
		return err
	}
	err := c.each(func(s *sqlite3.Stmt) error {
		doc := s.ColumnInt64(0)
		clk := wire.Clk(doc >> seatBits)
		if len(l.list) >= l.limit && l.list[len(l.list)-1].clk != clk {
			return errEnough
		}
		return c.each(func(s *sqlite3.Stmt) error {
			return l.add(readStored(s), wire.RecordText, wire.RecordEdit)
		}, `SELECT `+storedColumns+` FROM record r
			WHERE r.room = ? AND r.clk = ? AND r.seat = ? AND r.seat IS NOT NULL`,
			room, int64(clk), doc&(maxSeats-1))
	}, "SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC",
		matchAll(phrases, prefix), docID(l.from.clk+1, 0))
	if err == errEnough {
		return nil
	}
	return err
}

// worthwhile looks whether the whole words of a query occur in a part at all:
// for the beginning of a word FTS5 gathers all it may mean, which would be for
// nothing.
func (l *lister) worthwhile(c *conn, phrases []phrase, prefix string) (bool, error) {
	var whole []string
	for _, p := range phrases {
		if !p.open {
			whole = append(whole, p.match(prefix))
		}
	}
	if len(whole) == 0 || len(whole) == len(phrases) {
		return true, nil
	}
	return c.one(func(*sqlite3.Stmt) {}, "SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", strings.Join(whole, " AND "))
}
