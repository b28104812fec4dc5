package crypto

import (
	"crypto/hkdf"
	"crypto/sha256"
)

// BoxSecret opens a member's box in the mailbox of a bootnode: who shows it may
// fetch what lies there and take it away. It never reaches another member.
type BoxSecret [32]byte

// BoxID names a box. Who knows it can put something there and learns nothing of
// what lies there.
type BoxID [16]byte

// NewBoxSecret derives an identity's secret for one room: the same on each run,
// and unlike those of its other rooms, so that nobody can tell by its boxes
// that they are one member's.
func NewBoxSecret(id *Identity, room RoomID) (s BoxSecret) {
	seed := id.Seed()
	prk, err := hkdf.Extract(sha256.New, seed[:], []byte("gochat/1 box"))
	if err != nil {
		panic("crypto: hkdf: " + err.Error()) // only for keys that FIPS 140 finds too short
	}
	expand(s[:], append(prk, room[:]...), "gochat/1 box secret")
	return s
}

// ID is the box that the secret opens.
func (s BoxSecret) ID() BoxID {
	h := sha256.Sum256(s[:])
	return BoxID(h[:16])
}

// BoxItemID tells equal objects of a box: the first 16 bytes of an object's
// SHA-256.
type BoxItemID [16]byte

// NewBoxItemID computes the id of an object.
func NewBoxItemID(object []byte) BoxItemID {
	h := sha256.Sum256(object)
	return BoxItemID(h[:16])
}
