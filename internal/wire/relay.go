package wire

import (
	"encoding/binary"
	"math"

	"gochat/crypto"
)

// A relay frame carries one packet between two members of a room through a
// bootnode. Its 29 bytes of overhead keep a 1200-byte packet within a
// 1280-byte IPv6 path.
//
//	0x30 channel(4) counter(4) sealed{ channel(4) packet }
//
// The clear channel names the member at the client's end of this hop; the
// sealed one names the other member: the destination on the way up, the source
// on the way down.
const (
	relayHeader = 1 + 4 + 4
	// RelayOverhead is what a relay frame adds to a packet.
	RelayOverhead = relayHeader + 4 + crypto.TagSize
	// RelayCounterLimit ends a session's relay lane: at this counter the
	// member registers anew.
	RelayCounterLimit = 1<<32 - 1<<16
)

// RelayChannel reads whose hop a relay frame belongs to.
func RelayChannel(p []byte) (channel uint32, err error) {
	if len(p) < RelayOverhead || p[0] != MagicRelay {
		return 0, ErrFrame
	}
	return binary.BigEndian.Uint32(p[1:]), nil
}

// SealRelay appends a relay frame on the hop named own, for or from other.
// Once the lane's 32-bit counter is used up it appends nothing: sealing on
// would repeat nonces.
func SealRelay(b []byte, own, other uint32, s *crypto.Session, packet []byte) []byte {
	start := len(b)
	n := s.Next(crypto.LaneRelay)
	if n > math.MaxUint32 {
		return b
	}
	b = append(b, MagicRelay)
	b = binary.BigEndian.AppendUint32(b, own)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	plain := make([]byte, 0, 4+MaxPayload)
	plain = append(binary.BigEndian.AppendUint32(plain, other), packet...)
	return s.Seal(b, crypto.LaneRelay, n, plain, b[start:])
}

// OpenRelay opens a relay frame and appends the packet to dst.
func OpenRelay(dst, p []byte, s *crypto.Session) (other uint32, packet []byte, err error) {
	if _, err = RelayChannel(p); err != nil {
		return 0, nil, err
	}
	n := uint64(binary.BigEndian.Uint32(p[5:]))
	plain, err := s.Open(dst, crypto.LaneRelay, n, p[relayHeader:], p[:relayHeader])
	if err != nil {
		return 0, nil, err
	}
	plain = plain[len(dst):]
	return binary.BigEndian.Uint32(plain), plain[4:], nil
}
