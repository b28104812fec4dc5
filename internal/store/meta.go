package store

import (
	"github.com/ncruces/go-sqlite3"
)

// noRoom is the number under which values are kept that belong to no room.
const noRoom = 0

// SetMeta keeps a small value of a room, durably; an empty one deletes it.
func (r *Room) SetMeta(key string, value []byte) error { return r.db.setMeta(r.row, key, value) }

// Meta returns the value that SetMeta kept; nil: there is none.
func (r *Room) Meta(key string) ([]byte, error) { return r.db.meta(r.row, key) }

// SetMeta keeps a small value that belongs to no room, durably; an empty one
// deletes it.
func (db *DB) SetMeta(key string, value []byte) error { return db.setMeta(noRoom, key, value) }

// Meta returns the value that SetMeta kept; nil: there is none.
func (db *DB) Meta(key string) ([]byte, error) { return db.meta(noRoom, key) }

// EachMeta hands out the values that belong to no room whose keys begin with a
// prefix, in the order of the keys, until the first error.
func (db *DB) EachMeta(prefix string, yield func(key string, value []byte) error) error {
	type pair struct {
		key   string
		value []byte
	}
	var all []pair
	err := db.read(func(c *conn) error {
		all = nil
		return c.each(func(s *sqlite3.Stmt) error {
			all = append(all, pair{s.ColumnText(0), s.ColumnBlob(1, []byte{})})
			return nil
		}, "SELECT key, value FROM meta WHERE room = ? AND substr(key, 1, length(?2)) = ?2 ORDER BY key", noRoom, prefix)
	})
	for _, p := range all {
		if err == nil {
			err = yield(p.key, p.value)
		}
	}
	return err
}

func (db *DB) setMeta(room int64, key string, value []byte) error {
	return db.commit(true, func(t *tx) error {
		if len(value) == 0 {
			return t.exec("DELETE FROM meta WHERE room = ? AND key = ?", room, key)
		}
		return t.exec("INSERT OR REPLACE INTO meta (room, key, value) VALUES (?, ?, ?)", room, key, value)
	})
}

func (db *DB) meta(room int64, key string) (value []byte, err error) {
	err = db.read(func(c *conn) error {
		_, err = c.one(func(s *sqlite3.Stmt) { value = s.ColumnBlob(0, []byte{}) },
			"SELECT value FROM meta WHERE room = ? AND key = ?", room, key)
		return err
	})
	return value, err
}
