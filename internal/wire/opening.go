package wire

import (
	"io"

	"gochat/crypto"
)

// StreamType is the first byte of a stream, in both directions. Append only.
type StreamType byte

// The streams of a connection between two members.
const (
	StreamLink        StreamType = 1 // a room's frames; ProofSize says the rest
	StreamApplication StreamType = 2 // bytes of an application
)

// MaxProtocol is how long a protocol's name can be, in bytes.
const MaxProtocol = 64

// Opening is how a stream begins: its opener proves to know a room, and of an
// application's stream names the protocol. It is answered by an opening without
// a protocol.
type Opening struct {
	Type     StreamType
	Proof    [crypto.ProofSize]byte
	Protocol string // of StreamApplication
}

// ValidProtocol reports whether a text can name a protocol: 1 to MaxProtocol
// bytes of ASCII that show, without spaces.
func ValidProtocol(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' {
			return false
		}
	}
	return s != "" && len(s) <= MaxProtocol
}

// Append appends type(1) proof(32) and, of an application's stream, length(1)
// protocol. The protocol must be valid.
func (o Opening) Append(b []byte) []byte {
	b = append(append(b, byte(o.Type)), o.Proof[:]...)
	if o.Type == StreamApplication {
		b = append(append(b, byte(len(o.Protocol))), o.Protocol...)
	}
	return b
}

// ReadOpening reads an opening and nothing behind it. The error is ErrFrame or
// the reader's.
func ReadOpening(r io.Reader) (o Opening, err error) {
	if o.Type, o.Proof, err = readStart(r); err != nil || o.Type == StreamLink {
		return o, err
	}
	var n [1]byte
	if _, err := io.ReadFull(r, n[:]); err != nil {
		return o, err
	}
	if n[0] == 0 || n[0] > MaxProtocol {
		return o, ErrFrame
	}
	name := make([]byte, n[0])
	if _, err := io.ReadFull(r, name); err != nil {
		return o, err
	}
	if o.Protocol = string(name); !ValidProtocol(o.Protocol) {
		return o, ErrFrame
	}
	return o, nil
}

// AppendAnswer appends what answers an application's stream: type(1) proof(32).
func AppendAnswer(b []byte, proof [crypto.ProofSize]byte) []byte {
	return append(append(b, byte(StreamApplication)), proof[:]...)
}

// ReadAnswer reads what AppendAnswer wrote and nothing behind it. The error is
// ErrFrame or the reader's.
func ReadAnswer(r io.Reader) (proof [crypto.ProofSize]byte, err error) {
	t, proof, err := readStart(r)
	if err == nil && t != StreamApplication {
		err = ErrFrame
	}
	return proof, err
}

func readStart(r io.Reader) (t StreamType, proof [crypto.ProofSize]byte, err error) {
	var buf [ProofSize]byte
	if _, err := io.ReadFull(r, buf[:]); err != nil {
		return 0, proof, err
	}
	if t = StreamType(buf[0]); t != StreamLink && t != StreamApplication {
		return t, proof, ErrFrame
	}
	copy(proof[:], buf[1:])
	return t, proof, nil
}
