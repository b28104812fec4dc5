package rendezvous

import (
	"math"

	"gochat/crypto"
	"gochat/internal/wire"
)

// SealRelay appends to dst a relay frame that carries a packet to the member
// on a channel. It reports false, and dst unchanged, while no session is usable
// or while the way is closed by which the registration stands (see Via), and for
// packets that are empty or larger than wire.MaxPayload.
func (c *Client) SealRelay(dst []byte, to uint32, packet []byte) ([]byte, bool) {
	s := c.session
	if !c.ways.open[c.ways.via] {
		return dst, false
	}
	if s == nil || !s.alive || c.phase == phaseStopped || len(packet) == 0 || len(packet) > wire.MaxPayload {
		return dst, false
	}
	if s.wear() > math.MaxUint32 {
		return dst, false
	}
	return wire.SealRelay(dst, s.channel, to, s.box, packet), true
}

// OpenRelay opens a relay frame from the bootnode: the sender's channel, its
// session (zero if the roster does not name it yet: see UnknownChannel) and
// the packet. The error is wire.ErrFrame or crypto.ErrSeal.
func (c *Client) OpenRelay(frame []byte) (from uint32, id crypto.SessionID, packet []byte, err error) {
	channel, err := wire.RelayChannel(frame)
	if err != nil {
		return 0, id, nil, err
	}
	for _, s := range [...]*session{c.session, c.former} {
		if s == nil || s.channel != channel {
			continue
		}
		if from, packet, err = wire.OpenRelay(nil, frame, s.box); err == nil {
			s.wear()
			return from, s.byChannel[from], packet, nil
		}
	}
	return 0, id, nil, crypto.ErrSeal
}

// wear has a new session made before a relay counter of this one ends. It
// returns the counter the next frame would have.
func (s *session) wear() uint64 {
	next, highest := s.box.Counters(crypto.LaneRelay)
	if max(next, highest) >= wire.RelayCounterLimit {
		s.worn = true
	}
	return next
}
