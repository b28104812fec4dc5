package crypto

import (
	"bytes"
	"errors"
	"testing"
)

func TestObject(t *testing.T) {
	r := NewRoomKeys(testEpoch())
	plain, ad := []byte("plain"), []byte("ad")
	sealed := r.SealObject([]byte("dst"), plain, ad)
	wantHex(t, "object", sealed[3:], "6d4b630343813ca3a3aecba2fd6fe040a478e7a47f2a2732602a002fa89d7ead84be8fef34a975d2ddc5f4de32")
	if !bytes.HasPrefix(sealed, []byte("dst")) || len(sealed) != 3+len(plain)+ObjectSealOverhead {
		t.Fatalf("%d bytes", len(sealed))
	}
	sealed = sealed[3:]
	if got, err := r.OpenObject([]byte("dst"), sealed, ad); err != nil || string(got) != "dstplain" {
		t.Fatalf("opened %q, %v", got, err)
	}
	tampered(sealed, func(what string, i int, b []byte) {
		if _, err := r.OpenObject(nil, b, ad); !errors.Is(err, ErrSeal) {
			t.Errorf("%s at %d: %v", what, i, err)
		}
	})
	if _, err := r.OpenObject(nil, sealed, []byte("ae")); !errors.Is(err, ErrSeal) {
		t.Error("opens with other associated data")
	}
	if _, err := NewRoomKeys(EpochKey{9}).OpenObject(nil, sealed, ad); !errors.Is(err, ErrSeal) {
		t.Error("opens in another room")
	}
	for name, other := range map[string][]byte{
		"plain": r.SealObject(nil, []byte("plaim"), ad), "ad": r.SealObject(nil, plain, []byte("ae")),
		"border": r.SealObject(nil, []byte("dplain"), []byte("a")),
	} {
		if bytes.Equal(other[:ObjectSaltSize], sealed[:ObjectSaltSize]) {
			t.Errorf("another %s has the same salt, and so the same key and nonce", name)
		}
	}
}

// Who holds the keys can seal under any salt, but only one salt is accepted.
func TestObjectHasOneSalt(t *testing.T) {
	r := NewRoomKeys(testEpoch())
	salt := make([]byte, ObjectSaltSize)
	forged := newGCM(r.objectKey(salt)).Seal(salt, objectNonce[:], []byte("plain"), nil)
	if _, err := r.OpenObject(nil, forged, nil); !errors.Is(err, ErrSeal) {
		t.Errorf("%v", err)
	}
}
