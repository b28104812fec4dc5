package wire

import (
	"encoding/binary"
	"net/netip"

	"gochat/crypto"
)

// Limits of an announcement.
const (
	MaxAnnouncement   = 384 // sealed, bytes
	MaxNick           = 32  // bytes of UTF-8
	MaxAnnounceCands  = 8
	MaxCandidates     = 16
	announceContext   = "gochat/1 announcement"
	announceSignature = 64
)

// CandidateType is a kind of transport address (RFC 8445 §4).
type CandidateType byte

// The kinds of candidates.
const (
	CandidateHost            CandidateType = 1
	CandidateServerReflexive CandidateType = 2
	CandidatePeerReflexive   CandidateType = 3
	CandidateMapped          CandidateType = 4 // by a port-mapping protocol
)

// String is the short name RFC 8445 uses.
func (t CandidateType) String() string {
	switch t {
	case CandidateHost:
		return "host"
	case CandidateServerReflexive:
		return "srflx"
	case CandidatePeerReflexive:
		return "prflx"
	case CandidateMapped:
		return "mapped"
	}
	return "unknown"
}

// Candidate is one transport address at which a member may be reached.
type Candidate struct {
	Type CandidateType
	Addr netip.AddrPort
}

// Announcement is what a member tells the room of itself, sealed with the
// room's announce key so that the bootnode that hands it around can neither
// read nor forge it:
//
//	ver(1) peer(32) run(32) run-number(8) generation(4) expiry(4)
//	nick-len(1) nick cand-count(1) {type(1) addr}… signature(64)
type Announcement struct {
	Peer       crypto.PublicKey
	Run        crypto.RunPublic
	RunNumber  uint64 // rises with each process run
	Generation uint32 // rises with each update in a run
	Expiry     uint32 // Unix seconds; ages caches only, never admission
	Nick       string // raw: the reader cleans it
	Candidates []Candidate
}

// SealAnnouncement signs a for the room, which binds it to the room's id, and
// seals it. Nick and candidates beyond the limits are cut.
func SealAnnouncement(a Announcement, id *crypto.Identity, room *crypto.RoomKeys) []byte {
	a.Peer = id.Public()
	plain := a.append(nil)
	plain = append(plain, id.Sign(announceContext, append(room.ID[:], plain...))...)
	return crypto.NewBox(room.Announce).Seal(nil, plain, room.ID[:])
}

// OpenAnnouncement opens and verifies a sealed announcement of the room.
func OpenAnnouncement(sealed []byte, room *crypto.RoomKeys) (Announcement, error) {
	if len(sealed) > MaxAnnouncement {
		return Announcement{}, ErrFrame
	}
	plain, err := crypto.NewBox(room.Announce).Open(nil, sealed, room.ID[:])
	if err != nil {
		return Announcement{}, err
	}
	if len(plain) < announceSignature {
		return Announcement{}, ErrFrame
	}
	body, sig := plain[:len(plain)-announceSignature], plain[len(plain)-announceSignature:]
	a, err := parseAnnouncement(body)
	if err != nil {
		return Announcement{}, err
	}
	if !a.Peer.Verify(announceContext, append(room.ID[:], body...), sig) {
		return Announcement{}, crypto.ErrSeal
	}
	return a, nil
}

// Session is the session id the announcement's run has in the room.
func (a *Announcement) Session(room *crypto.RoomKeys) crypto.SessionID {
	return crypto.NewSessionID(a.Run, room.Tag)
}

func (a *Announcement) append(b []byte) []byte {
	nick := a.Nick[:min(len(a.Nick), MaxNick)]
	b = append(b, Version)
	b = append(b, a.Peer[:]...)
	b = append(b, a.Run[:]...)
	b = binary.BigEndian.AppendUint64(b, a.RunNumber)
	b = binary.BigEndian.AppendUint32(b, a.Generation)
	b = binary.BigEndian.AppendUint32(b, a.Expiry)
	b = append(b, byte(len(nick)))
	b = append(b, nick...)
	return appendCandidates(b, a.Candidates, MaxAnnounceCands)
}

func parseAnnouncement(b []byte) (a Announcement, err error) {
	c := cursor{b: b}
	if c.u8() != Version {
		return a, ErrFrame
	}
	c.copy(a.Peer[:])
	c.copy(a.Run[:])
	a.RunNumber, a.Generation, a.Expiry = c.u64(), c.u32(), c.u32()
	n := int(c.u8())
	if n > MaxNick {
		return a, ErrFrame
	}
	a.Nick = string(c.take(n))
	a.Candidates = c.candidates(MaxAnnounceCands)
	if !c.done() {
		return Announcement{}, ErrFrame
	}
	return a, nil
}

func appendCandidates(b []byte, cs []Candidate, max int) []byte {
	cs = cs[:min(len(cs), max)]
	b = append(b, byte(len(cs)))
	for _, c := range cs {
		b = AppendAddr(append(b, byte(c.Type)), c.Addr)
	}
	return b
}

// candidates reads what appendCandidates wrote. Unknown types stay, for the
// reader to skip; an entry without an address or with port 0 is malformed.
func (c *cursor) candidates(max int) []Candidate {
	n := int(c.u8())
	if n > max {
		c.bad = true
		return nil
	}
	var out []Candidate
	for range n {
		t := CandidateType(c.u8())
		a := c.addr()
		if !a.IsValid() || a.Port() == 0 {
			c.bad = true
		}
		if c.bad {
			return nil
		}
		out = append(out, Candidate{t, a})
	}
	return out
}
