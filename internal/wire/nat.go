package wire

import "encoding/binary"

// Mapping is how a NAT chooses outside endpoints (RFC 4787 §4.1).
type Mapping byte

// The mapping behaviours.
const (
	MappingUnknown                 Mapping = 0
	MappingNone                    Mapping = 1 // no translation
	MappingEndpointIndependent     Mapping = 2
	MappingAddressDependent        Mapping = 3
	MappingAddressAndPortDependent Mapping = 4
)

// Filtering is what a NAT lets in (RFC 4787 §5).
type Filtering byte

// The filtering behaviours.
const (
	FilteringUnknown                 Filtering = 0
	FilteringEndpointIndependent     Filtering = 1
	FilteringAddressDependent        Filtering = 2
	FilteringAddressAndPortDependent Filtering = 3
)

// NAT is what a member says of its own NAT. It is a claim, good for choosing
// how to search, never for deciding where packets may go.
type NAT struct {
	Mapping   Mapping
	Filtering Filtering
	Step      int8   // from one outside port to the next; 0: they do not count
	Lo, Hi    uint16 // block of outside ports; 0, 0: not known
	Birthday  bool   // guessing of ports is wanted
	Hairpin   bool   // inner hosts reach each other at outside addresses
	Blocked   bool   // no UDP gets through
}

// Flags of a NAT summary.
const (
	natBirthday = 1 << iota
	natHairpin
	natBlocked
)

func (n NAT) append(b []byte) []byte {
	var flags byte
	for i, set := range [...]bool{n.Birthday, n.Hairpin, n.Blocked} {
		if set {
			flags |= 1 << i
		}
	}
	b = append(b, byte(n.Mapping), byte(n.Filtering), byte(n.Step))
	b = binary.BigEndian.AppendUint16(b, n.Lo)
	b = binary.BigEndian.AppendUint16(b, n.Hi)
	return append(b, flags)
}

func (c *cursor) nat() NAT {
	n := NAT{Mapping: Mapping(c.u8()), Filtering: Filtering(c.u8()), Step: int8(c.u8()), Lo: c.u16(), Hi: c.u16()}
	flags := c.u8()
	n.Birthday, n.Hairpin, n.Blocked = flags&natBirthday != 0, flags&natHairpin != 0, flags&natBlocked != 0
	if n.Mapping > MappingAddressAndPortDependent || n.Filtering > FilteringAddressAndPortDependent ||
		flags&^(natBirthday|natHairpin|natBlocked) != 0 || n.Lo > n.Hi {
		c.bad = true
	}
	return n
}
