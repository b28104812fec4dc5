package wire

import (
	"encoding/binary"
	"net/netip"

	"gochat/crypto"
)

// RosterPage tells the changes of a room's roster from one version (exclusive)
// to another, in the order of their versions. A page with Reset begins a walk
// over the whole roster: who is not named until To reaches Current is gone.
//
//	flags(1) from(8) to(8) current(8) { entry }…
type RosterPage struct {
	Reset   bool
	From    uint64
	To      uint64 // version up to which the receiver is now informed
	Current uint64 // the roster's version; > To: ask again with since = To
	Entries []RosterEntry
}

// RosterEntry is one member as the bootnode knows it, or one that left.
//
//	kind(1) session(8) [ channel(4) observed addr announcement(2+n) ]
type RosterEntry struct {
	Kind         RosterKind
	Session      crypto.SessionID
	Channel      uint32
	Observed     netip.AddrPort // invalid if the member hides it
	Announcement []byte         // sealed
}

// RosterKind says what an entry tells.
type RosterKind byte

// The kinds of roster entries.
const (
	RosterPresent  RosterKind = 1 // joined or updated
	RosterLeft     RosterKind = 2 // said BYE
	RosterTimedOut RosterKind = 3 // silent for too long
)

const (
	rosterReset      = 1
	rosterPageHeader = 1 + 3*8
)

// RosterRoom is how many bytes of entries fit a ROSTER frame.
const RosterRoom = MaxPayload - (sessionHeader + crypto.TagSize + rosterPageHeader)

// Size is the entry's length in a page.
func (e *RosterEntry) Size() int {
	if e.Kind != RosterPresent {
		return 1 + 8
	}
	return 1 + 8 + 4 + addrLen(e.Observed) + 2 + len(e.Announcement)
}

func (p *RosterPage) append(b []byte) []byte {
	var flags byte
	if p.Reset {
		flags |= rosterReset
	}
	b = append(b, flags)
	b = binary.BigEndian.AppendUint64(b, p.From)
	b = binary.BigEndian.AppendUint64(b, p.To)
	b = binary.BigEndian.AppendUint64(b, p.Current)
	for i := range p.Entries {
		e := &p.Entries[i]
		b = append(append(b, byte(e.Kind)), e.Session[:]...)
		if e.Kind == RosterPresent {
			b = binary.BigEndian.AppendUint32(b, e.Channel)
			b = AppendAddr(b, e.Observed)
			b = append16(b, e.Announcement)
		}
	}
	return b
}

// rosterPage reads a page up to the end of the frame.
func (c *cursor) rosterPage() (p RosterPage) {
	flags := c.u8()
	p.Reset = flags&rosterReset != 0
	p.From, p.To, p.Current = c.u64(), c.u64(), c.u64()
	if flags&^rosterReset != 0 || p.From > p.To || p.To > p.Current {
		c.bad = true
	}
	for !c.bad && len(c.b) > 0 {
		e := RosterEntry{Kind: RosterKind(c.u8())}
		c.copy(e.Session[:])
		switch e.Kind {
		case RosterPresent:
			e.Channel = c.u32()
			e.Observed = c.addr()
			e.Announcement = c.bytes16(MaxAnnouncement)
		case RosterLeft, RosterTimedOut:
		default:
			c.bad = true
		}
		p.Entries = append(p.Entries, e)
	}
	if c.bad {
		return RosterPage{}
	}
	return p
}
