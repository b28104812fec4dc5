package portmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// errPacket says that a packet is none of the protocol, or none for us.
var errPacket = errors.New("malformed packet")

// NAT-PMP (RFC 6886 §3): version 0, opcodes, and in answers 128 more.
const (
	pmpVersion = 0
	pmpAddress = 0
	pmpMapUDP  = 1
	pmpAnswer  = 128
)

// pmpAddressRequest asks for the outside address (§3.2).
func pmpAddressRequest() []byte { return []byte{pmpVersion, pmpAddress} }

// pmpMapRequest asks for a mapping of a UDP port (§3.3). An outside port and a
// lifetime of 0 remove it (§3.4).
func pmpMapRequest(inner, outer uint16, lifetime uint32) []byte {
	b := []byte{pmpVersion, pmpMapUDP, 0, 0}
	b = binary.BigEndian.AppendUint16(b, inner)
	b = binary.BigEndian.AppendUint16(b, outer)
	return binary.BigEndian.AppendUint32(b, lifetime)
}

// pmpResponse is an answer of either kind.
type pmpResponse struct {
	opcode   byte
	result   uint16
	epoch    uint32
	address  netip.Addr // pmpAddress
	inner    uint16     // pmpMapUDP
	outer    uint16
	lifetime uint32
}

// parsePMP reads an answer. What a failure leaves out is zero.
func parsePMP(p []byte) (r pmpResponse, err error) {
	if len(p) < 8 || p[0] != pmpVersion || p[1] < pmpAnswer {
		return r, errPacket
	}
	r.opcode = p[1] - pmpAnswer
	r.result = binary.BigEndian.Uint16(p[2:])
	r.epoch = binary.BigEndian.Uint32(p[4:])
	switch body := p[8:]; {
	case r.opcode == pmpAddress && len(body) == 4:
		r.address = netip.AddrFrom4([4]byte(body))
	case r.opcode == pmpMapUDP && len(body) == 8:
		r.inner = binary.BigEndian.Uint16(body)
		r.outer = binary.BigEndian.Uint16(body[2:])
		r.lifetime = binary.BigEndian.Uint32(body[4:])
	case r.result == 0:
		return pmpResponse{}, errPacket
	}
	return r, nil
}

// pmpReason puts a result code (§3.5) into words.
func pmpReason(result uint16) string {
	switch result {
	case 1, 5:
		return "the router does not know how"
	case 2:
		return "the router refuses port mappings; look for NAT-PMP in its settings"
	case 3:
		return "the router has no outside address at the moment"
	case 4:
		return "the router has no room for another mapping"
	}
	return fmt.Sprintf("the router refuses (code %d)", result)
}
