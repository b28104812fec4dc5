package wire

import "gochat/crypto"

// ProofSize is the length of the first frame in each direction of a link:
// version(1) proof(32).
const ProofSize = 1 + crypto.ProofSize

// AppendProof writes the frame.
func AppendProof(b []byte, proof [crypto.ProofSize]byte) []byte {
	return append(append(b, Version), proof[:]...)
}

// ParseProof reads the frame.
func ParseProof(p []byte) (proof [crypto.ProofSize]byte, err error) {
	if len(p) != ProofSize || p[0] != Version {
		return proof, ErrFrame
	}
	copy(proof[:], p[1:])
	return proof, nil
}
