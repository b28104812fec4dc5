package wire

import (
	"encoding/binary"

	"gochat/crypto"
)

// NodeType is the second byte of a message between bootnodes.
type NodeType byte

// Messages between bootnodes. Numbers are for ever: only append to this list.
//
//	version(1) type(1) node(32) epoch(8) number(8) body signature(64)
//
//	1 BEACON   flags(1) sent(8) members(4) rooms(4) key(32) release(1+n)
//	           advertised(1+n) count(1) { node(32) }… count(1) { node(32) sent(8) delay(8) }…
//	2 CHANGES  from(8) to(8) { entry }…
//	3 WHO      version(8) flags(1) count(2) { node(32) epoch(8) version(8) }… { record }…
//	4 SNAP     version(8) page(2) pages(2) { record }…
//	5 DIGEST   version(8)
//
// The signature covers the subject and all before it. A BEACON has no subject
// (zero), the others that of a room.
const (
	NodeBeacon  NodeType = 1
	NodeChanges NodeType = 2
	NodeWho     NodeType = 3
	NodeSnap    NodeType = 4
	NodeDigest  NodeType = 5
)

// NodeVersion is the version byte of messages and frames between bootnodes.
const NodeVersion = 1

const (
	nodeHeader = 1 + 1 + 32 + 8 + 8
	// NodeOverhead is what a message adds to its body.
	NodeOverhead = nodeHeader + crypto.NodeSignatureSize
	// MaxNodeMessage is the largest message between bootnodes.
	MaxNodeMessage = 32 << 10
	// MaxNodeBody is the largest body of one.
	MaxNodeBody = MaxNodeMessage - NodeOverhead
)

// NodeMessage is what a bootnode says to others. Epoch tells the lives of a node
// apart and rises, as Number does within one: neither comes twice.
type NodeMessage struct {
	Type   NodeType
	Node   crypto.NodeID
	Epoch  uint64 // Unix milliseconds when the node began
	Number uint64
	Body   []byte
}

// Sign writes the message about a subject, with the key of its node.
func (m *NodeMessage) Sign(subject crypto.RoomSubject, sign func([]byte) [crypto.NodeSignatureSize]byte) []byte {
	b := make([]byte, 0, NodeOverhead+len(m.Body))
	b = append(b, NodeVersion, byte(m.Type))
	b = append(b, m.Node[:]...)
	b = binary.BigEndian.AppendUint64(b, m.Epoch)
	b = binary.BigEndian.AppendUint64(b, m.Number)
	b = append(b, m.Body...)
	sig := sign(crypto.SignedNode(subject, b))
	return append(b, sig[:]...)
}

// ParseNodeMessage reads a message without checking its signature, so that what
// is old or not wanted costs no public-key work. The body is part of p.
func ParseNodeMessage(p []byte) (m NodeMessage, err error) {
	if len(p) < NodeOverhead || len(p) > MaxNodeMessage {
		return m, ErrFrame
	}
	c := cursor{b: p[:len(p)-crypto.NodeSignatureSize]}
	version := c.u8()
	m.Type = NodeType(c.u8())
	c.copy(m.Node[:])
	m.Epoch, m.Number = c.u64(), c.u64()
	m.Body = c.b
	if version != NodeVersion || m.Type < NodeBeacon || m.Type > NodeDigest {
		return NodeMessage{}, ErrFrame
	}
	return m, nil
}

// CheckNodeMessage reports whether a message about a subject was signed by the
// node it names.
func CheckNodeMessage(subject crypto.RoomSubject, p []byte) bool {
	m, err := ParseNodeMessage(p)
	n := len(p) - crypto.NodeSignatureSize
	return err == nil && m.Node.Verify(subject, p[:n], p[n:])
}

// nodeText reads a length and that many printable ASCII characters.
func (c *cursor) nodeText(max int) string {
	n := int(c.u8())
	if n > max {
		c.bad = true
	}
	b := c.take(n)
	for _, x := range b {
		if x < ' ' || x > '~' {
			c.bad = true
		}
	}
	return string(b)
}

func appendNodeText(b []byte, s string) []byte { return append(append(b, byte(len(s))), s...) }
