package wire

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"

	"gochat/crypto"
)

// LANSize is the exact length of a LAN-QUERY, no shorter than its answer.
const LANSize = rendezvousHeader + 16 + 32 + 2 + lanMAC

const lanMAC = 16

// LANQuery asks on the LAN for a bootnode of the room; it carries nothing of
// the room, only a nonce.
type LANQuery struct{ Nonce [16]byte }

// LANAdvert offers a bootnode. Its MAC under the room's announce key lets
// members recognise their own room's and shows strangers nothing.
type LANAdvert struct {
	Nonce [16]byte // the query's, or fresh in an unasked advert
	Key   crypto.RunPublic
	Port  uint16
	mac   [lanMAC]byte
}

// NewLANNonce draws a nonce.
func NewLANNonce() (n [16]byte) {
	rand.Read(n[:])
	return n
}

// Append writes the frame.
func (f LANQuery) Append(b []byte) []byte {
	start := len(b)
	b = append(appendHeader(b, TypeLANQuery), f.Nonce[:]...)
	return append(b, make([]byte, LANSize-(len(b)-start))...)
}

// ParseLANQuery reads a LAN-QUERY.
func ParseLANQuery(p []byte) (f LANQuery, err error) {
	c := open(p, TypeLANQuery)
	c.copy(f.Nonce[:])
	if c.bad || len(p) != LANSize {
		return LANQuery{}, ErrFrame
	}
	return f, nil
}

// Seal writes the frame with its MAC.
func (f LANAdvert) Seal(room *crypto.RoomKeys) []byte {
	b := append(appendHeader(nil, TypeLANAdvert), f.Nonce[:]...)
	b = append(b, f.Key[:]...)
	b = binary.BigEndian.AppendUint16(b, f.Port)
	return append(b, f.sum(room)...)
}

// ParseLANAdvert reads a LAN-ADVERT; Ours tells whether it is the room's.
func ParseLANAdvert(p []byte) (f LANAdvert, err error) {
	c := open(p, TypeLANAdvert)
	c.copy(f.Nonce[:])
	c.copy(f.Key[:])
	f.Port = c.u16()
	c.copy(f.mac[:])
	if !c.done() || f.Port == 0 {
		return LANAdvert{}, ErrFrame
	}
	return f, nil
}

// Ours reports whether a received advert was made by a member of the room.
func (f LANAdvert) Ours(room *crypto.RoomKeys) bool { return hmac.Equal(f.mac[:], f.sum(room)) }

func (f LANAdvert) sum(room *crypto.RoomKeys) []byte {
	m := hmac.New(sha256.New, room.Announce[:])
	m.Write([]byte("gochat/1 lan"))
	m.Write(f.Nonce[:])
	m.Write(f.Key[:])
	m.Write(binary.BigEndian.AppendUint16(nil, f.Port))
	return m.Sum(nil)[:lanMAC]
}
