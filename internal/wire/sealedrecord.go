package wire

import (
	"encoding/binary"

	"gochat/crypto"
)

// A record outside of links is an object of kind RECORD with
//
//	length 4 | record | zeros
//
// filled up so that the object's length is one of ten: 512 bytes, doubling up
// to 128 KiB, and MaxSealedRecord. So it tells a carrier neither author nor time
// nor, closely, how much was said.
const (
	MinSealedRecord = 512
	MaxSealedRecord = 160 << 10

	sealedRecordOverhead = ObjectOverhead + 4
)

// SealRecord seals a record, one that ParseRecord accepts, for what leaves the
// circle of links. Equal records make equal objects; see SealObject.
func SealRecord(r *Record, room *crypto.RoomKeys) []byte {
	plain := r.Append(make([]byte, 4, MinSealedRecord))
	n := len(plain) - 4
	binary.BigEndian.PutUint32(plain, uint32(n))
	size := sealedRecordSize(n)
	plain = append(plain, make([]byte, size-sealedRecordOverhead-n)...)
	return SealObject(make([]byte, 0, size), ObjectRecord, plain, room)
}

// OpenRecord reads what SealRecord wrote: one that fills b. Its signature is not
// checked; see Record.Verify. The errors are ErrFrame, ErrEpoch and
// crypto.ErrSeal.
func OpenRecord(b []byte, room *crypto.RoomKeys) (*Record, error) {
	if len(b) > MaxSealedRecord {
		return nil, ErrFrame
	}
	plain, err := OpenObject(ObjectRecord, b, room)
	if err != nil {
		return nil, err
	}
	c := cursor{b: plain}
	n := c.u32()
	if n > MaxRecord || len(b) != sealedRecordSize(int(n)) {
		return nil, ErrFrame
	}
	r, err := ParseRecord(c.take(int(n)))
	for _, pad := range c.b {
		if pad != 0 {
			return nil, ErrFrame
		}
	}
	return r, err
}

// sealedRecordSize is the length of the object that holds a record of n bytes.
func sealedRecordSize(n int) int {
	for size := MinSealedRecord; size < MaxSealedRecord; size *= 2 {
		if n+sealedRecordOverhead <= size {
			return size
		}
	}
	return MaxSealedRecord
}
