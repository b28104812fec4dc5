package crypto

import (
	"bytes"
	"errors"
	"math/big"
	"slices"
	"testing"
)

// libsodium's test of crypto_sign_ed25519_pk_to_curve25519.
func TestMontgomeryVector(t *testing.T) {
	id := IdentityFromSeed([32]byte(unhex(t, "421151a459faeade3d247115f94aedae42318124095afabe4d1451a559faedee")))
	u, err := montgomery(id.Public())
	if err != nil {
		t.Fatal(err)
	}
	wantHex(t, "u", u[:], "f1814f0e8ff1043d8a44d25babff3cedcae6c22c3edaa48f857ae70de2baae50")
}

func TestDirectKey(t *testing.T) {
	a, b, c := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2}), IdentityFromSeed([32]byte{3})
	ab, err := DirectKey(a, b.Public())
	if err != nil {
		t.Fatal(err)
	}
	wantHex(t, "key", ab[:], "2a8740fdf21977e1f769d5e07837ed82a59e1eb849bec49c6a49915038e3169b")
	if ba, err := DirectKey(b, a.Public()); err != nil || ba != ab {
		t.Errorf("the other side has %x, %v", ba, err)
	}
	ac, _ := DirectKey(a, c.Public())
	bc, _ := DirectKey(b, c.Public())
	if ac == ab || bc == ab || ac == bc {
		t.Error("two conversations share a key")
	}
	if _, err := DirectKey(a, a.Public()); !errors.Is(err, ErrMembers) {
		t.Errorf("with oneself: %v", err)
	}
}

// All points of small order, in every encoding there is of them, and values
// that are no point.
func TestDirectKeyRefuses(t *testing.T) {
	a := IdentityFromSeed([32]byte{1})
	for _, y := range []string{
		"0100000000000000000000000000000000000000000000000000000000000000",
		"0000000000000000000000000000000000000000000000000000000000000000",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // p+1
		"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0200000000000000000000000000000000000000000000000000000000000000", // not on the curve
	} {
		for _, sign := range []byte{0, 0x80} {
			k := PublicKey(unhex(t, y))
			k[31] |= sign
			if key, err := DirectKey(a, k); err == nil || key != (EpochKey{}) {
				t.Errorf("%x: accepted", k)
			}
			if _, err := a.agree(k); !errors.Is(err, ErrNobodysKey) {
				t.Errorf("%x: %v", k, err)
			}
		}
	}
}

// X25519 cannot tell a key from its negative or from its sum with a point of
// order 2; the conversations must.
func TestDirectKeyTellsTwinsApart(t *testing.T) {
	a, b := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2})
	negative := b.Public()
	negative[31] ^= 0x80
	// (x, y) + (0, -1) = (-x, -y)
	shifted := negative
	sign := shifted[31] & 0x80
	shifted[31] &^= 0x80
	slices.Reverse(shifted[:])
	new(big.Int).Sub(field, new(big.Int).SetBytes(shifted[:])).FillBytes(shifted[:])
	slices.Reverse(shifted[:])
	shifted[31] |= sign

	secret, err := a.agree(b.Public())
	if err != nil {
		t.Fatal(err)
	}
	key, _ := DirectKey(a, b.Public())
	for name, twin := range map[string]PublicKey{"negative": negative, "shifted": shifted} {
		if s, err := a.agree(twin); err != nil || !bytes.Equal(s, secret) {
			t.Errorf("%s is no twin: %x, %v", name, s, err)
		}
		if k, err := DirectKey(a, twin); err != nil || k == key {
			t.Errorf("%s: the same conversation, %v", name, err)
		}
	}
}

// On random keys the public and the private half must go the same way.
func TestMontgomeryAgrees(t *testing.T) {
	for range 50 {
		a, _ := NewIdentity()
		b, _ := NewIdentity()
		ab, err := DirectKey(a, b.Public())
		ba, err2 := DirectKey(b, a.Public())
		if err != nil || err2 != nil || ab != ba {
			t.Fatalf("%x and %x: %v, %v", a.Seed(), b.Seed(), err, err2)
		}
	}
}

func FuzzDirectKey(f *testing.F) {
	f.Add(make([]byte, 32))
	f.Add(bytes.Repeat([]byte{0xff}, 32))
	k := IdentityFromSeed([32]byte{2}).Public()
	f.Add(k[:])
	a := IdentityFromSeed([32]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) != 32 {
			return
		}
		if key, err := DirectKey(a, PublicKey(b)); (err == nil) == (key == EpochKey{}) {
			t.Errorf("%x, %v", key, err)
		}
	})
}

func TestGroupKey(t *testing.T) {
	a, b, c := IdentityFromSeed([32]byte{1}).Public(), IdentityFromSeed([32]byte{2}).Public(), IdentityFromSeed([32]byte{3}).Public()
	all, err := NewMembers(c, a, b, a)
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	secret := GroupSecret(testEpoch())
	key := GroupKey(secret, all)
	wantHex(t, "key", key[:], "037bdcf0a5c16bc8cce985a4150b38cb8a372dad6173404d7a1e3dd5cb8612d8")
	two, _ := NewMembers(a, b)
	if GroupKey(secret, two) == key || GroupKey(NewGroupSecret(), all) == key {
		t.Error("another list or secret has the same room")
	}
}

func TestMembers(t *testing.T) {
	a, b, c := PublicKey{1}, PublicKey{2}, PublicKey{3}
	m, err := NewMembers(c, a)
	if err != nil || !m.Has(a) || !m.Has(c) || m.Has(b) || m.Has(PublicKey{}) {
		t.Errorf("%v, %v", m, err)
	}
	for name, keys := range map[string][]PublicKey{
		"nobody": nil, "one": {a}, "one twice": {a, a}, "no key": {a, {}},
	} {
		if _, err := NewMembers(keys...); !errors.Is(err, ErrMembers) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func BenchmarkDirectKey(b *testing.B) {
	id, peer := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2}).Public()
	for b.Loop() {
		if _, err := DirectKey(id, peer); err != nil {
			b.Fatal(err)
		}
	}
}
