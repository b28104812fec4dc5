package wire

import (
	"encoding/binary"
	"net/netip"

	"gochat/crypto"
)

const sessionHeader = rendezvousHeader + 8 + 8

// SessionFrame reads whose a frame under a session key is and its counter.
func SessionFrame(p []byte) (id crypto.SessionID, counter uint64, err error) {
	if t := RendezvousKind(p); t < TypeBeat || t > TypeBoxItem || len(p) < sessionHeader+crypto.TagSize {
		return id, 0, ErrFrame
	}
	copy(id[:], p[rendezvousHeader:])
	return id, binary.BigEndian.Uint64(p[rendezvousHeader+8:]), nil
}

// SealSession seals a body of type t under a session and returns the frame and
// its counter.
func SealSession(b []byte, t RendezvousType, id crypto.SessionID, s *crypto.Session, body []byte) ([]byte, uint64) {
	n := s.Next(crypto.LaneControl)
	start := len(b)
	b = append(appendHeader(b, t), id[:]...)
	b = binary.BigEndian.AppendUint64(b, n)
	return s.Seal(b, crypto.LaneControl, n, body, b[start:]), n
}

// OpenSession opens a frame under a session key and returns its body.
func OpenSession(p []byte, s *crypto.Session) (body []byte, err error) {
	_, counter, err := SessionFrame(p)
	if err != nil {
		return nil, err
	}
	return s.Open(nil, crypto.LaneControl, counter, p[sessionHeader:], p[:sessionHeader])
}

// Beat is the body of a BEAT: what the member has.
type Beat struct {
	Version uint64 // of the roster
	MOTD    uint32 // id of the operator's greeting it was told last; 0: none
	Notice  uint32 // id of the operator's notice it was told last
}

// Append writes the body.
func (f Beat) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Version)
	b = binary.BigEndian.AppendUint32(b, f.MOTD)
	return binary.BigEndian.AppendUint32(b, f.Notice)
}

// ParseBeat reads the body of a BEAT.
func ParseBeat(b []byte) (f Beat, err error) {
	c := cursor{b: b}
	f.Version, f.MOTD, f.Notice = c.u64(), c.u32(), c.u32()
	if !c.done() {
		return Beat{}, ErrFrame
	}
	return f, nil
}

// BeatAck is the body of a BEAT-ACK.
type BeatAck struct {
	Counter  uint64 // of the beat
	Version  uint64 // of the roster
	Clock    uint64 // of the bootnode, milliseconds since 1970
	Observed netip.AddrPort
}

// Append writes the body.
func (f BeatAck) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Counter)
	b = binary.BigEndian.AppendUint64(b, f.Version)
	b = binary.BigEndian.AppendUint64(b, f.Clock)
	return AppendAddr(b, f.Observed)
}

// ParseBeatAck reads the body of a BEAT-ACK.
func ParseBeatAck(b []byte) (f BeatAck, err error) {
	c := cursor{b: b}
	f.Counter, f.Version, f.Clock, f.Observed = c.u64(), c.u64(), c.u64(), c.addr()
	if !c.done() {
		return BeatAck{}, ErrFrame
	}
	return f, nil
}

// Token is the body of a CHALLENGE and its echo: who echoes it receives
// packets at the address the challenge went to. It is shorter than a BEAT's
// body, so that a CHALLENGE never exceeds the beat that led to it.
type Token [8]byte

// ParseToken reads the body of a CHALLENGE or CHALLENGE-ECHO.
func ParseToken(b []byte) (t Token, err error) {
	if len(b) != len(t) {
		return t, ErrFrame
	}
	return Token(b), nil
}

// UpdateAck is the body of an UPDATE-ACK.
type UpdateAck struct{ Counter uint64 }

// Append writes the body.
func (f UpdateAck) Append(b []byte) []byte { return binary.BigEndian.AppendUint64(b, f.Counter) }

// ParseUpdateAck reads the body of an UPDATE-ACK.
func ParseUpdateAck(b []byte) (f UpdateAck, err error) {
	c := cursor{b: b}
	f.Counter = c.u64()
	if !c.done() {
		return UpdateAck{}, ErrFrame
	}
	return f, nil
}

// RosterGet is the body of a ROSTER-GET: tell me what changed since.
type RosterGet struct{ Since uint64 }

// Append writes the body.
func (f RosterGet) Append(b []byte) []byte { return binary.BigEndian.AppendUint64(b, f.Since) }

// ParseRosterGet reads the body of a ROSTER-GET.
func ParseRosterGet(b []byte) (f RosterGet, err error) {
	c := cursor{b: b}
	f.Since = c.u64()
	if !c.done() {
		return RosterGet{}, ErrFrame
	}
	return f, nil
}

// Append writes the page as the body of a ROSTER.
func (p *RosterPage) Append(b []byte) []byte { return p.append(b) }

// ParseRoster reads the body of a ROSTER.
func ParseRoster(b []byte) (RosterPage, error) {
	c := cursor{b: b}
	p := c.rosterPage()
	if !c.done() {
		return RosterPage{}, ErrFrame
	}
	return p, nil
}
