// Package large makes data directories with rooms of very many messages, for
// tests and benchmarks of how a member bears them.
package large

import (
	"errors"
	"path/filepath"

	"gochat/crypto"
	"gochat/internal/profile"
	"gochat/internal/store"
	"gochat/internal/wire"
)

// Room is one to be made. It is open: its name is all one needs.
type Room struct {
	Name   string
	Unread int // so many of its last messages the user has not seen
}

// Make makes a data directory with rooms of n messages each, written in the last
// 80 days by fifty others; see Last for how they end.
func Make(dir string, n int, rooms ...Room) error {
	p, _, err := profile.Open(dir, true, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	db, err := store.Open(filepath.Join(dir, "history.db"), store.Options{Self: p.Identity().Public()})
	if err != nil {
		return err
	}
	return errors.Join(fill(p, db, n, rooms), db.Close())
}

// fill stores one room after the other, while the messages of two are being
// written.
func fill(p *profile.Profile, db *store.DB, n int, rooms []Room) error {
	done := make(chan struct{})
	defer close(done)
	drafts := make([]*draft, len(rooms))
	for i, r := range rooms {
		drafts[i] = &draft{room: r, count: n, keyed: make(chan crypto.EpochKey, 1), batches: make(chan []*wire.Record, ahead)}
	}
	for first := range writers {
		go func() {
			for i := first; i < len(drafts); i += writers {
				drafts[i].write(done)
			}
		}()
	}
	for _, d := range drafts {
		e0 := <-d.keyed
		err := p.PutRoomKey(d.room.Name, "", e0)
		if err = errors.Join(err, d.store(db, crypto.NewRoomKeys(e0).ID)); err != nil {
			return err
		}
	}
	return nil
}

const (
	// writers work ahead of the store, which takes about one processor.
	writers = 2
	ahead   = 2 // batches that wait for the store
	// batch is how many records are stored in one step: the fewer steps, the less
	// the search index has to merge.
	batch = 1 << 14
)

// draft is a room that is being written.
type draft struct {
	room    Room
	count   int
	keyed   chan crypto.EpochKey
	batches chan []*wire.Record
}

// write makes the room's key and then its records, in order, until done is closed.
func (d *draft) write(done <-chan struct{}) {
	defer close(d.batches)
	e0 := crypto.DeriveEpoch0(d.room.Name, "")
	d.keyed <- e0
	talk := newTalk(d.room.Name, crypto.NewRoomKeys(e0).ID, d.count)
	for list := talk.next(batch); len(list) > 0; list = talk.next(batch) {
		select {
		case d.batches <- list:
		case <-done:
			return
		}
	}
}

// store takes the records in; all were shown.
func (d *draft) store(db *store.DB, id crypto.RoomID) error {
	r, err := db.Room(id)
	if err != nil {
		return err
	}
	for list := range d.batches {
		ids := make([]wire.RecordID, len(list))
		for i, rec := range list {
			ids[i] = rec.ID()
		}
		if err := errors.Join(r.Commit(list, nil), r.MarkShown(ids...)); err != nil {
			return err
		}
	}
	if d.room.Unread == 0 {
		return nil // who never looked at a room has nothing unread in it
	}
	last, err := r.Page(store.Shown, "", d.room.Unread+1)
	if err != nil {
		return err
	}
	return r.SetMeta(readUpTo, []byte(last[0].Order))
}

// readUpTo is where package cli keeps the place of the last message the user has
// seen.
const readUpTo = "read up to"
