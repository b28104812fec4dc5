package wire

import (
	"encoding/binary"
	"net/netip"

	"gochat/crypto"
)

// MaxNodeKnown is how many nodes a WHO names.
const MaxNodeKnown = 256

// NodeRecord is a member as its home node tells others of it.
//
//	session(8) since(8) observed addr announcement(2+n)
type NodeRecord struct {
	Session      crypto.SessionID
	Since        uint64         // Unix seconds, by the node's clock, of the registration or its last change
	Observed     netip.AddrPort // invalid if the member hides it, and over TCP
	Announcement []byte         // sealed
}

// MaxNodeEntry is the length of the longest entry of a CHANGES.
const MaxNodeEntry = 1 + 8 + 8 + maxAddrLen + 2 + MaxAnnouncement

// Size is the record's length.
func (r *NodeRecord) Size() int { return 8 + 8 + addrLen(r.Observed) + 2 + len(r.Announcement) }

func (r *NodeRecord) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(append(b, r.Session[:]...), r.Since)
	return append16(AppendAddr(b, r.Observed), r.Announcement)
}

func (c *cursor) nodeRecord() (r NodeRecord) {
	c.copy(r.Session[:])
	r.Since, r.Observed = c.u64(), c.addr()
	r.Announcement = c.bytes16(MaxAnnouncement)
	return r
}

// nodeRecords reads records up to the end.
func (c *cursor) nodeRecords() (rs []NodeRecord) {
	for !c.bad && len(c.b) > 0 {
		rs = append(rs, c.nodeRecord())
	}
	return rs
}

// NodeEntry is a change of a node's members in a room.
//
//	kind(1) record, or kind(1) session(8) of who left
type NodeEntry struct {
	Kind RosterKind
	NodeRecord
}

// Size is the entry's length.
func (e *NodeEntry) Size() int {
	if e.Kind != RosterPresent {
		return 1 + 8
	}
	return 1 + e.NodeRecord.Size()
}

// Changes tells what changed among a node's members in a room between two
// versions. From 0: the room had none before.
type Changes struct {
	From, To uint64
	Entries  []NodeEntry
}

// Append writes the body.
func (f Changes) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.From)
	b = binary.BigEndian.AppendUint64(b, f.To)
	for i := range f.Entries {
		e := &f.Entries[i]
		b = append(b, byte(e.Kind))
		if e.Kind == RosterPresent {
			b = e.append(b)
		} else {
			b = append(b, e.Session[:]...)
		}
	}
	return b
}

// ParseChanges reads the body of a CHANGES.
func ParseChanges(b []byte) (f Changes, err error) {
	c := cursor{b: b}
	f.From, f.To = c.u64(), c.u64()
	for !c.bad && len(c.b) > 0 {
		e := NodeEntry{Kind: RosterKind(c.u8())}
		switch e.Kind {
		case RosterPresent:
			e.NodeRecord = c.nodeRecord()
		case RosterLeft, RosterTimedOut:
			c.copy(e.Session[:])
		default:
			c.bad = true
		}
		f.Entries = append(f.Entries, e)
	}
	if c.bad || f.From >= f.To {
		return Changes{}, ErrFrame
	}
	return f, nil
}

// Who asks all nodes with members in a room for theirs, except those whose
// members are known up to their present version. If it is Whole, its records
// are the asker's own members; else they are too many for it.
type Who struct {
	Version uint64 // of the asker's own members
	Whole   bool
	Known   []NodeKnown
	Records []NodeRecord
}

// NodeKnown says up to which version a node's members in a room are known.
type NodeKnown struct {
	Node    crypto.NodeID
	Epoch   uint64
	Version uint64
}

const (
	whoWhole      = 1
	nodeKnownSize = 32 + 8 + 8
)

// Room is how many bytes of records fit the WHO.
func (f Who) Room() int { return MaxNodeBody - (8 + 1 + 2) - len(f.Known)*nodeKnownSize }

// Append writes the body.
func (f Who) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Version)
	var flags byte
	if f.Whole {
		flags |= whoWhole
	}
	b = binary.BigEndian.AppendUint16(append(b, flags), uint16(len(f.Known)))
	for i := range f.Known {
		k := &f.Known[i]
		b = append(b, k.Node[:]...)
		b = binary.BigEndian.AppendUint64(b, k.Epoch)
		b = binary.BigEndian.AppendUint64(b, k.Version)
	}
	for i := range f.Records {
		b = f.Records[i].append(b)
	}
	return b
}

// ParseWho reads the body of a WHO.
func ParseWho(b []byte) (f Who, err error) {
	c := cursor{b: b}
	f.Version = c.u64()
	flags := c.u8()
	f.Whole = flags&whoWhole != 0
	known := int(c.u16())
	for i := 0; i < min(known, MaxNodeKnown) && !c.bad; i++ {
		var k NodeKnown
		c.copy(k.Node[:])
		k.Epoch, k.Version = c.u64(), c.u64()
		f.Known = append(f.Known, k)
	}
	f.Records = c.nodeRecords()
	if c.bad || flags&^whoWhole != 0 || known > MaxNodeKnown || !f.Whole && len(f.Records) > 0 {
		return Who{}, ErrFrame
	}
	return f, nil
}

// Snap is one page of all of a node's members in a room.
type Snap struct {
	Version     uint64
	Page, Pages uint16 // from 0; at least one
	Records     []NodeRecord
}

// SnapRoom is how many bytes of records fit a SNAP.
const SnapRoom = MaxNodeBody - (8 + 2 + 2)

// Append writes the body.
func (f Snap) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Version)
	b = binary.BigEndian.AppendUint16(b, f.Page)
	b = binary.BigEndian.AppendUint16(b, f.Pages)
	for i := range f.Records {
		b = f.Records[i].append(b)
	}
	return b
}

// ParseSnap reads the body of a SNAP.
func ParseSnap(b []byte) (f Snap, err error) {
	c := cursor{b: b}
	f.Version, f.Page, f.Pages = c.u64(), c.u16(), c.u16()
	f.Records = c.nodeRecords()
	if c.bad || f.Page >= f.Pages {
		return Snap{}, ErrFrame
	}
	return f, nil
}

// Digest tells the version of a node's members in a room, so that others notice
// what they have missed.
type Digest struct{ Version uint64 }

// Append writes the body.
func (f Digest) Append(b []byte) []byte { return binary.BigEndian.AppendUint64(b, f.Version) }

// ParseDigest reads the body of a DIGEST.
func ParseDigest(b []byte) (f Digest, err error) {
	c := cursor{b: b}
	f.Version = c.u64()
	if !c.done() {
		return Digest{}, ErrFrame
	}
	return f, nil
}
