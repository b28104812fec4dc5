package store

import (
	"context"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

const (
	// trimRecords are dropped in one transaction: a commit that comes meanwhile
	// waits for these and not for all.
	trimRecords = 64
	// vacuum gives so many pages back to the disk in one transaction.
	vacuum = "PRAGMA incremental_vacuum(128)"
)

// Drop says what Trim takes away.
type Drop int

// DropBodies leaves the headers, which keep chains whole; DropRecords leaves nothing.
const (
	DropBodies Drop = iota
	DropRecords
)

// Trim drops what is older than floor, the oldest first, but for what keep (if
// it is not nil) wants kept, and gives the disk its room back. It goes in
// small steps, so that commits go on beside it, and ctx may end it between two.
// It returns how many records were dropped or became headers.
func (r *Room) Trim(ctx context.Context, floor wire.Clk, drop Drop, keep func(wire.RecordID, *wire.Record) bool) (n int, err error) {
	for at, more := (trimmed{clk: -1}), true; more; {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		var ids []wire.RecordID
		if ids, more, err = r.oldest(&at, floor, drop, keep); err != nil {
			return n, err
		}
		if err := r.drop(ids, drop); err != nil {
			return n, err
		}
		n += len(ids)
	}
	err = r.db.commit(false, func(t *tx) error {
		err := t.exec("DELETE FROM ghost WHERE room = ? AND clk < ?", r.row, int64(floor))
		if err == nil && drop == DropRecords {
			err = t.exec("DELETE FROM nick WHERE room = ? AND clk < ?", r.row, int64(floor))
		}
		return err
	})
	if err != nil {
		return n, err
	}
	return n, r.db.shrink(ctx)
}

// trimmed is how far Trim has come.
type trimmed struct{ clk, hint int64 }

// oldest looks at the next records behind at, and returns those to drop.
func (r *Room) oldest(at *trimmed, floor wire.Clk, drop Drop, keep func(wire.RecordID, *wire.Record) bool) (ids []wire.RecordID, more bool, err error) {
	body := ""
	if drop == DropBodies {
		body = "AND body IS NOT NULL"
	}
	seen := 0
	err = r.db.read(func(c *conn) error {
		return c.each(func(s *sqlite3.Stmt) error {
			seen++
			at.clk, at.hint = s.ColumnInt64(0), s.ColumnInt64(1)
			id, rec, err := parse(at.hint, s.ColumnRawBlob(2), s.ColumnRawBlob(3))
			if err == nil && (keep == nil || !keep(id, rec)) {
				ids = append(ids, id)
			}
			return err
		}, `SELECT clk, hint, header, body FROM record WHERE room = ?1 AND seat IS NOT NULL
				AND (clk, hint) > (?2, ?3) AND clk < ?4 `+body+`
			UNION ALL SELECT clk, hint, header, body FROM record WHERE room = ?1 AND seat IS NULL
				AND (clk, hint) > (?2, ?3) AND clk < ?4 `+body+`
			ORDER BY 1, 2 LIMIT ?5`, r.row, at.clk, at.hint, int64(floor), trimRecords)
	})
	return ids, seen == trimRecords, err
}

// drop takes records, or their bodies, away.
func (r *Room) drop(ids []wire.RecordID, drop Drop) error {
	if len(ids) == 0 {
		return nil
	}
	return r.db.commit(false, func(t *tx) error {
		for _, id := range ids {
			old, err := t.find(r.row, id)
			switch {
			case err != nil:
				return err
			case old == nil:
			case drop == DropRecords:
				err = r.remove(t, id, old, false)
			case old.body != nil:
				err = r.dropBody(t, old)
			}
			if err != nil {
				return err
			}
		}
		return t.saveParts(r.row)
	})
}

// shrink moves the free pages of the file to its end and cuts them off.
func (db *DB) shrink(ctx context.Context) error {
	for left := int64(1); left > 0; {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := db.commit(false, func(t *tx) error {
			if err := t.each(func(*sqlite3.Stmt) error { return nil }, vacuum); err != nil {
				return err
			}
			var err error
			left, err = t.number("PRAGMA freelist_count")
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
