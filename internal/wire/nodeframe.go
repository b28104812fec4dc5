package wire

import "gochat/crypto"

// NodeFrame carries a packet between members of a room at two bootnodes.
//
//	version(1) from-node(32) from(8) to(8) code(16) packet
type NodeFrame struct {
	Node     crypto.NodeID // the sender's
	From, To crypto.SessionID
	Packet   []byte
}

const nodeFrameHeader = 1 + 32 + 8 + 8

// NodeFrameOverhead is what a frame adds to its packet.
const NodeFrameOverhead = nodeFrameHeader + crypto.NodeMACSize

// Append writes the frame, authenticated with the key the two nodes share.
func (f *NodeFrame) Append(b []byte, k *crypto.NodeKey) []byte {
	start := len(b)
	b = append(append(b, NodeVersion), f.Node[:]...)
	b = append(append(b, f.From[:]...), f.To[:]...)
	code := k.MAC(b[start:], f.Packet)
	return append(append(b, code[:]...), f.Packet...)
}

// ParseNodeFrame reads a frame without checking it: its node says with which
// key. The packet is part of p.
func ParseNodeFrame(p []byte) (f NodeFrame, err error) {
	c := cursor{b: p}
	version := c.u8()
	c.copy(f.Node[:])
	c.copy(f.From[:])
	c.copy(f.To[:])
	c.take(crypto.NodeMACSize)
	f.Packet = c.b
	if c.bad || version != NodeVersion || len(f.Packet) == 0 || len(f.Packet) > MaxPayload {
		return NodeFrame{}, ErrFrame
	}
	return f, nil
}

// CheckNodeFrame reports whether a frame comes from who shares the key.
func CheckNodeFrame(p []byte, k *crypto.NodeKey) bool {
	return len(p) >= NodeFrameOverhead &&
		k.Check([crypto.NodeMACSize]byte(p[nodeFrameHeader:]), p[:nodeFrameHeader], p[NodeFrameOverhead:])
}
