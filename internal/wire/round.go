package wire

import (
	"net/netip"

	"gochat/crypto"
)

// RoundKind is a way to find a path that plain probing did not find.
type RoundKind byte

// The kinds of rounds. Of two that meet the higher one stays.
const (
	RoundPlain    RoundKind = 1 // probes to all addresses, begun together
	RoundFresh    RoundKind = 2 // new sockets on both sides
	RoundPredict  RoundKind = 3 // the next ports of a NAT that counts
	RoundBirthday RoundKind = 4 // many ports on one side, guessed by the other
)

// Round tells the other side to take part in a coordinated search, now. Addr is
// where the sender's new socket was seen, if the kind needs one.
type Round struct {
	Number byte // the same on both sides, from 1
	Kind   RoundKind
	Addr   netip.AddrPort
}

// Seal writes the frame.
func (f Round) Seal(k *crypto.ProbeKeys) []byte { return sealDisco(f.append(nil), k) }

func (f Round) append(b []byte) []byte {
	return AppendAddr(append(b, byte(TypeRound), f.Number, byte(f.Kind)), f.Addr)
}
