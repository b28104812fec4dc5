package store

import (
	"time"

	"github.com/ncruces/go-sqlite3"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// maxNickAhead is how far ahead of the clock here a profile may be dated to
// count: one from the end of time would count for ever.
const maxNickAhead = time.Hour

// Nick is the name in the newest profile of an author, as sent: to be cleaned
// before it is shown. nil: none is known. It is for who has no room.Engine.
func (r *Room) Nick(key crypto.PublicKey) (name []byte, err error) {
	err = r.db.read(func(c *conn) error {
		_, err := c.one(func(s *sqlite3.Stmt) { name = s.ColumnBlob(0, nil) },
			"SELECT name FROM nick WHERE room = ? AND key = ?", r.row, key[:])
		return err
	})
	return name, err
}

// setNick takes a profile into account.
func (r *Room) setNick(t *tx, in *incoming) error {
	if in.Type != wire.RecordProfile || in.body == nil ||
		int64(in.Clk) > time.Now().Add(maxNickAhead).UnixMilli() {
		return nil
	}
	name := in.Field(wire.FieldNick)
	if len(name) == 0 || len(name) > room.MaxNick {
		return nil
	}
	return t.exec(`INSERT INTO nick (room, key, clk, name) VALUES (?, ?, ?, ?)
		ON CONFLICT (room, key) DO UPDATE SET clk = excluded.clk, name = excluded.name WHERE excluded.clk > nick.clk`,
		r.row, in.Author[:], int64(in.Clk), name)
}
