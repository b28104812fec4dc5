package wire

import "encoding/binary"

// ReachSize is the length of a REACH's body. With it the frame is longer than
// the two packets it leads to.
const ReachSize = 64

// Reach is the body of a REACH: send a STUN response with this id, from a port
// I have never sent to, to this port of the address you see me at.
type Reach struct {
	ID   TxID
	Port uint16
}

// Append writes the body.
func (f Reach) Append(b []byte) []byte {
	start := len(b)
	b = binary.BigEndian.AppendUint16(append(b, f.ID[:]...), f.Port)
	return append(b, make([]byte, ReachSize-(len(b)-start))...)
}

// ParseReach reads the body of a REACH.
func ParseReach(b []byte) (f Reach, err error) {
	c := cursor{b: b}
	c.copy(f.ID[:])
	f.Port = c.u16()
	if c.bad || len(b) != ReachSize {
		return Reach{}, ErrFrame
	}
	return f, nil
}

// ReachAck is the body of a REACH-ACK. Sent says that the packet left; else the
// bootnode has no port for it.
type ReachAck struct {
	Counter uint64 // of the REACH
	Sent    bool
}

// Append writes the body.
func (f ReachAck) Append(b []byte) []byte {
	b = binary.BigEndian.AppendUint64(b, f.Counter)
	if f.Sent {
		return append(b, 1)
	}
	return append(b, 0)
}

// ParseReachAck reads the body of a REACH-ACK.
func ParseReachAck(b []byte) (f ReachAck, err error) {
	c := cursor{b: b}
	f.Counter = c.u64()
	sent := c.u8()
	f.Sent = sent == 1
	if !c.done() || sent > 1 {
		return ReachAck{}, ErrFrame
	}
	return f, nil
}

// NoticeCode is what a NOTICE says. Unknown ones are skipped.
type NoticeCode byte

// The notices.
const (
	NoticeRelayLimited NoticeCode = 1 // packets were dropped: over the relay's rate
	NoticeRelayQuota   NoticeCode = 2 // packets are dropped: the relay's quota is used up
)

// Notice is the body of a NOTICE: something the user should know.
type Notice struct{ Code NoticeCode }

// Append writes the body.
func (f Notice) Append(b []byte) []byte { return append(b, byte(f.Code)) }

// ParseNotice reads the body of a NOTICE.
func ParseNotice(b []byte) (f Notice, err error) {
	c := cursor{b: b}
	f.Code = NoticeCode(c.u8())
	if !c.done() {
		return Notice{}, ErrFrame
	}
	return f, nil
}
