package crypto

import (
	"encoding/hex"
	"testing"
)

func TestBoxSecret(t *testing.T) {
	a, b := IdentityFromSeed([32]byte{1}), IdentityFromSeed([32]byte{2})
	s := NewBoxSecret(a, RoomID{3})
	if s != NewBoxSecret(a, RoomID{3}) {
		t.Error("not the same again")
	}
	if s == NewBoxSecret(b, RoomID{3}) || s == NewBoxSecret(a, RoomID{4}) {
		t.Error("the same for another identity or room")
	}
	const want = "eb2f4a1c5c8294faf569d191701289e84ef030c5370e7cf2eb4b698254149eac"
	if got := hex.EncodeToString(s[:]); got != want {
		t.Errorf("secret %s, want %s", got, want)
	}
	const id = "430596ce4ade88f61a832e34f1e191cd"
	if got := s.ID(); hex.EncodeToString(got[:]) != id {
		t.Errorf("id %x, want %s", got, id)
	}
}
