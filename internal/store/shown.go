package store

import (
	"crypto/sha256"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// What a front shows, it shows once, also over restarts and crashes. The
// screen or pipe and the database cannot change in one step, so a crash in
// between leaves some records of which nobody can say whether they were seen.
// Neither to lose those nor to show them twice unnoticed, a front goes
//
//	Claim (committed) → write → MarkShown
//
// and shows only what Claim granted. After a crash the records between the two
// come back from Unshown, marked as claimed: a stream that must not repeat
// itself leaves them out or says that it may have told of them before; a
// screen, which draws its history anyway, marks them as shown.

// Unshown is a record that no front has shown yet.
type Unshown struct {
	ID      wire.RecordID
	Record  *wire.Record
	Claimed bool // a process was about to show it, and may have
}

// Unshown returns the first limit records not shown yet, in the room's order: of each
// author in sequence, none before one it refers to. Some may still wait for
// what comes before them; the room.Engine knows. Profiles and the like are not
// among them, nor what was deleted unseen.
func (r *Room) Unshown(limit int) (list []Unshown, err error) {
	err = r.db.read(func(c *conn) error {
		list = nil
		return c.each(func(s *sqlite3.Stmt) error {
			id, rec, err := readStored(s).record()
			list = append(list, Unshown{id, rec, s.ColumnBool(6)})
			return err
		}, `SELECT `+storedColumns+`, u.claimed FROM unshown u JOIN record r ON r.lid = u.lid
			WHERE u.room = ? ORDER BY u.clk, u.hint LIMIT ?`, r.row, max(limit, 0))
	})
	return list, err
}

// Claim asks for the right to show records, and returns those of ids, in their
// order, that were neither shown nor claimed before. It outlives the process at
// once; a power failure may undo it, but that ends the screen, too.
func (r *Room) Claim(ids ...wire.RecordID) (granted []wire.RecordID, err error) {
	err = r.db.commit(false, func(t *tx) error {
		granted = nil
		for _, id := range ids {
			key, found, err := r.unshownKey(t, id)
			if err != nil {
				return err
			}
			if !found {
				continue
			}
			if err := t.exec("UPDATE unshown SET claimed = 1 WHERE claimed = 0 AND "+unshownMatch, key...); err != nil {
				return err
			}
			if t.Changes() > 0 {
				granted = append(granted, id)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return granted, nil
}

// MarkShown notes that records were shown. What is not stored, or was marked
// before, does not matter.
func (r *Room) MarkShown(ids ...wire.RecordID) error {
	return r.db.commit(false, func(t *tx) error {
		for _, id := range ids {
			key, found, err := r.unshownKey(t, id)
			if err == nil && found {
				err = t.exec("DELETE FROM unshown WHERE "+unshownMatch, key...)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkShownBefore notes that all records before a place in the room's order
// need not be shown any more; an empty one is behind all. It goes in steps, so
// that commits go on beside it. The error may be ErrOrder.
func (r *Room) MarkShownBefore(order string) error {
	end := lastPlace
	if order != "" {
		var err error
		if end, err = parsePlace(order); err != nil {
			return err
		}
	}
	for more := true; more; {
		clk, h := int64(end.clk), hint(end.id)
		err := r.db.commit(false, func(t *tx) (err error) {
			more, err = t.one(func(s *sqlite3.Stmt) { clk, h = s.ColumnInt64(0), s.ColumnInt64(1) },
				`SELECT clk, hint FROM unshown WHERE room = ? AND (clk, hint) < (?, ?)
				ORDER BY clk, hint LIMIT 1 OFFSET 4096`, r.row, clk, h)
			if err != nil {
				return err
			}
			return t.exec("DELETE FROM unshown WHERE room = ? AND (clk, hint) < (?, ?)", r.row, clk, h)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

const unshownMatch = "room = ? AND clk = ? AND hint = ? AND lid = ?"

// unshownKey is the key of a record in the table of what was not shown.
func (r *Room) unshownKey(t *tx, id wire.RecordID) (key []any, found bool, err error) {
	err = t.each(func(s *sqlite3.Stmt) error {
		if sha256.Sum256(s.ColumnRawBlob(2)) == id {
			key, found = []any{r.row, s.ColumnInt64(1), hint(id), s.ColumnInt64(0)}, true
		}
		return nil
	}, "SELECT lid, clk, header FROM record WHERE hint = ? AND room = ?", hint(id), r.row)
	return key, found, err
}

// setUnshown puts a new record among those to be shown, if it is to be shown
// at all and was not shown before.
func (r *Room) setUnshown(t *tx, in *incoming, lid int64) error {
	if !isShown(in.Type) || in.body == nil {
		return nil
	}
	key := []any{r.row, int64(in.Clk), in.id[:]}
	ghost, err := t.one(func(*sqlite3.Stmt) {}, "SELECT 1 FROM ghost WHERE room = ? AND clk = ? AND id = ?", key...)
	switch {
	case err != nil:
		return err
	case ghost:
		return t.exec("DELETE FROM ghost WHERE room = ? AND clk = ? AND id = ?", key...)
	}
	return t.exec("INSERT INTO unshown (room, clk, hint, lid) VALUES (?, ?, ?, ?)",
		r.row, int64(in.Clk), hint(in.id), lid)
}

// setShown takes a record from among those to be shown, and tells whether it
// was there and unclaimed.
func (r *Room) setShown(t *tx, old *stored) (wasUnshown bool, err error) {
	key := []any{r.row, int64(old.clk), old.hint, old.lid}
	_, err = t.one(func(s *sqlite3.Stmt) { wasUnshown = s.ColumnInt(0) == 0 },
		"SELECT claimed FROM unshown WHERE "+unshownMatch, key...)
	if err != nil {
		return false, err
	}
	return wasUnshown, t.exec("DELETE FROM unshown WHERE "+unshownMatch, key...)
}
