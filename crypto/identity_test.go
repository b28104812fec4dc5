package crypto

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func wantHex(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if hex.EncodeToString(got) != want {
		t.Errorf("%s is %x, want %s", what, got, want)
	}
}

func TestPublicKeyText(t *testing.T) {
	id := IdentityFromSeed([32]byte{1})
	s := id.Public().String()
	if s != "z3gbkb64dxoxffmvdquqrchqsww3sbcndnz5nfxg34df22b32t6a" {
		t.Errorf("key is written %q", s)
	}
	back, err := ParsePublicKey(s)
	if err != nil || back != id.Public() {
		t.Errorf("%q parses to %x, %v", s, back, err)
	}
	for _, bad := range []string{
		"", s[:51], s + "a", s[:51] + "1", s[:51] + "b", strings.ToUpper(s), " " + s, s + "\n",
		s[:20] + "\n" + s[20:51] + "\r", s + "====", strings.Repeat("é", 26),
	} {
		if _, err := ParsePublicKey(bad); !errors.Is(err, ErrKeyFormat) {
			t.Errorf("%q: %v", bad, err)
		}
		if _, err := ParseRunPublic(bad); !errors.Is(err, ErrKeyFormat) {
			t.Errorf("run key %q: %v", bad, err)
		}
	}
	run := RunPublic(id.Public())
	if back, err := ParseRunPublic(run.String()); err != nil || back != run {
		t.Errorf("run key parses to %x, %v", back, err)
	}
}

func FuzzParsePublicKey(f *testing.F) {
	f.Add(PublicKey{}.String())
	f.Add(strings.Repeat("7", 52))
	f.Fuzz(func(t *testing.T, s string) {
		if k, err := ParsePublicKey(s); err == nil && k.String() != s {
			t.Errorf("%q and %q are the same key", s, k.String())
		}
	})
}

func TestSuffix(t *testing.T) {
	if got := (PublicKey{}).Suffix(); got != "mzuh" {
		t.Errorf("suffix %q", got) // base32(SHA-256(32 zero bytes)) begins so
	}
}

func TestSignaturesKeepToTheirContext(t *testing.T) {
	id := IdentityFromSeed([32]byte{1})
	k, msg := id.Public(), []byte("message")
	sig := id.Sign("context", msg)
	if !k.Verify("context", msg, sig) {
		t.Fatal("own signature does not verify")
	}
	for name, ok := range map[string]bool{
		"other context":   k.Verify("contex", append([]byte("t\x00"), msg...), sig),
		"shifted context": k.Verify("contextm", msg[1:], sig),
		"other message":   k.Verify("context", msg[1:], sig),
		"other key":       IdentityFromSeed([32]byte{2}).Public().Verify("context", msg, sig),
		"short signature": k.Verify("context", msg, sig[:63]),
		"none":            k.Verify("context", msg, nil),
		"zero key":        PublicKey{}.Verify("context", msg, sig),
	} {
		if ok {
			t.Errorf("%s verifies", name)
		}
	}
}

func TestIdentitySeed(t *testing.T) {
	id, err := NewIdentity()
	if err != nil {
		t.Fatal(err)
	}
	if again := IdentityFromSeed(id.Seed()); again.Public() != id.Public() || !bytes.Equal(again.Private(), id.Private()) {
		t.Error("the seed makes another identity")
	}
	if other, _ := NewIdentity(); other.Public() == id.Public() {
		t.Error("two new identities are one")
	}
	// RFC 8032 §7.1, test 1.
	id = IdentityFromSeed([32]byte(unhex(t, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")))
	wantHex(t, "public key", id.pub[:], "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
	if low, high := (PublicKey{1}), (PublicKey{2}); low.Compare(high) != -1 || high.Compare(low) != 1 || low.Compare(low) != 0 {
		t.Error("keys are out of order")
	}
	if !(PublicKey{}).IsZero() || id.Public().IsZero() {
		t.Error("IsZero")
	}
}
