package peer

import (
	"errors"
	"io"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	proofTimeout = 5 * time.Second
	// refuseAfter is how long a stream without a valid proof waits for its
	// refusal: always as long, so that the time tells nothing of the rooms we
	// are in, and long enough that nobody can try often.
	refuseAfter = time.Second
	// proofStep is in what steps the work of finding a proof's room grows with
	// the number of rooms.
	proofStep = 16
	// maxProving is how many streams of one connection are looked at at once.
	maxProving = 16
)

// Labels of keying material both ends of a connection share (RFC 8446 §7.5).
const (
	exportProof = "gochat/1 room proof"
	exportSum   = "gochat/1 reconciliation"
)

var errRoomProof = errors.New("no valid room proof")

// ends are the two ends of a connection as room proofs name them.
type ends struct {
	me             crypto.Role
	client, server crypto.PublicKey
	exporter       []byte // what proofs are bound to
}

func (e ends) other() crypto.Role {
	if e.me == crypto.RoleClient {
		return crypto.RoleServer
	}
	return crypto.RoleClient
}

// proof shows that we know a room.
func (e ends) proof(room *crypto.RoomKeys) []byte {
	return wire.AppendProof(nil, room.Proof(e.me, e.exporter, e.client, e.server))
}

// shows reports whether the other end's proof is for a room.
func (e ends) shows(proof [crypto.ProofSize]byte, room *crypto.RoomKeys) bool {
	return room.CheckProof(proof[:], e.other(), e.exporter, e.client, e.server)
}

// readOpening reads how a stream begins that the other end opened.
func readOpening(s *quic.Stream) (wire.Opening, error) {
	_ = s.SetReadDeadline(time.Now().Add(proofTimeout)) // an error shows in the read
	defer s.SetReadDeadline(time.Time{})
	return wire.ReadOpening(s)
}

// readProof reads the other end's proof on a link that we opened.
func readProof(s *quic.Stream) (proof [crypto.ProofSize]byte, err error) {
	_ = s.SetReadDeadline(time.Now().Add(proofTimeout)) // an error shows in the read
	defer s.SetReadDeadline(time.Time{})
	buf := make([]byte, wire.ProofSize)
	if _, err := io.ReadFull(s, buf); err != nil {
		return proof, err
	}
	return wire.ParseProof(buf)
}

// roomOf finds the room that a proof is for; nil: none of ours. It looks at
// all of them, and as many times more as make the next multiple of proofStep:
// the time must tell neither how many rooms we are in nor which one it was.
func roomOf(proof [crypto.ProofSize]byte, rooms []*Room, e ends) (found *Room) {
	if len(rooms) == 0 {
		return nil
	}
	for i := range (len(rooms) + proofStep - 1) / proofStep * proofStep {
		r := rooms[i%len(rooms)]
		if e.shows(proof, r.keys) {
			found = r
		}
	}
	return found
}
