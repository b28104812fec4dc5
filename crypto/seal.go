package crypto

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
)

// ErrSeal says that a sealed text was not made with this key or was changed.
var ErrSeal = errors.New("sealed data does not open")

// Sizes of AES-256-GCM.
const (
	KeySize   = 32
	NonceSize = 12
	TagSize   = 16
	// SealOverhead is what Box.Seal adds: the nonce and the tag.
	SealOverhead = NonceSize + TagSize
)

// Key is an AES-256 key.
type Key [KeySize]byte

// Box seals with one key and random nonces (96 bits: rekey well before 2^32
// messages, which no use here comes near).
type Box struct{ aead cipher.AEAD }

// NewBox prepares a key for sealing.
func NewBox(k Key) Box { return Box{newGCM(k)} }

// Seal appends nonce ‖ ciphertext ‖ tag of plain to dst. ad is bound, not sent.
func (b Box) Seal(dst, plain, ad []byte) []byte {
	var nonce [NonceSize]byte
	rand.Read(nonce[:])
	dst = append(dst, nonce[:]...)
	return b.aead.Seal(dst, nonce[:], plain, ad)
}

// Open appends the plaintext of what Seal wrote to dst. The error is ErrSeal.
func (b Box) Open(dst, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < SealOverhead {
		return nil, ErrSeal
	}
	out, err := b.aead.Open(dst, sealed[:NonceSize], sealed[NonceSize:], ad)
	if err != nil {
		return nil, ErrSeal
	}
	return out, nil
}

func newGCM(k Key) cipher.AEAD {
	block, err := aes.NewCipher(k[:])
	if err != nil {
		panic("crypto: " + err.Error()) // the key's length is in its type
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("crypto: " + err.Error())
	}
	return aead
}
