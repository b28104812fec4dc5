// Package wire knows every byte on the network: the first byte of a packet,
// the frames of the rendezvous, the probes, the relay, LAN discovery, the
// announcement of a member, signed records, the frames of a link and the sealed
// objects in which records leave it.
//
// It parses and appends; it keeps no state, decides nothing and does no I/O.
// Keys and seals come from package crypto. All integers are big-endian. A
// frame's parser accepts exactly what its Append writes (padding aside) and
// returns ErrFrame for anything else. docs/PROTOCOL.md shows the same layouts
// as tables.
//
// A packet's first byte decides whose it is:
//
//	0x00–0x03  STUN (RFC 8489)
//	0x24       disco: sealed probes between members
//	0x28       rendezvous: members and bootnodes, LAN discovery
//	0x30       relay: members' packets carried by a bootnode
//	0x40–0xff  QUIC (RFC 9000)
package wire

import "errors"

// ErrFrame says that bytes are not the frame they were taken for.
var ErrFrame = errors.New("malformed frame")

// First bytes of a packet.
const (
	MagicDisco      = 0x24
	MagicRendezvous = 0x28
	MagicRelay      = 0x30
	firstQUIC       = 0x40
)

// Version is the version byte of disco and rendezvous frames.
const Version = 1

// MaxPacket is the largest UDP payload that is ever sent: a QUIC packet of
// 1200 bytes in a relay frame fits a 1280-byte IPv6 path (RFC 8200 §5).
const MaxPacket = 1232

// MaxPayload is the largest QUIC packet or disco frame that fits a relay frame.
const MaxPayload = 1200

// Class is what a packet's first byte makes it.
type Class int

// The classes of packets.
const (
	ClassUnknown Class = iota
	ClassSTUN
	ClassDisco
	ClassRendezvous
	ClassRelay
	ClassQUIC
)

// Classify looks at the first byte of a packet.
func Classify(p []byte) Class {
	switch {
	case len(p) == 0:
		return ClassUnknown
	case p[0] <= 3:
		return ClassSTUN
	case p[0] == MagicDisco:
		return ClassDisco
	case p[0] == MagicRendezvous:
		return ClassRendezvous
	case p[0] == MagicRelay:
		return ClassRelay
	case p[0] >= firstQUIC:
		return ClassQUIC
	}
	return ClassUnknown
}
