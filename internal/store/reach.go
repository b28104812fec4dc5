package store

import (
	"slices"

	"github.com/ncruces/go-sqlite3"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// SetReached notes that a peer's store has a record of ours. It waits up to a
// second for a transaction to join; a crash may lose that second, and the peer
// will tell again.
func (r *Room) SetReached(id wire.RecordID, peer crypto.PublicKey) error {
	if r.db.writer == nil {
		return r.db.fail(ErrReadOnly)
	}
	return r.db.writer.later(func(t *tx) error {
		lid, err := r.openOwn(t, id)
		if err != nil || lid == 0 {
			return err
		}
		n, err := t.peer(peer)
		if err != nil {
			return err
		}
		return t.exec("INSERT OR IGNORE INTO reach (lid, peer) VALUES (?, ?)", lid, n)
	})
}

// SetComplete notes that records of ours have reached everybody they are meant
// for; whom exactly is not kept any longer.
func (r *Room) SetComplete(ids ...wire.RecordID) error {
	return r.db.commit(false, func(t *tx) error {
		for _, id := range ids {
			lid, err := r.openOwn(t, id)
			if err == nil && lid != 0 {
				err = r.setComplete(t, lid)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func (r *Room) setComplete(t *tx, lid int64) error {
	if err := t.exec("DELETE FROM own WHERE room = ? AND lid = ?", r.row, lid); err != nil {
		return err
	}
	return t.exec("DELETE FROM reach WHERE lid = ?", lid)
}

// Delivery is how far a message of ours has come.
type Delivery struct {
	ID      wire.RecordID
	Record  *wire.Record
	Reached []crypto.PublicKey // whose stores are known to have it, ascending
}

// Undelivered returns the first limit messages of ours, in the order they were
// written here, that are not known to have reached everybody (SetComplete):
// with an empty Reached, not even anybody.
func (r *Room) Undelivered(limit int) (list []Delivery, err error) {
	if err := r.db.flush(); err != nil {
		return nil, err
	}
	err = r.db.read(func(c *conn) error {
		list = nil
		var lids []int64
		err := c.each(func(s *sqlite3.Stmt) error {
			id, rec, err := readStored(s).record()
			if err == nil {
				list = append(list, Delivery{ID: id, Record: rec})
				lids = append(lids, s.ColumnInt64(0))
			}
			return err
		}, `SELECT `+storedColumns+` FROM own o JOIN record r ON r.lid = o.lid
			WHERE o.room = ? ORDER BY o.lid LIMIT ?`, r.row, max(limit, 0))
		for i := 0; i < len(list) && err == nil; i++ {
			list[i].Reached, err = c.reached(lids[i])
		}
		return err
	})
	return list, err
}

// Reached returns whose stores are known to have a message of ours. complete
// tells that it reached everybody it was meant for, and whom is not kept. The
// error may be room.ErrNotFound.
func (r *Room) Reached(id wire.RecordID) (peers []crypto.PublicKey, complete bool, err error) {
	if err := r.db.flush(); err != nil {
		return nil, false, err
	}
	missing := false
	err = r.db.read(func(c *conn) error {
		o, err := c.find(r.row, id)
		if missing = err == nil && o == nil; missing || err != nil {
			return err
		}
		open, err := c.one(func(*sqlite3.Stmt) {}, "SELECT 1 FROM own WHERE room = ? AND lid = ?", r.row, o.lid)
		if err != nil {
			return err
		}
		complete = !open
		peers, err = c.reached(o.lid)
		return err
	})
	if missing {
		err = room.ErrNotFound
	}
	return peers, complete, err
}

func (c *conn) reached(lid int64) (peers []crypto.PublicKey, err error) {
	err = c.each(func(s *sqlite3.Stmt) error {
		var k crypto.PublicKey
		if copy(k[:], s.ColumnRawBlob(0)) != len(k) {
			return damaged("a member's key is too short")
		}
		peers = append(peers, k)
		return nil
	}, "SELECT p.key FROM reach JOIN peer p USING (peer) WHERE lid = ?", lid)
	slices.SortFunc(peers, crypto.PublicKey.Compare)
	return peers, err
}

// openOwn finds a message of ours that is still followed; 0: it is not.
func (r *Room) openOwn(t *tx, id wire.RecordID) (lid int64, err error) {
	o, err := t.find(r.row, id)
	if err != nil || o == nil {
		return 0, err
	}
	return t.number("SELECT lid FROM own WHERE room = ? AND lid = ?", r.row, o.lid)
}

// peer is the number that stands for a key.
func (t *tx) peer(k crypto.PublicKey) (n int64, err error) {
	if n := t.peers[k]; n != 0 {
		return n, nil
	}
	n, err = t.number("SELECT peer FROM peer WHERE key = ?", k[:])
	if err == nil && n == 0 {
		err = t.exec("INSERT INTO peer (key) VALUES (?)", k[:])
		n = t.LastInsertRowID()
	}
	if err == nil {
		t.peers[k] = n
	}
	return n, err
}
