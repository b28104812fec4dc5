package room

import (
	"errors"

	"gochat/internal/wire"
)

// ErrNotFound says that a store does not hold a record.
var ErrNotFound = errors.New("no such record")

// Store keeps one room's records. Commit runs beside the Engine, the other
// methods within New, Step and the Engine's queries: a Store must be safe for
// concurrent use, and quick to read. Records are not changed after they were
// handed over, on either side.
type Store interface {
	// Commit stores and deletes in one atomic step and returns when that is
	// durable. An error means that nothing of it happened.
	Commit(put []*wire.Record, del []wire.RecordID) error
	// Get returns one record; the error is ErrNotFound or the store's trouble.
	Get(id wire.RecordID) (*wire.Record, error)
	// Scan hands out all records in the order (clk, id), until the first error.
	Scan(yield func(*wire.Record) error) error
}
