package wire

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/pion/stun/v3"
)

// STUNRequestSize is the length of our binding requests, padded so that no
// answer is longer than its request.
const STUNRequestSize = 64

const stunHeader = 20

// stunPadding fills a request: an attribute's own header is 4 bytes.
var stunPadding = fmt.Appendf(nil, "%-*s", STUNRequestSize-stunHeader-4, "gochat")

// ErrSTUN says that a packet is no STUN message of the expected kind.
var ErrSTUN = errors.New("not the expected STUN message")

// STUNRequest writes a padded binding request (RFC 8489 §6) with the id.
func STUNRequest(id TxID) []byte {
	m := &stun.Message{}
	m.Type = stun.BindingRequest
	m.TransactionID = id
	m.WriteHeader()
	// SOFTWARE (RFC 8489 §14.14) does for padding: PADDING (RFC 5780 §7.6) is
	// comprehension-required, and a server without RFC 5780 answers 420.
	m.Add(stun.AttrSoftware, stunPadding)
	return m.Raw
}

// CHANGE-REQUEST (RFC 5780 §7.2) and its flags.
const (
	attrChangeRequest = stun.AttrType(0x0003)
	changePort        = 0x02
	changeIP          = 0x04
)

// STUNRequestOtherPort writes a padded binding request that wants to be
// answered from the server's other port.
func STUNRequestOtherPort(id TxID) []byte {
	m := &stun.Message{Raw: STUNRequest(id)}
	if m.Decode() != nil {
		return nil // cannot be: we just wrote it
	}
	m.Add(attrChangeRequest, []byte{0, 0, 0, changePort})
	return m.Raw
}

// STUNChange tells from where a binding request wants to be answered.
func STUNChange(p []byte) (otherPort, otherIP bool) {
	m, err := decodeSTUN(p)
	if err != nil {
		return false, false
	}
	v, err := m.Get(attrChangeRequest)
	if err != nil || len(v) != 4 {
		return false, false
	}
	return v[3]&changePort != 0, v[3]&changeIP != 0
}

// ParseSTUNRequest returns the id of a binding request.
func ParseSTUNRequest(p []byte) (TxID, error) {
	m, err := decodeSTUN(p)
	if err != nil || m.Type != stun.BindingRequest {
		return TxID{}, ErrSTUN
	}
	return TxID(m.TransactionID), nil
}

// STUNResponse writes the success answer to a request from an address.
func STUNResponse(id TxID, from netip.AddrPort) []byte {
	m := &stun.Message{}
	m.Type = stun.BindingSuccess
	m.TransactionID = id
	m.WriteHeader()
	addr := stun.XORMappedAddress{IP: net.IP(from.Addr().Unmap().AsSlice()), Port: int(from.Port())}
	if err := addr.AddTo(m); err != nil {
		return nil // not an IP address: nothing to answer
	}
	return m.Raw
}

// ParseSTUNResponse returns the id and the mapped address of a success answer.
func ParseSTUNResponse(p []byte) (TxID, netip.AddrPort, error) {
	m, err := decodeSTUN(p)
	if err != nil || m.Type != stun.BindingSuccess {
		return TxID{}, netip.AddrPort{}, ErrSTUN
	}
	// Family and length are checked first: the decoder fills up what is short.
	v, err := m.Get(stun.AttrXORMappedAddress)
	if err != nil || !(len(v) == 8 && v[1] == 1 || len(v) == 20 && v[1] == 2) {
		return TxID{}, netip.AddrPort{}, ErrSTUN
	}
	var x stun.XORMappedAddress
	if err := x.GetFrom(m); err != nil {
		return TxID{}, netip.AddrPort{}, ErrSTUN
	}
	ip, ok := netip.AddrFromSlice(x.IP)
	if !ok || x.Port <= 0 || x.Port > 65535 {
		return TxID{}, netip.AddrPort{}, ErrSTUN
	}
	return TxID(m.TransactionID), netip.AddrPortFrom(ip.Unmap(), uint16(x.Port)), nil
}

func decodeSTUN(p []byte) (*stun.Message, error) {
	if !stun.IsMessage(p) || len(p) > MaxPacket {
		return nil, ErrSTUN
	}
	m := &stun.Message{Raw: append([]byte(nil), p...)}
	if err := m.Decode(); err != nil || len(p) != stunHeader+int(m.Length) {
		return nil, ErrSTUN
	}
	return m, nil
}
