package store

import (
	"context"
	"math"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// What a room.Engine asks for, in its terms.

var (
	_ room.Store = (*Room)(nil)
	_ room.Notes = (*Room)(nil)
)

// Paged is a Room that a front can page through while a room.Engine reads it:
// through what was shown of it.
type Paged struct{ *Room }

// Page is Room.Page of shown messages.
func (p Paged) Page(before string, limit int) ([]room.Message, error) {
	return p.Room.Page(Shown, before, limit)
}

// After is Room.After of shown messages.
func (p Paged) After(after string, limit int) ([]room.Message, error) {
	return p.Room.After(Shown, after, limit)
}

// DropBefore deletes all records with a clk below the given one; see Trim.
func (r *Room) DropBefore(clk wire.Clk) error {
	_, err := r.Trim(context.Background(), clk, DropRecords, nil)
	return err
}

// Bytes is how much the room takes; see Size.
func (r *Room) Bytes() (int64, error) {
	size, err := r.Size()
	return size.Bytes, err
}

// EachUnshown hands out, in the room's order, the records from a clk on that no
// front has shown yet; see Unshown.
func (r *Room) EachUnshown(since wire.Clk, yield func(wire.RecordID) error) error {
	list, err := r.Unshown(math.MaxInt32)
	if err != nil {
		return err
	}
	for _, u := range list {
		if u.Record.Clk < since {
			continue
		}
		if err := yield(u.ID); err != nil {
			return err
		}
	}
	return nil
}

// EachUndelivered hands out our own messages that are not known to have reached
// everybody, in the order they were written; see Undelivered.
func (r *Room) EachUndelivered(yield func(id wire.RecordID, reached []crypto.PublicKey) error) error {
	list, err := r.Undelivered(math.MaxInt32)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := yield(d.ID, d.Reached); err != nil {
			return err
		}
	}
	return nil
}
