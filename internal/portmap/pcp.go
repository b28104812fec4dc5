package portmap

import (
	"encoding/binary"
	"fmt"
	"net/netip"
)

// PCP (RFC 6887 §7, §11, §14).
const (
	pcpVersion  = 2
	pcpAnnounce = 0
	pcpMap      = 1
	pcpAnswer   = 0x80
	pcpHeader   = 24
	pcpMapSize  = 36
	pcpMaxSize  = 1100
	protocolUDP = 17
)

// pcpRequest is the common header.
func pcpRequest(opcode byte, lifetime uint32, client netip.Addr) []byte {
	b := []byte{pcpVersion, opcode, 0, 0}
	b = binary.BigEndian.AppendUint32(b, lifetime)
	ip := client.As16()
	return append(b, ip[:]...)
}

// pcpAnnounceRequest asks only whether PCP is spoken, and for how long (§14.1).
func pcpAnnounceRequest(client netip.Addr) []byte { return pcpRequest(pcpAnnounce, 0, client) }

// pcpMapping is what MAP asks for, and what is granted (§11.1).
type pcpMapping struct {
	nonce        [12]byte
	inner, outer uint16
	address      netip.Addr // outside; wanted, or granted
	lifetime     uint32     // 0 removes
}

func pcpMapRequest(client netip.Addr, m pcpMapping) []byte {
	b := pcpRequest(pcpMap, m.lifetime, client)
	b = append(b, m.nonce[:]...)
	b = append(b, protocolUDP, 0, 0, 0)
	b = binary.BigEndian.AppendUint16(b, m.inner)
	b = binary.BigEndian.AppendUint16(b, m.outer)
	if !m.address.IsValid() {
		m.address = netip.IPv4Unspecified()
	}
	ip := m.address.As16()
	return append(b, ip[:]...)
}

// pcpResponse is an answer to either.
type pcpResponse struct {
	opcode, result byte
	epoch          uint32
	pcpMapping     // of MAP; only the lifetime otherwise
}

// parsePCP reads an answer. Options are not asked for, and skipped.
func parsePCP(p []byte) (r pcpResponse, err error) {
	if len(p) < pcpHeader || len(p) > pcpMaxSize || len(p)%4 != 0 || p[0] != pcpVersion || p[1]&pcpAnswer == 0 {
		return r, errPacket
	}
	r.opcode, r.result = p[1]&^pcpAnswer, p[3]
	r.lifetime = binary.BigEndian.Uint32(p[4:])
	r.epoch = binary.BigEndian.Uint32(p[8:])
	switch body := p[pcpHeader:]; {
	case r.opcode == pcpAnnounce:
	case r.opcode == pcpMap && len(body) >= pcpMapSize && body[12] == protocolUDP:
		copy(r.nonce[:], body)
		r.inner = binary.BigEndian.Uint16(body[16:])
		r.outer = binary.BigEndian.Uint16(body[18:])
		r.address = netip.AddrFrom16([16]byte(body[20:pcpMapSize])).Unmap()
	default:
		return pcpResponse{}, errPacket
	}
	return r, nil
}

// pcpReason puts a result code (§7.4) into words.
func pcpReason(result byte) string {
	switch result {
	case 1, 4, 5, 9:
		return "the router does not know how"
	case 2:
		return "the router refuses port mappings; look for PCP in its settings"
	case 7:
		return "the router has no outside address at the moment"
	case 8, 10:
		return "the router has no room for another mapping"
	case 11:
		return "the router cannot map to an outside port"
	case 12:
		return "another NAT stands between this host and the router"
	}
	return fmt.Sprintf("the router refuses (code %d)", result)
}
