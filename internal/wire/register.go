package wire

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"
	"time"

	"gochat/crypto"
)

// Register asks a bootnode for a place in a room. Everything but the cookie is
// sealed to the bootnode's key.
//
//	tag(16) run(32) proof(16) flags(1) announcement(2+n)
type Register struct {
	Cookie       crypto.Cookie
	Tag          crypto.RoomTag
	Run          crypto.RunPublic
	Proof        [crypto.RegisterProofSize]byte
	HideAddress  bool // keep the observed address out of rosters
	Announcement []byte
}

const registerHideAddress = 1

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
	return append16(append(b, flags), f.Announcement)
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
	if !c.done() || flags&^registerHideAddress != 0 {
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

// Status is a bootnode's answer to a REGISTER.
type Status byte

// The answers to a REGISTER.
const (
	StatusOK          Status = 0
	StatusRoomFull    Status = 1
	StatusAddressFull Status = 2 // too many members from one address
	StatusOverloaded  Status = 3
	StatusRefused     Status = 4 // by the operator
)

// String says it in words for a user.
func (s Status) String() string {
	switch s {
	case StatusOK:
		return "registered"
	case StatusRoomFull:
		return "the room is full on this bootnode"
	case StatusAddressFull:
		return "too many members from this address on this bootnode"
	case StatusOverloaded:
		return "the bootnode is overloaded"
	case StatusRefused:
		return "the bootnode's operator refuses"
	}
	return "unknown answer"
}

// Welcome answers a REGISTER, sealed under a key only the holder of the run
// key shares with the bootnode and bound to the cookie it answers:
//
//	status(1) [ session-key(32) channel(4) observed addr stun-port(2)
//	heartbeat-ms(4) timeout-ms(4) roster page ]
type Welcome struct {
	Status    Status
	Key       crypto.SessionKey
	Channel   uint32         // names this member in relay frames
	Observed  netip.AddrPort // as the bootnode sees the member
	STUNPort  uint16         // second STUN port; 0: none
	Heartbeat time.Duration
	Timeout   time.Duration
	Roster    RosterPage
}

// Seal writes the frame.
func (f Welcome) Seal(id crypto.SessionID, k *crypto.RegisterKeys, cookie crypto.Cookie) []byte {
	head := append(appendHeader(nil, TypeWelcome), id[:]...)
	return k.Answer().Seal(head, f.append(nil), append(cookie[:], head...))
}

func (f *Welcome) append(b []byte) []byte {
	b = append(b, byte(f.Status))
	if f.Status != StatusOK {
		return b
	}
	b = append(b, f.Key[:]...)
	b = binary.BigEndian.AppendUint32(b, f.Channel)
	b = AppendAddr(b, f.Observed)
	b = binary.BigEndian.AppendUint16(b, f.STUNPort)
	b = binary.BigEndian.AppendUint32(b, uint32(f.Heartbeat.Milliseconds()))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Timeout.Milliseconds()))
	return f.Roster.append(b)
}

func parseWelcome(b []byte) (f Welcome, err error) {
	c := cursor{b: b}
	f.Status = Status(c.u8())
	if !c.bad && f.Status == StatusOK {
		c.copy(f.Key[:])
		f.Channel = c.u32()
		f.Observed = c.addr()
		f.STUNPort = c.u16()
		f.Heartbeat = time.Duration(c.u32()) * time.Millisecond
		f.Timeout = time.Duration(c.u32()) * time.Millisecond
		f.Roster = c.rosterPage()
	}
	if !c.done() {
		return Welcome{}, ErrFrame
	}
	return f, nil
}

// WelcomeRosterRoom is how many bytes of roster entries fit a WELCOME.
const WelcomeRosterRoom = MaxPayload - (rendezvousHeader + 8 + crypto.SealOverhead +
	1 + 32 + 4 + maxAddrLen + 2 + 4 + 4 + rosterPageHeader)

// WelcomeSession reads which session a WELCOME is for.
func WelcomeSession(p []byte) (id crypto.SessionID, err error) {
	c := open(p, TypeWelcome)
	c.copy(id[:])
	if c.bad {
		return id, ErrFrame
	}
	return id, nil
}

// OpenWelcome opens the answer to the REGISTER that carried cookie.
func OpenWelcome(p []byte, k *crypto.RegisterKeys, cookie crypto.Cookie) (f Welcome, err error) {
	if _, err = WelcomeSession(p); err != nil {
		return f, err
	}
	head := p[:rendezvousHeader+8]
	plain, err := k.Answer().Open(nil, p[len(head):], append(cookie[:], head...))
	if err != nil {
		return f, err
	}
	return parseWelcome(plain)
}

// NewNonce draws the nonce of a HELLO.
func NewNonce() (n [8]byte) {
	rand.Read(n[:])
	return n
}
