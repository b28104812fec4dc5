package wire

import (
	"encoding/binary"

	"gochat/crypto"
)

// RendezvousType is the third byte of a rendezvous frame.
type RendezvousType byte

// Rendezvous frames. Numbers are for ever: only append to this list.
//
//	in clear, before a registration
//	 1 HELLO          nonce(8) padding to HelloSize
//	 2 COOKIE         nonce(8) cookie(20) bootnode-key(32)
//	 3 REGISTER       cookie(20) one-time-key(32) sealed{…}
//	 4 WELCOME        session(8) sealed{…}
//	 5 GONE           session(8) counter(8) of the frame it answers
//
//	under the session key: session(8) counter(8) sealed{…}
//	 6 BEAT           version(8) motd(4) notice(4)
//	 7 BEAT-ACK       counter(8) of the beat, version(8) clock(8) observed addr
//	 8 PROBE          –
//	 9 CHALLENGE      token(8)
//	10 CHALLENGE-ECHO token(8)
//	11 UPDATE         sealed announcement
//	12 UPDATE-ACK     counter(8) of the update
//	13 ROSTER         flags(1) from(8) to(8) current(8) entries
//	14 ROSTER-GET     since(8)
//	15 BYE            –
//	16 REACH          txid(12) port(2) padding to ReachSize
//	17 REACH-ACK      counter(8) of the REACH, sent(1)
//	18 NOTICE         code(1)
//	19 TEXT           kind(1) id(4) text(2+n)
//	20 MOVED          flags(1) seconds(2) count(1) { address(1+n) bootnode-key(32) }…
//	21 BOX-PUT        transfer(4) box(16) item(16) size(4) part(2) data
//	22 BOX-PUT-ACK    transfer(4) part(2) status(1) keep-s(4)
//	23 BOX-GET        request(4) secret(32) after(8) number(1) seqs(8 each)
//	24 BOX-PAGE       request(4) status(1) keep-s(4) left(2) number(1) { seq(8) size(4) }
//	25 BOX-FETCH      secret(32) seq(8) part(2)
//	26 BOX-ITEM       seq(8) size(4) part(2) data
//
//	on the LAN
//	32 LAN-QUERY      nonce(16) padding to LANSize
//	33 LAN-ADVERT     nonce(16) bootnode-key(32) port(2) mac(16)
const (
	TypeHello         RendezvousType = 1
	TypeCookie        RendezvousType = 2
	TypeRegister      RendezvousType = 3
	TypeWelcome       RendezvousType = 4
	TypeGone          RendezvousType = 5
	TypeBeat          RendezvousType = 6
	TypeBeatAck       RendezvousType = 7
	TypeProbe         RendezvousType = 8
	TypeChallenge     RendezvousType = 9
	TypeChallengeEcho RendezvousType = 10
	TypeUpdate        RendezvousType = 11
	TypeUpdateAck     RendezvousType = 12
	TypeRoster        RendezvousType = 13
	TypeRosterGet     RendezvousType = 14
	TypeBye           RendezvousType = 15
	TypeReach         RendezvousType = 16
	TypeReachAck      RendezvousType = 17
	TypeNotice        RendezvousType = 18
	TypeText          RendezvousType = 19
	TypeMoved         RendezvousType = 20
	TypeBoxPut        RendezvousType = 21
	TypeBoxPutAck     RendezvousType = 22
	TypeBoxGet        RendezvousType = 23
	TypeBoxPage       RendezvousType = 24
	TypeBoxFetch      RendezvousType = 25
	TypeBoxItem       RendezvousType = 26
	TypeLANQuery      RendezvousType = 32
	TypeLANAdvert     RendezvousType = 33
)

const rendezvousHeader = 3

// RendezvousKind returns the type of a rendezvous packet, or 0 if the packet
// is none of this version.
func RendezvousKind(p []byte) RendezvousType {
	if len(p) < rendezvousHeader || p[0] != MagicRendezvous || p[1] != Version {
		return 0
	}
	return RendezvousType(p[2])
}

func appendHeader(b []byte, t RendezvousType) []byte {
	return append(b, MagicRendezvous, Version, byte(t))
}

func open(p []byte, t RendezvousType) cursor {
	if RendezvousKind(p) != t {
		return cursor{bad: true}
	}
	return cursor{b: p[rendezvousHeader:]}
}

// HelloSize is the exact length of a HELLO. It exceeds a COOKIE's, so a forged
// source gets less than was spent on it.
const HelloSize = 96

// Hello asks a bootnode for a cookie.
type Hello struct{ Nonce [8]byte }

// Append writes the frame.
func (f Hello) Append(b []byte) []byte {
	start := len(b)
	b = append(appendHeader(b, TypeHello), f.Nonce[:]...)
	return append(b, make([]byte, HelloSize-(len(b)-start))...)
}

// ParseHello reads a HELLO.
func ParseHello(p []byte) (f Hello, err error) {
	c := open(p, TypeHello)
	c.copy(f.Nonce[:])
	if c.bad || len(p) != HelloSize {
		return Hello{}, ErrFrame
	}
	return f, nil
}

// CookieFrame answers a HELLO with a cookie for its address and the bootnode's
// key.
type CookieFrame struct {
	Nonce  [8]byte
	Cookie crypto.Cookie
	Key    crypto.RunPublic
}

// Append writes the frame.
func (f CookieFrame) Append(b []byte) []byte {
	b = append(appendHeader(b, TypeCookie), f.Nonce[:]...)
	b = append(b, f.Cookie[:]...)
	return append(b, f.Key[:]...)
}

// ParseCookieFrame reads a COOKIE.
func ParseCookieFrame(p []byte) (f CookieFrame, err error) {
	c := open(p, TypeCookie)
	c.copy(f.Nonce[:])
	c.copy(f.Cookie[:])
	c.copy(f.Key[:])
	if !c.done() {
		return CookieFrame{}, ErrFrame
	}
	return f, nil
}

// Gone says that a bootnode does not know the session of a frame; it echoes
// that frame's counter.
type Gone struct {
	Session crypto.SessionID
	Counter uint64
}

// Append writes the frame.
func (f Gone) Append(b []byte) []byte {
	b = append(appendHeader(b, TypeGone), f.Session[:]...)
	return binary.BigEndian.AppendUint64(b, f.Counter)
}

// ParseGone reads a GONE.
func ParseGone(p []byte) (f Gone, err error) {
	c := open(p, TypeGone)
	c.copy(f.Session[:])
	f.Counter = c.u64()
	if !c.done() {
		return Gone{}, ErrFrame
	}
	return f, nil
}
