package store

import (
	"github.com/ncruces/go-sqlite3"

	"gochat/internal/wire"
	"gochat/room"
)

// Arrivals returns messages of the room in the order in which they arrived
// here: at most limit of those that came after a number (0: before all). next
// is the number to go on from; LastArrival has the one to begin from now. It is
// for who follows a room in another process.
func (r *Room) Arrivals(after int64, limit int) (list []room.Message, next int64, err error) {
	err = r.db.read(func(c *conn) error {
		var came []found
		next = after
		err := c.each(func(s *sqlite3.Stmt) error {
			if len(came) >= limit {
				return errEnough
			}
			next = s.ColumnInt64(0)
			o := readStored(s)
			if typeOf(o.header) != wire.RecordText {
				return nil
			}
			id, rec, err := o.record()
			came = append(came, found{place: place{o.clk, id}, rec: rec})
			return err
		}, `SELECT `+storedColumns+` FROM record r
			WHERE r.lid > ? AND +r.room = ? AND r.seat IS NOT NULL ORDER BY r.lid`, after, r.row)
		if err == nil { // what others were sent need not be looked at again
			next, err = c.number("SELECT max(?, ifnull(max(lid), 0)) FROM record", after)
		}
		if err == nil || err == errEnough {
			list, err = r.views(c, came)
		}
		return err
	})
	return list, next, err
}

// LastArrival is the number of the newest record of all rooms.
func (db *DB) LastArrival() (number int64, err error) {
	err = db.read(func(c *conn) error {
		number, err = c.number("SELECT max(lid) FROM record")
		return err
	})
	return number, err
}
