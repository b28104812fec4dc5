// Package archive reads and writes a room's records as one file, for a stick, a
// mail or a backup: each record sealed under the room's key, so that who finds
// the file learns neither who wrote nor what.
//
//	"GCX1" | frame of the head | frame of each record | frame of the end
//
// A frame is length(4) ‖ object (internal/wire): the head holds the floor, the
// end the number of records and the SHA-256 of all before its frame. Records
// stand in the room's order (clk, id), parents before children.
//
// It knows no store and no engine, and checks no signature: what it yields goes
// the way of records from a link. One file holds one room.
package archive

import (
	"encoding/binary"
	"errors"

	"gochat/internal/wire"
)

// The reasons why a file gives no records, or no more. Records that were
// yielded before are good.
var (
	ErrNotArchive = errors.New("not a file that gochat exported")
	ErrNewer      = errors.New("exported by a newer gochat: update this one")
	// ErrOtherRoom covers a wrong secret, too: a room is its name and its
	// secret, and a file that told them apart would help to guess names.
	ErrOtherRoom = errors.New("exported from another room, or from one of this name with another secret")
	ErrTruncated = errors.New("the file ends without its end: it was cut short or damaged there, and newer records may be missing; copy or export it again")
	ErrDamaged   = errors.New("the file is damaged: the records that were whole count, the others are left out; copy or export it again")
)

// ErrOrder says that a record was given to a Writer that does not come after
// the one before it in the room's order.
var ErrOrder = errors.New("records are exported in the room's order, each once")

const (
	magic    = "GCX1"
	maxFrame = 4 + wire.MaxSealedRecord
)

// position is a record's place in the room's order.
type position struct {
	clk wire.Clk
	id  wire.RecordID
}

func positionOf(r *wire.Record) position { return position{r.Clk, r.ID()} }

func (p position) before(q position) bool {
	return p.clk < q.clk || p.clk == q.clk && string(p.id[:]) < string(q.id[:])
}

func appendFrame(b, object []byte) []byte {
	return append(binary.BigEndian.AppendUint32(b, uint32(len(object))), object...)
}
