package crypto

import (
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
)

// ErrNodeID says that a text is not a node's public key.
var ErrNodeID = errors.New("not a node's key (56 capital letters and digits, the first of them U)")

// NodeID is a bootnode's Ed25519 public key among other bootnodes. NATS calls
// such a key the nkey of a user.
type NodeID [ed25519.PublicKeySize]byte

// NodeSignatureSize is the length of a node's signature.
const NodeSignatureSize = ed25519.SignatureSize

// nkeyUser is the first byte of a user's nkey in its text form, which begins
// with U for it (github.com/nats-io/nkeys, strkey.go).
const nkeyUser = 20 << 3

var nkeyEncoding = base32.StdEncoding.WithPadding(base32.NoPadding)

// String is the text form of an nkey, 56 characters.
func (n NodeID) String() string {
	b := append([]byte{nkeyUser}, n[:]...)
	return nkeyEncoding.EncodeToString(binary.LittleEndian.AppendUint16(b, crc16(b)))
}

// Short is the beginning of the text form, to be shown in tables; it proves nothing.
func (n NodeID) Short() string { return n.String()[:9] }

// ParseNodeID reads what String writes. The error is ErrNodeID.
func ParseNodeID(s string) (n NodeID, err error) {
	b, err := nkeyEncoding.DecodeString(s)
	if err != nil || len(b) != 1+len(n)+2 {
		return n, fmt.Errorf("%q: %w", s, ErrNodeID)
	}
	n = NodeID(b[1:])
	if n.String() != s {
		return NodeID{}, fmt.Errorf("%q: %w", s, ErrNodeID)
	}
	return n, nil
}

// crc16 is the checksum of CRC-16/XMODEM.
func crc16(b []byte) (sum uint16) {
	for _, x := range b {
		sum ^= uint16(x) << 8
		for range 8 {
			top := sum & 0x8000
			sum <<= 1
			if top != 0 {
				sum ^= 0x1021
			}
		}
	}
	return sum
}

// nodeContext separates what nodes sign for each other from anything else that
// their key signs: NATS has it sign nonces.
const nodeContext = "gochat/1 node"

// SignedNode is what a node signs when it says msg about a subject: context ‖ 0
// ‖ subject ‖ msg. The zero subject is that of beacons.
func SignedNode(subject RoomSubject, msg []byte) []byte {
	return signed(nodeContext, append(subject[:], msg...))
}

// Verify reports whether sig is the node's signature over msg about a subject.
func (n NodeID) Verify(subject RoomSubject, msg, sig []byte) bool {
	return len(sig) == NodeSignatureSize && ed25519.Verify(n[:], SignedNode(subject, msg), sig)
}

// RoomSubject names a room among bootnodes. Who only passes messages on can
// neither register with it nor read what is said under it.
type RoomSubject [16]byte

// Subject computes the subject of a room's tag.
func (t RoomTag) Subject() RoomSubject {
	h := sha256.Sum256(append([]byte("gochat/1 room subject"), t[:]...))
	return RoomSubject(h[:16])
}

// NewsBox seals what bootnodes tell each other of a room: a node that has no member
// in it does not know its tag and learns nothing from what it passes on. The subject
// is to be bound.
func (t RoomTag) NewsBox() Box {
	var k Key
	expand(k[:], t[:], "gochat/1 room news")
	return NewBox(k)
}

// NodeMACSize is the length of the code in a relay frame between nodes.
const NodeMACSize = 16

// NodeKey authenticates the relay frames between two bootnodes:
// HKDF(X25519(own bootnode key, the other's)).
type NodeKey struct{ key [32]byte }

// NewNodeKey derives the key two bootnodes share. The error is ErrRunKey.
func NewNodeKey(own *RunKey, other RunPublic) (*NodeKey, error) {
	secret, err := own.shared(other)
	if err != nil {
		return nil, err
	}
	k := &NodeKey{}
	expand(k.key[:], secret, "gochat/1 node frame")
	return k, nil
}

// MAC authenticates a frame.
func (k *NodeKey) MAC(parts ...[]byte) (m [NodeMACSize]byte) {
	copy(m[:], mac(k.key[:], parts...))
	return m
}

// Check reports whether got is the frame's code.
func (k *NodeKey) Check(got [NodeMACSize]byte, parts ...[]byte) bool {
	want := k.MAC(parts...)
	return hmac.Equal(got[:], want[:])
}
