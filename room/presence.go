package room

import "gochat/crypto"

// Present names members who are in the room, those named before included or
// not; Left takes one back. Once it was given, the Engine says with whom to
// have links (Dial, Undial, CloseLink with Surplus); without it the choice
// stays with the caller, who links with all.
//
// A caller that knows everybody names everybody. One that learns of a few at a
// time names those, at random, and some more each minute; Online then says how
// large the room is.
type Present struct {
	Peers []crypto.PublicKey
	// Online is how many are in the room, this member included; 0: as many as
	// were named.
	Online int
}

// DialFailed says that an attempt to link with a member that Dial asked for
// came to nothing. The caller goes on trying until Undial.
type DialFailed struct{ Peer crypto.PublicKey }

// Dial asks for a link with a member: the caller dials until LinkUp or Undial.
type Dial struct{ Peer crypto.PublicKey }

// Undial takes a Dial back. A link that comes up all the same is welcome.
type Undial struct{ Peer crypto.PublicKey }

func (Present) event()    {}
func (DialFailed) event() {}
func (Dial) action()      {}
func (Undial) action()    {}
