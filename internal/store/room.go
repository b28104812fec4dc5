package store

import (
	"errors"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"gochat/crypto"
	"gochat/internal/wire"
)

// ErrNoRoom says that a reader asked for a room that nothing is stored of.
var ErrNoRoom = errors.New("nothing is stored of this room")

// Room keeps one room's records; it is a room.Store. Its methods may be called
// from any goroutine.
type Room struct {
	db  *DB
	row int64
}

// Room returns the room's part of the database. A writer makes it at first
// use; for a reader that is ErrNoRoom.
func (db *DB) Room(id crypto.RoomID) (*Room, error) {
	db.mu.Lock()
	defer db.mu.Unlock()
	if r := db.rooms[id]; r != nil {
		return r, nil
	}
	row, err := db.findRoom(id)
	if err == nil && row == 0 {
		if db.writer == nil {
			return nil, fmt.Errorf("%s: %w", db.path, ErrNoRoom)
		}
		err = db.commit(false, func(t *tx) error {
			err := t.exec("INSERT INTO room (id) VALUES (?)", id[:])
			row = t.LastInsertRowID()
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	r := &Room{db, row}
	db.rooms[id] = r
	return r, nil
}

func (db *DB) findRoom(id crypto.RoomID) (row int64, err error) {
	err = db.read(func(c *conn) error {
		row, err = c.number("SELECT room FROM room WHERE id = ?", id[:])
		return err
	})
	return row, err
}

// RoomInfo is what a list of rooms shows.
type RoomInfo struct {
	ID      crypto.RoomID
	Name    string   // as SetName had it
	Newest  wire.Clk // of the newest message; 0: there is none
	Unshown int      // records no front has shown yet
}

// Rooms lists the rooms of the database, the one with the newest message first.
func (db *DB) Rooms() (list []RoomInfo, err error) {
	err = db.read(func(c *conn) error {
		list = nil
		return c.each(func(s *sqlite3.Stmt) error {
			info := RoomInfo{Name: s.ColumnText(1), Newest: wire.Clk(s.ColumnInt64(2)), Unshown: s.ColumnInt(3)}
			if copy(info.ID[:], s.ColumnRawBlob(0)) != len(info.ID) {
				return damaged("a room's id is too short")
			}
			list = append(list, info)
			return nil
		}, `SELECT id, name,
			ifnull((SELECT clk FROM record r WHERE r.room = room.room AND seat IS NOT NULL ORDER BY clk DESC LIMIT 1), 0) AS newest,
			(SELECT count(*) FROM unshown u WHERE u.room = room.room)
			FROM room ORDER BY newest DESC, room`)
	})
	return list, err
}

// SetName keeps the name the room is shown with.
func (r *Room) SetName(name string) error {
	return r.db.commit(true, func(t *tx) error {
		return t.exec("UPDATE room SET name = ? WHERE room = ?", name, r.row)
	})
}

// Name returns what SetName kept.
func (r *Room) Name() (name string, err error) {
	err = r.db.read(func(c *conn) error {
		name, err = c.word("SELECT name FROM room WHERE room = ?", r.row)
		return err
	})
	return name, err
}
