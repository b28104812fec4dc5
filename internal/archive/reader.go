package archive

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Reader yields the records of an archive, whatever the file has been through.
// It holds one record at a time.
type Reader struct {
	r      *bufio.Reader
	room   *crypto.RoomKeys
	sum    hash.Hash
	floor  wire.Clk
	last   position
	count  uint64 // of good records
	damage int    // places left out
	err    error  // what Next ends with
}

// NewReader reads the beginning of an archive. Keys gives the keys of the room
// whose epoch is named, nil for an unknown one. The errors are ErrNotArchive,
// ErrNewer, ErrOtherRoom, ErrTruncated, ErrDamaged, and that of the file.
func NewReader(r io.Reader, keys func(crypto.EpochID) *crypto.RoomKeys) (*Reader, error) {
	a := &Reader{r: bufio.NewReaderSize(r, maxFrame), sum: sha256.New()}
	if err := a.readMagic(); err != nil {
		return nil, err
	}
	object, err := a.peekFrame()
	if err != nil {
		return nil, err
	}
	epoch, _, err := wire.ParseObject(object)
	if err != nil {
		return nil, ErrDamaged
	}
	if a.room = keys(epoch); a.room == nil {
		return nil, ErrOtherRoom
	}
	head, err := wire.OpenObject(wire.ObjectArchiveHead, object, a.room)
	if err != nil || len(head) != 8 {
		return nil, ErrDamaged
	}
	a.floor = wire.Clk(binary.BigEndian.Uint64(head))
	a.take(4 + len(object))
	return a, nil
}

func (a *Reader) readMagic() error {
	b, err := a.peek(len(magic))
	switch {
	case errors.Is(err, ErrTruncated):
		return ErrNotArchive
	case err != nil:
		return err
	case string(b[:3]) == magic[:3] && b[3] > magic[3] && b[3] <= '9':
		return ErrNewer
	case string(b) != magic:
		return ErrNotArchive
	}
	a.take(len(magic))
	return nil
}

// Room is the keys that the archive opens with.
func (a *Reader) Room() *crypto.RoomKeys { return a.room }

// Floor says that the archive was not meant to hold anything older.
func (a *Reader) Floor() wire.Clk { return a.floor }

// Next returns the next good record, its signature not checked; bad ones are
// left out. After the last it returns io.EOF if the archive is complete and as
// it was written, else ErrTruncated, ErrDamaged or the error of the file.
func (a *Reader) Next() (*wire.Record, error) {
	for a.err == nil {
		if r := a.next(); r != nil {
			return r, nil
		}
	}
	return nil, a.err
}

// next takes one frame; nil if it holds no good record.
func (a *Reader) next() *wire.Record {
	object, err := a.peekFrame()
	if err != nil {
		a.skip(err)
		return nil
	}
	if _, kind, _ := wire.ParseObject(object); kind == wire.ObjectArchiveEnd {
		a.end(object)
		return nil
	}
	r, err := wire.OpenRecord(object, a.room)
	if err != nil {
		a.skip(ErrDamaged)
		return nil
	}
	a.take(4 + len(object))
	at := positionOf(r)
	if a.count > 0 && !a.last.before(at) { // a good frame, but copied here
		a.damage++
		return nil
	}
	a.last = at
	a.count++
	return r
}

// end takes the object that ends the archive.
func (a *Reader) end(object []byte) {
	end, err := wire.OpenObject(wire.ObjectArchiveEnd, object, a.room)
	if err != nil {
		a.skip(ErrDamaged)
		return
	}
	want := a.sum.Sum(binary.BigEndian.AppendUint64(nil, a.count))
	a.take(4 + len(object))
	_, err = a.peek(1)
	switch {
	case a.damage > 0:
		a.err = fmt.Errorf("%w (bad places: %d)", ErrDamaged, a.damage)
	case !bytes.Equal(end, want):
		a.err = fmt.Errorf("%w (somebody took records out)", ErrDamaged)
	case err == nil:
		a.err = fmt.Errorf("%w (more follows its end)", ErrDamaged)
	case errors.Is(err, ErrTruncated):
		a.err = io.EOF
	default:
		a.err = err
	}
}

// peekFrame looks at the object of the next frame. The errors are ErrDamaged,
// ErrTruncated and that of the file.
func (a *Reader) peekFrame() ([]byte, error) {
	b, err := a.peek(4)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(b)
	if n > wire.MaxSealedRecord {
		return nil, ErrDamaged
	}
	if b, err = a.peek(4 + int(n)); err != nil {
		return nil, err
	}
	return b[4:], nil
}

// peek looks n bytes ahead. ErrTruncated says that there are not so many.
func (a *Reader) peek(n int) ([]byte, error) {
	b, err := a.r.Peek(n)
	switch {
	case err == nil:
		return b, nil
	case errors.Is(err, io.EOF):
		return nil, ErrTruncated
	}
	return nil, fmt.Errorf("import: %w", err)
}

// take moves on over n bytes that were looked at.
func (a *Reader) take(n int) {
	b, _ := a.r.Peek(n)
	a.sum.Write(b)
	a.r.Discard(n)
}
