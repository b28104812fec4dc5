package bootnode

import (
	"net/netip"

	"gochat/internal/wire"
)

// answerSTUN returns the answer to a binding request (RFC 8489 §6.3.1), or nil
// if p is none or the answer would be longer: to an address anyone may have
// written there, nothing goes that multiplies what came.
func answerSTUN(p []byte, from netip.AddrPort) []byte {
	id, err := wire.ParseSTUNRequest(p)
	if err != nil || !from.IsValid() || from.Port() == 0 {
		return nil
	}
	answer := wire.STUNResponse(id, from)
	if len(answer) > len(p) {
		return nil
	}
	return answer
}
