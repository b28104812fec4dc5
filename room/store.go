package room

import (
	"errors"

	"gochat/crypto"
	"gochat/internal/wire"
)

// ErrNotFound says that a store does not hold a record.
var ErrNotFound = errors.New("no such record")

// Store keeps one room's records and what is known of them. The Engine's
// actions Commit, with its Trim, run beside the Engine; the other methods are
// called within New, Step and the Engine's queries: a Store must be safe for
// concurrent use, and quick to read. Records are not changed after they were
// handed over, on either side.
type Store interface {
	// Commit stores and deletes in one atomic step and returns when that is
	// durable. An error means that nothing of it happened. A record whose id is
	// held takes the place of the one held: that is how a body is dropped (the
	// new one has none; nothing of the old body may remain, in a search index
	// neither) and how a missing one is filled in. What was noted about the
	// record (MarkShown, SetReached) stays.
	Commit(put []*wire.Record, del []wire.RecordID) error
	// Get returns one record, with its body if that is held; the error is
	// ErrNotFound or the store's trouble.
	Get(id wire.RecordID) (*wire.Record, error)
	// Headers hands out all records in the order (clk, id), until the first
	// error, without Salt and Body; HasBody says whether the body is held. The
	// header is good only within the call.
	Headers(yield func(id wire.RecordID, header *wire.Record) error) error
	// Trim deletes all records with a clk below the given one. What it did not
	// get done because of an error or a crash is asked for again.
	Trim(before wire.Clk) error
	// Size is how many bytes the room takes, within a tenth or so.
	Size() (int64, error)
	// OldestBeyond is the lowest clk from which on the records take no more than
	// so many bytes together; 0 if all of them fit.
	OldestBeyond(bytes int64) (wire.Clk, error)

	// Unshown hands out, in the order (clk, id), the records from a clk on that
	// MarkShown was never called for.
	Unshown(since wire.Clk, yield func(wire.RecordID) error) error
	// Unreached hands out one's own records that SetReached was not told to be
	// everywhere, in the order (clk, id).
	Unreached(author crypto.PublicKey, yield func(wire.RecordID) error) error
	// Reached lists who is known to have a record.
	Reached(id wire.RecordID) ([]crypto.PublicKey, error)

	// Meta returns what SetMeta stored under a key; nil if there is nothing.
	Meta(key string) ([]byte, error)
	// SetMeta stores a few bytes durably. The Engine does so once in days.
	SetMeta(key string, value []byte) error
}

// Notes is what the caller of an Engine tells its Store while doing the
// Engine's actions. Neither call needs to be durable at once.
type Notes interface {
	// MarkShown says that the user's side has taken Deliver actions: they are
	// not repeated after a restart.
	MarkShown(ids ...wire.RecordID) error
	// SetReached says, after a Delivered action, that a member (unless zero) has
	// a record of ours, and whether that is now everywhere (Delivered equals Of).
	SetReached(id wire.RecordID, peer crypto.PublicKey, everywhere bool) error
}

// The keys of Meta that the Engine uses.
const (
	metaChain   = "room.chain"   // the own chain's number, uvarint
	metaHorizon = "room.horizon" // the clk before which all is history, uvarint
	metaFloor   = "room.floor"   // nothing older is kept, uvarint
)
