package room

import (
	"errors"

	"gochat/crypto"
	"gochat/internal/wire"
)

// ErrNotFound says that a store does not hold a record.
var ErrNotFound = errors.New("no such record")

// Store keeps one room's records and what is known of them. Commit and
// DropBefore run beside the Engine, as its actions Commit and Trim say; the
// other methods are called within New, Step and the Engine's queries: a Store must be
// safe for concurrent use, and quick to read. Records are not changed after
// they were handed over, on either side.
type Store interface {
	// Commit stores and deletes in one atomic step and returns when that is
	// durable. An error means that nothing of it happened. Of a record that is
	// held, the body is dropped if the one put has none (nothing of it may
	// remain, in a search index neither), and filled in if it was missing; what
	// was noted about the record stays.
	Commit(put []*wire.Record, del []wire.RecordID) error
	// Get returns one record, with its body if that is held; the error is
	// ErrNotFound or the store's trouble.
	Get(id wire.RecordID) (*wire.Record, error)
	// Headers hands out all records in the order (clk, id), until the first
	// error, without Salt and Body; body says whether the body is held. A header
	// is good only within the call.
	Headers(yield func(id wire.RecordID, header *wire.Record, body bool) error) error
	// DropBefore deletes all records with a clk below the given one. What it did
	// not get done because of an error or a crash is asked for again.
	DropBefore(clk wire.Clk) error
	// Bytes is how much the room takes, within a tenth or so.
	Bytes() (int64, error)
	// NewestBytes is the lowest clk from which on the records take no more than so
	// many bytes together; 0 if all of them fit.
	NewestBytes(bytes int64) (wire.Clk, error)

	// EachUnshown hands out, in the order (clk, id), the records from a clk on
	// that were to be shown and that MarkShown was never called for.
	EachUnshown(since wire.Clk, yield func(wire.RecordID) error) error
	// EachUndelivered hands out one's own messages that SetComplete was never
	// called for, in the order they were written, and whose stores are known
	// to have them.
	EachUndelivered(yield func(id wire.RecordID, reached []crypto.PublicKey) error) error

	// Meta returns what SetMeta stored under a key; nil if there is nothing.
	Meta(key string) ([]byte, error)
	// SetMeta stores a few bytes durably, nil nothing. The Engine does so once in
	// days.
	SetMeta(key string, value []byte) error
}

// Notes is what the caller of an Engine tells its Store while it does the
// Engine's actions. None of it has to be durable at once.
type Notes interface {
	// MarkShown says that the user's side has taken Deliver actions: they are
	// not repeated after a restart.
	MarkShown(ids ...wire.RecordID) error
	// SetReached says, after a Delivered action with a Peer, that this member has
	// a message of ours.
	SetReached(id wire.RecordID, peer crypto.PublicKey) error
	// SetComplete says, after a Delivered action in which Delivered equals Of,
	// that messages of ours are everywhere; they are followed no more after a
	// restart.
	SetComplete(ids ...wire.RecordID) error
}

// MetaRestored is the key of Meta under which anything says, until the Engine
// takes it away, that the store may be older than what was last sent, because
// it comes from a backup: what others have of the own chain is then asked for
// before anything is written to it.
const MetaRestored = "room.restored"

// The keys of Meta that the Engine uses besides.
const (
	metaChain   = "room.chain"   // the own chain's number, uvarint
	metaHorizon = "room.horizon" // the clk before which all is history, uvarint
	metaFloor   = "room.floor"   // nothing older is kept, uvarint
)
