package crypto

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
)

// base32 alphabet of RFC 4648 in lower case and without padding: what people
// see, type and double-click as one word.
var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// ErrKeyFormat says that a text is not a public key.
var ErrKeyFormat = errors.New("not a public key (52 letters a-z and digits 2-7)")

// PublicKey is a member's Ed25519 public key and therefore the member's identity.
type PublicKey [ed25519.PublicKeySize]byte

// ParsePublicKey reads the form that String writes. The error is ErrKeyFormat.
func ParsePublicKey(s string) (PublicKey, error) {
	var k PublicKey
	b, err := keyEncoding.DecodeString(s)
	// The decoder skips line ends and ignores the last letter's spare bits; a
	// key has one form only.
	if err != nil || len(b) != len(k) || keyEncoding.EncodeToString(b) != s {
		return k, fmt.Errorf("%q: %w", s, ErrKeyFormat)
	}
	copy(k[:], b)
	return k, nil
}

// String is the key in lower-case base32, 52 characters.
func (k PublicKey) String() string { return keyEncoding.EncodeToString(k[:]) }

// Suffix is the short mark shown behind a nick: 4 base32 characters of the
// key's SHA-256. It tells two namesakes on one screen apart; it proves nothing.
func (k PublicKey) Suffix() string {
	h := sha256.Sum256(k[:])
	return keyEncoding.EncodeToString(h[:])[:4]
}

// Compare orders keys bytewise (-1, 0, +1).
func (k PublicKey) Compare(o PublicKey) int { return bytes.Compare(k[:], o[:]) }

// IsZero reports whether the key was never set.
func (k PublicKey) IsZero() bool { return k == PublicKey{} }

// Verify reports whether sig is k's signature over msg under context.
// Contexts separate what a signature may be used for.
func (k PublicKey) Verify(context string, msg, sig []byte) bool {
	return len(sig) == ed25519.SignatureSize &&
		ed25519.Verify(k[:], signed(context, msg), sig)
}

// Identity is a member's signing key: one per data directory (RFC 8032).
type Identity struct {
	priv ed25519.PrivateKey
	pub  PublicKey
}

// NewIdentity makes a fresh identity from the system's randomness.
func NewIdentity() (*Identity, error) {
	_, priv, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, fmt.Errorf("make identity: %w", err)
	}
	return identity(priv), nil
}

// IdentityFromSeed rebuilds an identity from its 32-byte seed.
func IdentityFromSeed(seed [ed25519.SeedSize]byte) *Identity {
	return identity(ed25519.NewKeyFromSeed(seed[:]))
}

func identity(priv ed25519.PrivateKey) *Identity {
	id := &Identity{priv: priv}
	copy(id.pub[:], priv.Public().(ed25519.PublicKey))
	return id
}

// Public is the identity's public key.
func (id *Identity) Public() PublicKey { return id.pub }

// Seed is the 32-byte secret from which IdentityFromSeed rebuilds the identity.
func (id *Identity) Seed() (seed [ed25519.SeedSize]byte) {
	copy(seed[:], id.priv.Seed())
	return seed
}

// Sign returns a 64-byte signature over msg under context.
func (id *Identity) Sign(context string, msg []byte) []byte {
	return ed25519.Sign(id.priv, signed(context, msg))
}

// Private is the key in the form crypto/tls wants for a certificate.
func (id *Identity) Private() ed25519.PrivateKey { return id.priv }

// signed puts the context before the message; the zero byte ends the context,
// so no context is another's prefix.
func signed(context string, msg []byte) []byte {
	b := make([]byte, 0, len(context)+1+len(msg))
	b = append(append(b, context...), 0)
	return append(b, msg...)
}

// Nickname is a pronounceable name made from the key, for who has not chosen
// one: a proquint of 16 bits of the key's SHA-256.
func (k PublicKey) Nickname() string {
	h := sha256.Sum256(k[:])
	return proquint(h[4:6])
}
