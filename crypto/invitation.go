package crypto

import "crypto/hmac"

// MinToken is the least length of an invitation's token in bytes: whoever poses as
// the bootnode sees a proof, from which a shorter one could be guessed.
const MinToken = 16

// Invitation shows a bootnode that its sender holds a token, which is not
// shown itself: whoever poses as the bootnode learns nothing that the real one
// would take.
type Invitation struct {
	ID    [8]byte // names the token to who has it
	Proof [16]byte
}

// InvitationID names a token to who has it.
func InvitationID(token string) (id [8]byte) {
	copy(id[:], mac([]byte("gochat/1 invitation id"), []byte(token)))
	return id
}

// NewInvitation proves a token to the holder of a bootnode's key, in the REGISTER
// that carries this cookie for this room and run.
func NewInvitation(token string, bootnode RunPublic, c Cookie, tag RoomTag, run RunPublic) Invitation {
	i := Invitation{ID: InvitationID(token)}
	copy(i.Proof[:], mac([]byte(token), []byte("gochat/1 invitation"), bootnode[:], c[:], tag[:], run[:]))
	return i
}

// Proves compares in constant time with what who holds the token would send.
func (i Invitation) Proves(token string, bootnode RunPublic, c Cookie, tag RoomTag, run RunPublic) bool {
	want := NewInvitation(token, bootnode, c, tag, run)
	return hmac.Equal(i.Proof[:], want.Proof[:]) && hmac.Equal(i.ID[:], want.ID[:])
}
