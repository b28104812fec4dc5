package crypto

import (
	"crypto/ecdh"
	"crypto/sha512"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// ErrNobodysKey says that a public key is no key anybody can hold: not a point
// of the curve, not in its one form, or of small order.
var ErrNobodysKey = errors.New("nobody can hold this key (is it mistyped?)")

// agree is X25519 between an identity's key and another's, each taken to the
// Montgomery form of the curve (RFC 7748 §4.1). The result is not to be used as
// a key before both public keys are mixed in: a key and its negative, or its sum
// with a point of small order, give the same one.
func (id *Identity) agree(peer PublicKey) ([]byte, error) {
	// The lower half is the scalar (RFC 8032 §5.1.5), clamped alike in both.
	seed := id.Seed()
	h := sha512.Sum512(seed[:])
	priv, err := ecdh.X25519().NewPrivateKey(h[:32])
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	u, err := montgomery(peer)
	if err != nil {
		return nil, err
	}
	pub, err := ecdh.X25519().NewPublicKey(u[:])
	if err != nil {
		return nil, fmt.Errorf("agree on a key: %w", err)
	}
	secret, err := priv.ECDH(pub)
	if err != nil { // all zero: a point of small order
		return nil, ErrNobodysKey
	}
	return secret, nil
}

// The curve edwards25519 (RFC 8032 §5.1) over the field of p = 2^255 - 19. All
// that is computed with these is public, so big.Int's timing tells nothing.
var (
	one    = big.NewInt(1)
	field  = new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	curveD = new(big.Int).Mod(new(big.Int).Mul(big.NewInt(-121665),
		new(big.Int).ModInverse(big.NewInt(121666), field)), field)
)

// montgomery is the u-coordinate of a public key: (1+y)/(1-y).
func montgomery(k PublicKey) (u [32]byte, err error) {
	k[31] &= 0x7f // the sign of x
	slices.Reverse(k[:])
	y := new(big.Int).SetBytes(k[:])
	if y.Cmp(field) >= 0 || !onCurve(y) {
		return u, ErrNobodysKey
	}
	inv := new(big.Int).ModInverse(new(big.Int).Sub(one, y), field)
	if inv == nil { // y = 1, the neutral point
		return u, ErrNobodysKey
	}
	y.Add(y, one).Mul(y, inv).Mod(y, field).FillBytes(u[:])
	slices.Reverse(u[:])
	return u, nil
}

// onCurve reports whether there is an x to this y: x² = (y²-1)/(dy²+1). The
// quotient is a square exactly if the product is.
func onCurve(y *big.Int) bool {
	yy := new(big.Int).Mul(y, y)
	num := new(big.Int).Sub(yy, one)
	den := new(big.Int).Mul(curveD, yy)
	den.Add(den, one)
	return big.Jacobi(num.Mul(num, den).Mod(num, field), field) >= 0
}
