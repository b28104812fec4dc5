package store

import (
	"crypto/sha256"

	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
)

// What a front shows, it shows once, also over restarts and crashes. The
// screen or pipe and the database cannot change in one step, so the mark comes
// first: what a crash keeps from the screen in between is in the history, and
// nothing is shown twice.

// Unshown is a record that no front has shown yet.
type Unshown struct {
	ID     wire.RecordID
	Record *wire.Record
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
			list = append(list, Unshown{id, rec})
			return err
		}, `SELECT `+storedColumns+` FROM unshown u JOIN record r ON r.lid = u.lid
			WHERE u.room = ? ORDER BY u.clk, u.hint LIMIT ?`, r.row, max(limit, 0))
	})
	return list, err
}

// MarkShown notes that records are shown now. It outlives the process at once; a
// power failure may undo it, but that ends the screen, too. What is not stored,
// or was marked before, does not matter.
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
// was there.
func (r *Room) setShown(t *tx, old *stored) (wasUnshown bool, err error) {
	key := []any{r.row, int64(old.clk), old.hint, old.lid}
	err = t.exec("DELETE FROM unshown WHERE "+unshownMatch, key...)
	return err == nil && t.Changes() > 0, err
}
