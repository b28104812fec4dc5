package wire

import (
	"errors"

	"gochat/crypto"
)

// ErrEpoch says that an object was sealed under a key other than the one given:
// in another room or epoch.
var ErrEpoch = errors.New("sealed under another room's key")

// ObjectKind says what is sealed in an object. Append only.
type ObjectKind byte

// The kinds of object.
const (
	ObjectRecord      ObjectKind = 1
	ObjectArchiveHead ObjectKind = 2
	ObjectArchiveEnd  ObjectKind = 3
)

// objectVersion is the first byte of an object.
const objectVersion = 1

const objectHeader = 1 + 1 + len(crypto.EpochID{})

// ObjectOverhead is what SealObject adds.
const ObjectOverhead = objectHeader + crypto.ObjectSealOverhead

// SealObject appends an object, the form of what leaves the circle of links: to
// a mailbox or into a file.
//
//	ver 1 | kind 1 | epoch 8 | salt 24 | ciphertext | tag 16
//
// The ten bytes before the salt and the room's id are bound. The same plain
// makes the same object on every member.
func SealObject(dst []byte, kind ObjectKind, plain []byte, room *crypto.RoomKeys) []byte {
	head := objectHead(kind, room)
	dst = append(dst, head...)
	return room.SealObject(dst, plain, append(head, room.ID[:]...))
}

// OpenObject returns what is sealed in an object of a kind that fills b. The
// errors are ErrFrame, ErrEpoch and crypto.ErrSeal.
func OpenObject(kind ObjectKind, b []byte, room *crypto.RoomKeys) ([]byte, error) {
	epoch, got, err := ParseObject(b)
	switch {
	case err != nil || got != kind:
		return nil, ErrFrame
	case epoch != room.Epoch:
		return nil, ErrEpoch
	}
	return room.OpenObject(nil, b[objectHeader:], append(objectHead(kind, room), room.ID[:]...))
}

// ParseObject reads what an object shows without a key. The error is ErrFrame.
func ParseObject(b []byte) (epoch crypto.EpochID, kind ObjectKind, err error) {
	c := cursor{b: b}
	version := c.u8()
	kind = ObjectKind(c.u8())
	c.copy(epoch[:])
	if version != objectVersion || len(c.b) < crypto.ObjectSealOverhead {
		return crypto.EpochID{}, 0, ErrFrame
	}
	return epoch, kind, nil
}

func objectHead(kind ObjectKind, room *crypto.RoomKeys) []byte {
	return append([]byte{objectVersion, byte(kind)}, room.Epoch[:]...)
}
