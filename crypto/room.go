package crypto

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/crypto/argon2"
)

// argon2id parameters of a room key (RFC 9106, second recommended choice with
// one lane: the price of one guess at a room's name or secret).
const (
	roomArgonTime    = 3
	roomArgonMemory  = 64 << 10 // KiB
	roomArgonThreads = 4
)

// RoomID names a room in signatures and records. Unlike the tag it stays the
// same over all epochs.
type RoomID [16]byte

// RoomTag is all that a bootnode sees of a room's name.
type RoomTag [16]byte

// EpochID tells which epoch key an object outside of a link was sealed under.
// It is no bootnode's business and so another value than the tag.
type EpochID [8]byte

// EpochKey is the secret all members of a room share.
type EpochKey [32]byte

// DeriveEpoch0 computes a room's first epoch key from its name and secret;
// secret is empty for an open room. It takes about 0.15 s and 64 MiB on
// purpose; callers keep the result.
func DeriveEpoch0(name, secret string) EpochKey {
	in := binary.AppendUvarint(nil, uint64(len(name)))
	in = append(append(in, name...), secret...)
	return EpochKey(argon2.IDKey(in, []byte("gochat/1 room"),
		roomArgonTime, roomArgonMemory, roomArgonThreads, 32))
}

// RoomKeys are the keys derived from one epoch key, one for each use.
type RoomKeys struct {
	ID       RoomID
	Tag      RoomTag
	Epoch    EpochID
	Announce Key // seals announcements
	Disco    Key // salts the probe keys of pairs; seals INTRO
	proof    [32]byte
	word     [4]byte
	object   [32]byte
	salt     [32]byte
}

// NewRoomKeys derives the keys of the first epoch.
func NewRoomKeys(e0 EpochKey) *RoomKeys {
	r := &RoomKeys{}
	expand(r.ID[:], e0[:], "gochat/1 room id")
	expand(r.Tag[:], e0[:], "gochat/1 tag")
	expand(r.Announce[:], e0[:], "gochat/1 announce")
	expand(r.Disco[:], e0[:], "gochat/1 disco")
	expand(r.proof[:], e0[:], "gochat/1 proof")
	expand(r.word[:], e0[:], "gochat/1 word")
	expand(r.Epoch[:], e0[:], "gochat/1 epoch id")
	expand(r.object[:], e0[:], "gochat/1 object")
	expand(r.salt[:], e0[:], "gochat/1 object salt")
	return r
}

// Word is a short pronounceable text, equal on all screens whose room name and
// secret agree: 32 bits as two proquints (Wilkerson, 2009).
func (r *RoomKeys) Word() string {
	return proquint(r.word[0:2]) + "-" + proquint(r.word[2:4])
}

// Role tells the two ends of a link apart in the room proof.
type Role byte

// The roles of a link: the QUIC client and the QUIC server.
const (
	RoleClient Role = 'C'
	RoleServer Role = 'S'
)

// ProofSize is the length of a room proof.
const ProofSize = sha256.Size

// Proof shows the other end of a link that this end knows the room: an HMAC
// over the role, the TLS exporter of the connection and both members' keys.
func (r *RoomKeys) Proof(role Role, exporter []byte, client, server PublicKey) [ProofSize]byte {
	m := hmac.New(sha256.New, r.proof[:])
	m.Write([]byte{byte(role)})
	m.Write(exporter)
	m.Write(client[:])
	m.Write(server[:])
	return [ProofSize]byte(m.Sum(nil))
}

// CheckProof compares a received proof in constant time.
func (r *RoomKeys) CheckProof(got []byte, role Role, exporter []byte, client, server PublicKey) bool {
	want := r.Proof(role, exporter, client, server)
	return hmac.Equal(got, want[:])
}

// proquint writes 16 bits as five letters: consonant, vowel, consonant, vowel,
// consonant.
func proquint(b []byte) string {
	const con, vow = "bdfghjklmnprstvz", "aiou"
	v := binary.BigEndian.Uint16(b)
	return string([]byte{con[v>>12], vow[v>>10&3], con[v>>6&15], vow[v>>4&3], con[v&15]})
}

// expand fills out with HKDF-SHA256 output (RFC 5869, expand only: the input
// is a uniform key).
func expand(out, key []byte, info string) {
	b, err := hkdf.Expand(sha256.New, key, info, len(out))
	if err != nil {
		panic("crypto: hkdf output too long: " + err.Error()) // lengths are constants
	}
	copy(out, b)
}
