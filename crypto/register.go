package crypto

import (
	"crypto/hmac"
	"crypto/rand"
	"encoding/binary"
)

// CookieSize is the length of a cookie: 4 bytes of time, 16 of HMAC.
const CookieSize = 20

// Cookie proves that its holder receives packets at an address.
type Cookie [CookieSize]byte

// CookieJar makes and checks stateless address cookies (the idea of RFC 6347
// §4.2.1 and of QUIC's Retry). A cookie lives for one to two periods.
type CookieJar struct{ key [32]byte }

// NewCookieJar draws a fresh key.
func NewCookieJar() *CookieJar {
	j := &CookieJar{}
	rand.Read(j.key[:])
	return j
}

// Make returns the cookie of an address (any canonical byte form) in a period,
// a count of, say, minutes.
func (j *CookieJar) Make(addr []byte, period uint32) (c Cookie) {
	binary.BigEndian.PutUint32(c[:4], period)
	copy(c[4:], mac(j.key[:], c[:4], addr))
	return c
}

// Check reports whether c was made for addr in this period or the last one.
func (j *CookieJar) Check(c Cookie, addr []byte, period uint32) bool {
	made := binary.BigEndian.Uint32(c[:4])
	if made != period && made+1 != period {
		return false
	}
	want := j.Make(addr, made)
	return hmac.Equal(c[:], want[:])
}

// RegisterKeys are the keys by which one REGISTER and its WELCOME are sealed:
// the request under a one-time key against the bootnode's static key, the
// answer and the proof of possession under the member's run key.
type RegisterKeys struct {
	answer Key
	proof  [32]byte
}

// NewRegisterKeys derives the keys from X25519(own, other): run key and
// bootnode key on the one side, bootnode key and run key on the other.
func NewRegisterKeys(own *RunKey, other RunPublic) (*RegisterKeys, error) {
	secret, err := own.shared(other)
	if err != nil {
		return nil, err
	}
	k := &RegisterKeys{}
	expand(k.answer[:], secret, "gochat/1 welcome")
	expand(k.proof[:], secret, "gochat/1 register proof")
	return k, nil
}

// RegisterProofSize is the length of the proof of possession.
const RegisterProofSize = 16

// Proof shows possession of the run key: a MAC over the cookie and the tag.
func (k *RegisterKeys) Proof(c Cookie, tag RoomTag) (p [RegisterProofSize]byte) {
	copy(p[:], mac(k.proof[:], c[:], tag[:]))
	return p
}

// CheckProof compares in constant time.
func (k *RegisterKeys) CheckProof(got [RegisterProofSize]byte, c Cookie, tag RoomTag) bool {
	want := k.Proof(c, tag)
	return hmac.Equal(got[:], want[:])
}

// Answer seals and opens the WELCOME.
func (k *RegisterKeys) Answer() Box { return NewBox(k.answer) }

// SealTo appends to dst: one-time X25519 key (32) ‖ sealed plain, which only
// the holder of the key to can open. ad is bound.
func SealTo(dst []byte, to RunPublic, plain, ad []byte) ([]byte, error) {
	eph, err := NewRunKey()
	if err != nil {
		return nil, err
	}
	box, err := sealToBox(eph, to, eph.pub, to)
	if err != nil {
		return nil, err
	}
	dst = append(dst, eph.pub[:]...)
	return box.Seal(dst, plain, ad), nil
}

// SealToOverhead is what SealTo adds.
const SealToOverhead = 32 + SealOverhead

// OpenFrom opens what SealTo made for own. The error is ErrSeal or ErrRunKey.
func OpenFrom(own *RunKey, sealed, ad []byte) ([]byte, error) {
	if len(sealed) < SealToOverhead {
		return nil, ErrSeal
	}
	eph := RunPublic(sealed[:32])
	box, err := sealToBox(own, eph, eph, own.pub)
	if err != nil {
		return nil, err
	}
	return box.Open(nil, sealed[32:], ad)
}

func sealToBox(own *RunKey, peer, eph, to RunPublic) (Box, error) {
	secret, err := own.shared(peer)
	if err != nil {
		return Box{}, err
	}
	var k Key
	expand(k[:], mac([]byte("gochat/1 seal to"), secret, eph[:], to[:]), "gochat/1 seal to key")
	return NewBox(k), nil
}
