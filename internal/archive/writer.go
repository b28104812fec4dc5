package archive

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"io"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Writer writes one archive. The same records make the same bytes.
type Writer struct {
	w     *bufio.Writer
	room  *crypto.RoomKeys
	sum   hash.Hash
	frame []byte
	last  position
	count uint64
	err   error // the first one: what is behind it would not be read
}

// NewWriter begins an archive of a room. Floor says that the archive was not
// meant to hold anything older.
func NewWriter(w io.Writer, room *crypto.RoomKeys, floor wire.Clk) (*Writer, error) {
	a := &Writer{w: bufio.NewWriterSize(w, 64<<10), room: room, sum: sha256.New()}
	a.write([]byte(magic))
	head := binary.BigEndian.AppendUint64(nil, uint64(floor))
	a.writeFrame(wire.SealObject(nil, wire.ObjectArchiveHead, head, room))
	return a, a.err
}

// Write adds a record. The error is ErrOrder, after which the archive goes on
// without the record, or that of the file.
func (a *Writer) Write(r *wire.Record) error {
	at := positionOf(r)
	if a.count > 0 && !a.last.before(at) {
		return ErrOrder
	}
	a.last = at
	a.count++
	a.writeFrame(wire.SealRecord(r, a.room))
	return a.err
}

// Close ends the archive; one without its end counts as cut short. It does not
// close the file under it.
func (a *Writer) Close() error {
	end := binary.BigEndian.AppendUint64(nil, a.count)
	end = a.sum.Sum(end)
	a.writeFrame(wire.SealObject(nil, wire.ObjectArchiveEnd, end, a.room))
	if err := a.w.Flush(); a.err == nil && err != nil {
		a.err = fmt.Errorf("export: %w", err)
	}
	return a.err
}

func (a *Writer) writeFrame(object []byte) {
	a.frame = appendFrame(a.frame[:0], object)
	a.write(a.frame)
}

func (a *Writer) write(b []byte) {
	if a.err != nil {
		return
	}
	a.sum.Write(b)
	if _, err := a.w.Write(b); err != nil {
		a.err = fmt.Errorf("export: %w", err)
	}
}
