package crypto

import (
	"bytes"
	"errors"
	"testing"
)

// tampered calls try with every one-byte change and every cut of b.
func tampered(b []byte, try func(what string, i int, b []byte)) {
	for i := range b {
		bad := bytes.Clone(b)
		bad[i] ^= 0x40
		try("changed", i, bad)
		try("cut", i, b[:i:i])
	}
	try("longer", len(b), append(bytes.Clone(b), 0))
}

func TestBox(t *testing.T) {
	box, plain, ad := NewBox(Key{1}), []byte("plain text"), []byte("ad")
	sealed := box.Seal([]byte("dst"), plain, ad)
	if !bytes.HasPrefix(sealed, []byte("dst")) || len(sealed) != 3+len(plain)+SealOverhead {
		t.Fatalf("sealed is %d bytes", len(sealed))
	}
	sealed = sealed[3:]
	got, err := box.Open([]byte("dst"), sealed, ad)
	if err != nil || string(got) != "dstplain text" {
		t.Fatalf("opened %q, %v", got, err)
	}
	tampered(sealed, func(what string, i int, b []byte) {
		if _, err := box.Open(nil, b, ad); !errors.Is(err, ErrSeal) {
			t.Errorf("%s at %d: %v", what, i, err)
		}
	})
	if _, err := box.Open(nil, sealed, nil); !errors.Is(err, ErrSeal) {
		t.Error("opens without its associated data")
	}
	if _, err := NewBox(Key{2}).Open(nil, sealed, ad); !errors.Is(err, ErrSeal) {
		t.Error("opens with another key")
	}
	if bytes.Equal(box.Seal(nil, plain, ad), sealed) {
		t.Error("a nonce was used twice")
	}
}

func TestSealTo(t *testing.T) {
	a, b := runPair(t)
	sealed, err := SealTo([]byte("dst"), a.Public(), []byte("plain"), []byte("ad"))
	if err != nil || !bytes.HasPrefix(sealed, []byte("dst")) || len(sealed) != 3+5+SealToOverhead {
		t.Fatalf("%d bytes, %v", len(sealed), err)
	}
	sealed = sealed[3:]
	if got, err := OpenFrom(a, sealed, []byte("ad")); err != nil || string(got) != "plain" {
		t.Fatalf("opened %q, %v", got, err)
	}
	tampered(sealed, func(what string, i int, s []byte) {
		if _, err := OpenFrom(a, s, []byte("ad")); err == nil {
			t.Errorf("%s at %d: opens", what, i)
		}
	})
	if _, err := OpenFrom(b, sealed, []byte("ad")); !errors.Is(err, ErrSeal) {
		t.Error("opens for another key")
	}
	if _, err := OpenFrom(a, sealed, nil); !errors.Is(err, ErrSeal) {
		t.Error("opens without its associated data")
	}
	// Known answer: RFC 7748 secret of the seeds 01… and 02…, sender low.
	box, err := sealToBox(a, b.Public(), a.Public(), b.Public())
	if err != nil {
		t.Fatal(err)
	}
	want := NewBox(Key(unhex(t, "a8c8c14d708bd4fe5b620d7b39c25e3509e987c9154bd92b71e7986023963198")))
	if _, err := want.Open(nil, box.Seal(nil, nil, nil), nil); err != nil {
		t.Error("derives another key than the protocol says")
	}
}
