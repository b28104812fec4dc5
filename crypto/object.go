package crypto

import (
	"crypto/hmac"
	"encoding/binary"
)

// ObjectSaltSize is the length of the salt in front of a sealed object.
const ObjectSaltSize = 24

// ObjectSealOverhead is what SealObject adds: the salt and the tag.
const ObjectSealOverhead = ObjectSaltSize + TagSize

// SealObject appends salt(24) ‖ ciphertext ‖ tag(16) to dst, for what lies
// around outside of links: the same plain and ad make the same bytes on every
// member, so copies coincide. ad is bound, not sent.
//
// The salt is a MAC of all that is sealed, as in SIV (RFC 5297): there is no
// counter that a restored backup could repeat, and two texts never share a
// key and nonce. Who compares two objects learns whether they are the same,
// and nothing else.
func (r *RoomKeys) SealObject(dst, plain, ad []byte) []byte {
	salt := r.objectSalt(plain, ad)
	dst = append(dst, salt...)
	return newGCM(r.objectKey(salt)).Seal(dst, objectNonce[:], plain, ad)
}

// OpenObject appends the plaintext of what SealObject wrote to dst. The error is
// ErrSeal.
func (r *RoomKeys) OpenObject(dst, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < ObjectSealOverhead {
		return nil, ErrSeal
	}
	salt := sealed[:ObjectSaltSize]
	out, err := newGCM(r.objectKey(salt)).Open(dst, objectNonce[:], sealed[ObjectSaltSize:], ad)
	// Only the one salt that SealObject gives: else a member could make many
	// objects of one record.
	if err != nil || !hmac.Equal(salt, r.objectSalt(out[len(dst):], ad)) {
		return nil, ErrSeal
	}
	return out, nil
}

// objectNonce may be the same for all, since each object has its own key.
var objectNonce [NonceSize]byte

func (r *RoomKeys) objectKey(salt []byte) Key { return Key(mac(r.object[:], salt)) }

func (r *RoomKeys) objectSalt(plain, ad []byte) []byte {
	var n [8]byte // keeps ad and plain apart
	binary.BigEndian.PutUint64(n[:], uint64(len(ad)))
	return mac(r.salt[:], n[:], ad, plain)[:ObjectSaltSize]
}
