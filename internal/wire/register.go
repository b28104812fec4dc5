package wire

import (
	"crypto/rand"
	"crypto/sha256"

	"gochat/crypto"
)

// Register asks a bootnode for a place in a room. Everything but the cookie is
// sealed to the bootnode's key.
//
//	tag(16) run(32) proof(16) flags(1) announcement(2+n) [ invitation(8+16) ]
type Register struct {
	Cookie       crypto.Cookie
	Tag          crypto.RoomTag
	Run          crypto.RunPublic
	Proof        [crypto.RegisterProofSize]byte
	HideAddress  bool // keep the observed address out of rosters
	Announcement []byte
	Invitation   crypto.Invitation // zero: none
}

// Flags of a REGISTER.
const (
	registerHideAddress = 1
	registerInvited     = 2
)

// Seal writes the frame, sealed to the bootnode's key.
func (f Register) Seal(to crypto.RunPublic) ([]byte, error) {
	head := append(appendHeader(nil, TypeRegister), f.Cookie[:]...)
	return crypto.SealTo(head, to, f.append(nil), head)
}

func (f *Register) append(b []byte) []byte {
	b = append(b, f.Tag[:]...)
	b = append(b, f.Run[:]...)
	b = append(b, f.Proof[:]...)
	var flags byte
	if f.HideAddress {
		flags |= registerHideAddress
	}
	if f.Invitation != (crypto.Invitation{}) {
		flags |= registerInvited
	}
	b = append16(append(b, flags), f.Announcement)
	if flags&registerInvited != 0 {
		b = append(append(b, f.Invitation.ID[:]...), f.Invitation.Proof[:]...)
	}
	return b
}

// parse reads what append wrote; the cookie is not part of it.
func (f *Register) parse(b []byte) error {
	c := cursor{b: b}
	c.copy(f.Tag[:])
	c.copy(f.Run[:])
	c.copy(f.Proof[:])
	flags := c.u8()
	f.HideAddress = flags&registerHideAddress != 0
	f.Announcement = c.bytes16(MaxAnnouncement)
	if flags&registerInvited != 0 {
		c.copy(f.Invitation.ID[:])
		c.copy(f.Invitation.Proof[:])
		c.bad = c.bad || f.Invitation == (crypto.Invitation{})
	}
	if !c.done() || flags&^(registerHideAddress|registerInvited) != 0 {
		return ErrFrame
	}
	return nil
}

// RegisterCookie reads the cookie of a REGISTER, to be checked before the
// frame is opened at the price of public-key work.
func RegisterCookie(p []byte) (k crypto.Cookie, err error) {
	c := open(p, TypeRegister)
	c.copy(k[:])
	if c.bad {
		return k, ErrFrame
	}
	return k, nil
}

// OpenRegister opens a REGISTER sealed to own. The proof is not checked here.
func OpenRegister(p []byte, own *crypto.RunKey) (f Register, err error) {
	if f.Cookie, err = RegisterCookie(p); err != nil {
		return f, err
	}
	head := p[:rendezvousHeader+crypto.CookieSize]
	plain, err := crypto.OpenFrom(own, p[len(head):], head)
	if err != nil {
		return Register{}, err
	}
	if err := f.parse(plain); err != nil {
		return Register{}, err
	}
	return f, nil
}

// Request names one REGISTER: the SHA-256 of the frame.
type Request [sha256.Size]byte

// RequestOf is the name of a REGISTER.
func RequestOf(p []byte) Request { return sha256.Sum256(p) }

// NewNonce draws the nonce of a HELLO.
func NewNonce() (n [8]byte) {
	rand.Read(n[:])
	return n
}
