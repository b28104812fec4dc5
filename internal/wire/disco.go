package wire

import (
	"crypto/rand"
	"encoding/binary"
	"net/netip"

	"gochat/crypto"
)

// DiscoType is the first sealed byte of a disco frame.
type DiscoType byte

// Disco frames: 0x24 ver(1) hint(8) nonce(12) sealed{ type(1) body }.
// Numbers are for ever: only append to this list.
//
//	1 PING        txid(12) padding
//	2 PONG        txid(12) observed addr
//	3 CANDIDATES  generation(4) answered(4) nat(8) number(1) {type addr}…
//	4 ROUND       number(1) kind(1) addr
const (
	TypePing       DiscoType = 1
	TypePong       DiscoType = 2
	TypeCandidates DiscoType = 3
	TypeRound      DiscoType = 4
)

const (
	discoHeader   = 1 + 1 + 8
	discoOverhead = discoHeader + crypto.SealOverhead
	// pingBody keeps the shortest PING as long as the longest PONG.
	pingBody = 12 + maxAddrLen
)

// TxID matches a PONG to its PING.
type TxID [12]byte

// NewTxID draws a transaction id.
func NewTxID() (t TxID) {
	rand.Read(t[:])
	return t
}

// Ping asks whether a path works. Size pads the whole frame to that many
// bytes (path-MTU check); 0 is the least.
type Ping struct {
	TxID TxID
	Size int
}

// Pong answers a Ping; Observed is where the ping came from.
type Pong struct {
	TxID     TxID
	Observed netip.AddrPort
}

// Candidates tells the other side where to probe. It is sent again until the
// other side's own Candidates answers its generation.
type Candidates struct {
	Generation uint32
	Answered   uint32 // the latest generation received from the other side
	NAT        NAT    // of the sender
	Candidates []Candidate
}

// DiscoHint reads by which key a disco frame is sealed.
func DiscoHint(p []byte) (h crypto.Hint, err error) {
	if len(p) < discoOverhead+1 || p[0] != MagicDisco || p[1] != Version {
		return h, ErrFrame
	}
	copy(h[:], p[2:])
	return h, nil
}

// Seal writes the frame.
func (f Ping) Seal(k *crypto.ProbeKeys) []byte { return sealDisco(f.append(nil), k) }

// Seal writes the frame.
func (f Pong) Seal(k *crypto.ProbeKeys) []byte { return sealDisco(f.append(nil), k) }

// Seal writes the frame.
func (f Candidates) Seal(k *crypto.ProbeKeys) []byte { return sealDisco(f.append(nil), k) }

func (f Ping) append(b []byte) []byte {
	b = append(append(b, byte(TypePing)), f.TxID[:]...)
	n := max(1+pingBody, min(f.Size, MaxPayload)-discoOverhead)
	return append(b, make([]byte, n-len(b))...)
}

func (f Pong) append(b []byte) []byte {
	b = append(append(b, byte(TypePong)), f.TxID[:]...)
	return AppendAddr(b, f.Observed)
}

func (f Candidates) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(append(b, byte(TypeCandidates)), f.Generation)
	b = binary.BigEndian.AppendUint32(b, f.Answered)
	b = f.NAT.append(b)
	return appendCandidates(b, f.Candidates, MaxCandidates)
}

func sealDisco(body []byte, k *crypto.ProbeKeys) []byte {
	head := append([]byte{MagicDisco, Version}, k.SendHint[:]...)
	return k.Send.Seal(head, body, head)
}

// OpenDisco opens a disco frame and returns a Ping, Pong, Candidates or Round.
func OpenDisco(p []byte, k *crypto.ProbeKeys) (any, error) {
	if _, err := DiscoHint(p); err != nil {
		return nil, err
	}
	body, err := k.Recv.Open(nil, p[discoHeader:], p[:discoHeader])
	if err != nil {
		return nil, err
	}
	return parseDisco(body, len(p))
}

func parseDisco(body []byte, size int) (any, error) {
	c := cursor{b: body}
	switch DiscoType(c.u8()) {
	case TypePing:
		f := Ping{Size: size}
		c.copy(f.TxID[:])
		if c.bad || len(body) < 1+pingBody {
			return nil, ErrFrame
		}
		return f, nil
	case TypePong:
		var f Pong
		c.copy(f.TxID[:])
		f.Observed = c.addr()
		if !c.done() {
			return nil, ErrFrame
		}
		return f, nil
	case TypeRound:
		f := Round{Number: c.u8(), Kind: RoundKind(c.u8()), Addr: c.addr()}
		if !c.done() || f.Number == 0 || f.Kind == 0 || f.Kind > RoundBirthday {
			return nil, ErrFrame
		}
		return f, nil
	case TypeCandidates:
		f := Candidates{Generation: c.u32(), Answered: c.u32(), NAT: c.nat()}
		f.Candidates = c.candidates(MaxCandidates)
		if !c.done() {
			return nil, ErrFrame
		}
		return f, nil
	}
	return nil, ErrFrame
}
