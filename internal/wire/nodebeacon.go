package wire

import (
	"encoding/binary"

	"gochat/crypto"
)

// Bounds of a beacon.
const (
	MaxNodeRelease    = 32  // bytes of the release's name
	MaxNodeAdvertised = 128 // bytes of the advertised address
	MaxNodeNeighbours = 64
	MaxNodeEchoes     = 64
)

// Beacon tells that a node lives, and what people who run bootnodes want to
// know of it.
type Beacon struct {
	Draining   bool   // it is about to stop and takes no newcomers
	Leaving    bool   // it stops now: this is its last word
	Sent       uint64 // microseconds of the sender's own clock
	Members    uint32 // its own
	Rooms      uint32
	Key        crypto.RunPublic // of the bootnode, as members know it
	Release    string           // of the program; printable ASCII
	Advertised string           // HOST:PORT for members; empty: not told
	Neighbours []crypto.NodeID  // with which it has links
	Echoes     []NodeEcho
}

// NodeEcho gives a node back the time of the last beacon that was heard from it
// and how long ago that was, from which it tells the round-trip time (the idea
// of LSR and DLSR, RFC 3550 §6.4.1).
type NodeEcho struct {
	Node  crypto.NodeID
	Sent  uint64 // as in its beacon
	Delay uint64 // microseconds since it came
}

const (
	beaconDraining = 1
	beaconLeaving  = 2
)

// Append writes the body.
func (f Beacon) Append(b []byte) []byte {
	var flags byte
	if f.Draining {
		flags |= beaconDraining
	}
	if f.Leaving {
		flags |= beaconLeaving
	}
	b = binary.BigEndian.AppendUint64(append(b, flags), f.Sent)
	b = binary.BigEndian.AppendUint32(b, f.Members)
	b = binary.BigEndian.AppendUint32(b, f.Rooms)
	b = append(b, f.Key[:]...)
	b = appendNodeText(appendNodeText(b, f.Release), f.Advertised)
	b = append(b, byte(len(f.Neighbours)))
	for _, n := range f.Neighbours {
		b = append(b, n[:]...)
	}
	b = append(b, byte(len(f.Echoes)))
	for _, e := range f.Echoes {
		b = append(b, e.Node[:]...)
		b = binary.BigEndian.AppendUint64(b, e.Sent)
		b = binary.BigEndian.AppendUint64(b, e.Delay)
	}
	return b
}

// ParseBeacon reads the body of a BEACON.
func ParseBeacon(b []byte) (f Beacon, err error) {
	c := cursor{b: b}
	flags := c.u8()
	f.Draining, f.Leaving = flags&beaconDraining != 0, flags&beaconLeaving != 0
	f.Sent, f.Members, f.Rooms = c.u64(), c.u32(), c.u32()
	c.copy(f.Key[:])
	f.Release, f.Advertised = c.nodeText(MaxNodeRelease), c.nodeText(MaxNodeAdvertised)
	neighbours := int(c.u8())
	for range min(neighbours, MaxNodeNeighbours) {
		var n crypto.NodeID
		c.copy(n[:])
		f.Neighbours = append(f.Neighbours, n)
	}
	echoes := int(c.u8())
	for range min(echoes, MaxNodeEchoes) {
		var e NodeEcho
		c.copy(e.Node[:])
		e.Sent, e.Delay = c.u64(), c.u64()
		f.Echoes = append(f.Echoes, e)
	}
	if !c.done() || flags&^(beaconDraining|beaconLeaving) != 0 || neighbours > MaxNodeNeighbours || echoes > MaxNodeEchoes {
		return Beacon{}, ErrFrame
	}
	return f, nil
}
