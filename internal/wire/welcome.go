package wire

import (
	"encoding/binary"
	"net/netip"
	"time"
	"unicode/utf8"

	"gochat/crypto"
)

// Status is a bootnode's answer to a REGISTER.
type Status byte

// The answers to a REGISTER.
const (
	StatusOK          Status = 0
	StatusRoomFull    Status = 1
	StatusAddressFull Status = 2 // too many members from one address
	StatusOverloaded  Status = 3
	StatusRefused     Status = 4 // by the operator
	StatusNetworkFull Status = 5 // too many members from the networks around the address
	StatusRoomsFull   Status = 6 // too many rooms
	StatusBanned      Status = 7 // by the operator, for a reason
	StatusUninvited   Status = 8 // it wants a token
	StatusMoving      Status = 9 // it is about to stop
)

// statusWords say it for a user, and what to do.
var statusWords = [...]string{
	StatusOK:          "registered",
	StatusRoomFull:    "the room is full on this bootnode",
	StatusAddressFull: "too many members from this address on this bootnode",
	StatusOverloaded:  "the bootnode is overloaded",
	StatusRefused:     "the bootnode's operator refuses",
	StatusNetworkFull: "too many members from the networks around this address on this bootnode",
	StatusRoomsFull:   "this bootnode takes no more rooms",
	StatusBanned:      "the bootnode's operator has banned you",
	StatusUninvited:   "this bootnode takes only those its operator invited: ask for a token, and give it with --bootnode-token",
	StatusMoving:      "the bootnode is about to stop",
}

// String says it in words for a user.
func (s Status) String() string {
	if int(s) < len(statusWords) {
		return statusWords[s]
	}
	return "unknown answer"
}

// Welcome answers a REGISTER, sealed under a key only the holder of the run
// key shares with the bootnode and bound to the REGISTER it answers: cookies are the same for a
// minute, and an old WELCOME played again would bring back the session it began,
// whose counters were used:
//
//	status(1) [ session-key(32) channel(4) observed addr stun-port(2)
//	heartbeat-ms(4) timeout-ms(4) notice(4) roster page ]
//
// or, to refuse,
//
//	status(1) seconds(2) reason(2+n) count(1) { address(1+n) bootnode-key(32) }…
type Welcome struct {
	Status    Status
	Key       crypto.SessionKey
	Channel   uint32         // names this member in relay frames
	Observed  netip.AddrPort // as the bootnode sees the member
	STUNPort  uint16         // second STUN port; 0: none
	Heartbeat time.Duration
	Timeout   time.Duration
	Notice    uint32 // id of the operator's latest notice, which is not for newcomers
	Roster    RosterPage

	// Of a refusal. Asking again makes no sense earlier than after Wait, in
	// seconds; 0: the member's own pace.
	Wait      uint16
	Reason    string // the operator's words, at most MaxReason bytes; "": none
	Elsewhere []Alternative
}

// MaxReason is how many bytes an operator's reason may have.
const MaxReason = 200

// Seal writes the frame.
func (f Welcome) Seal(id crypto.SessionID, k *crypto.RegisterKeys, r Request) []byte {
	head := append(appendHeader(nil, TypeWelcome), id[:]...)
	return k.Answer().Seal(head, f.append(nil), append(r[:], head...))
}

func (f *Welcome) append(b []byte) []byte {
	b = append(b, byte(f.Status))
	if f.Status != StatusOK {
		b = binary.BigEndian.AppendUint16(b, f.Wait)
		b = append16(b, []byte(f.Reason))
		return appendAlternatives(b, f.Elsewhere)
	}
	b = append(b, f.Key[:]...)
	b = binary.BigEndian.AppendUint32(b, f.Channel)
	b = AppendAddr(b, f.Observed)
	b = binary.BigEndian.AppendUint16(b, f.STUNPort)
	b = binary.BigEndian.AppendUint32(b, uint32(f.Heartbeat.Milliseconds()))
	b = binary.BigEndian.AppendUint32(b, uint32(f.Timeout.Milliseconds()))
	b = binary.BigEndian.AppendUint32(b, f.Notice)
	return f.Roster.append(b)
}

func parseWelcome(b []byte) (f Welcome, err error) {
	c := cursor{b: b}
	f.Status = Status(c.u8())
	switch {
	case c.bad:
	case f.Status == StatusOK:
		c.copy(f.Key[:])
		f.Channel = c.u32()
		f.Observed = c.addr()
		f.STUNPort = c.u16()
		f.Heartbeat = time.Duration(c.u32()) * time.Millisecond
		f.Timeout = time.Duration(c.u32()) * time.Millisecond
		f.Notice = c.u32()
		f.Roster = c.rosterPage()
	default:
		f.Wait = c.u16()
		f.Reason = string(c.bytes16(MaxReason))
		c.bad = c.bad || !utf8.ValidString(f.Reason)
		f.Elsewhere = c.alternatives()
	}
	if !c.done() {
		return Welcome{}, ErrFrame
	}
	return f, nil
}

// WelcomeRosterRoom is how many bytes of roster entries fit a WELCOME.
const WelcomeRosterRoom = MaxPayload - (rendezvousHeader + 8 + crypto.SealOverhead +
	1 + 32 + 4 + maxAddrLen + 2 + 4 + 4 + 4 + rosterPageHeader)

// WelcomeSession reads which session a WELCOME is for.
func WelcomeSession(p []byte) (id crypto.SessionID, err error) {
	c := open(p, TypeWelcome)
	c.copy(id[:])
	if c.bad {
		return id, ErrFrame
	}
	return id, nil
}

// OpenWelcome opens the answer to a REGISTER.
func OpenWelcome(p []byte, k *crypto.RegisterKeys, r Request) (f Welcome, err error) {
	if _, err = WelcomeSession(p); err != nil {
		return f, err
	}
	head := p[:rendezvousHeader+8]
	plain, err := k.Answer().Open(nil, p[len(head):], append(r[:], head...))
	if err != nil {
		return f, err
	}
	return parseWelcome(plain)
}
