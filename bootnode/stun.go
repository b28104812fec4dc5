package bootnode

import (
	"net/netip"

	"gochat/internal/udp"
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

// answerBy is the socket to answer a binding request by: the one it came to or,
// if it asks for the other port (RFC 5780 §4.4), the one there on the same
// address. nil: there is none.
func (s *Server) answerBy(c udp.Conn, p []byte) udp.Conn {
	port, ip := wire.STUNChange(p)
	switch {
	case ip: // a second address is another bootnode's
		return nil
	case !port:
		return c
	}
	for _, x := range s.conns {
		if a, b := x.LocalAddr(), c.LocalAddr(); a.Addr() == b.Addr() && a.Port() != b.Port() {
			return x
		}
	}
	return nil
}
