package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/netip"

	"gochat/internal/wire"
)

// What is needed of STUN and TURN (RFC 8489 §5, RFC 8656 §3, §12).
const (
	stunCookie    = 0x2112A442
	allocate      = 0x0003
	bindChannel   = 0x0009
	success       = 0x0100
	attrChannel   = 0x000C
	attrPeer      = 0x0012
	attrRelayed   = 0x0016
	attrTransport = 0x0019
	transportUDP  = 17
	channel       = 0x4000
)

var errTURN = errors.New("the TURN server refuses, or answers nonsense")

// TURN makes an allocation at a TURN server that asks for no password, and
// binds a channel to an address there. It returns the relayed address.
func (p *Port) TURN(server, peer netip.AddrPort) (netip.AddrPort, error) {
	relayed, err := p.request(server, allocate, attribute(attrTransport, []byte{transportUDP, 0, 0, 0}))
	if err != nil {
		return netip.AddrPort{}, err
	}
	at, err := xorAddress(relayed)
	if err != nil || !peer.IsValid() {
		return at, err
	}
	return at, p.Bind(server, peer)
}

// Bind binds the channel of an allocation to a peer's address.
func (p *Port) Bind(server, peer netip.AddrPort) error {
	ip := peer.Addr().As4()
	x := []byte{0, 1, 0, 0, 0, 0, 0, 0}
	binary.BigEndian.PutUint16(x[2:], peer.Port()^(stunCookie>>16))
	binary.BigEndian.PutUint32(x[4:], binary.BigEndian.Uint32(ip[:])^stunCookie)
	number := binary.BigEndian.AppendUint32(nil, channel<<16)
	_, err := p.request(server, bindChannel, append(attribute(attrChannel, number), attribute(attrPeer, x)...))
	return err
}

// ChannelData makes messages on the bound channel, with so many bytes in each.
func ChannelData(size int) func([]byte) []byte {
	payload := make([]byte, size)
	return func(b []byte) []byte {
		b = binary.BigEndian.AppendUint16(b, channel)
		b = binary.BigEndian.AppendUint16(b, uint16(size))
		return append(b, payload...)
	}
}

func attribute(kind uint16, value []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(value)))
	return append(b, value...)
}

// request asks and returns the attributes of the answer.
func (p *Port) request(server netip.AddrPort, kind uint16, attributes []byte) (answer []byte, err error) {
	b := binary.BigEndian.AppendUint16(nil, kind)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	b = binary.BigEndian.AppendUint32(b, stunCookie)
	nonce := wire.NewNonce()
	id := append(nonce[:], make([]byte, 12)...)[:12]
	b = append(append(b, id...), attributes...)
	good := false
	err = p.ask(server, b, func(in []byte) bool {
		if len(in) < 20 || !bytes.Equal(in[8:20], id) {
			return false
		}
		good = binary.BigEndian.Uint16(in) == kind|success
		answer = in[20:]
		return true
	})
	if err == nil && !good {
		err = errTURN
	}
	return answer, err
}

// xorAddress finds XOR-RELAYED-ADDRESS, of IPv4, among attributes.
func xorAddress(b []byte) (netip.AddrPort, error) {
	for len(b) >= 4 {
		kind, size := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
		if b = b[4:]; size > len(b) {
			break
		}
		if kind == attrRelayed && size == 8 {
			var ip [4]byte
			binary.BigEndian.PutUint32(ip[:], binary.BigEndian.Uint32(b[4:])^stunCookie)
			return netip.AddrPortFrom(netip.AddrFrom4(ip), binary.BigEndian.Uint16(b[2:])^(stunCookie>>16)), nil
		}
		b = b[min(len(b), (size+3)&^3):]
	}
	return netip.AddrPort{}, errTURN
}
