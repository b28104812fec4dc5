package bootnode

import (
	"time"

	"gochat/crypto"
)

// NodeID names a bootnode among others: its Ed25519 public key.
type NodeID = crypto.NodeID

// Mesh moves bytes between this bootnode and others; it knows nothing of what
// is in them. All methods may be called from any goroutine and never block.
//
// Messages about rooms and relay frames must not share a queue: presence is not
// to suffer from a flood of the relay. Delivery is best effort; what is lost is
// repaired above. One's own messages may come back and are ignored.
type Mesh interface {
	// Self is this node's key.
	Self() NodeID
	// Sign signs with the key of Self (Ed25519, RFC 8032).
	Sign(msg []byte) [crypto.NodeSignatureSize]byte

	// Watch asks for the messages about a room, Unwatch ends that. Until others
	// have heard of it a moment passes, in which messages are lost.
	Watch(subject crypto.RoomSubject)
	Unwatch(subject crypto.RoomSubject)
	// PublishRoom sends to all nodes that watch the room, PublishNode to all nodes.
	PublishRoom(subject crypto.RoomSubject, msg []byte) error
	PublishNode(msg []byte) error
	// SendFrame sends a relay frame to one node; when busy it drops it.
	SendFrame(to NodeID, frame []byte) error

	// Received brings messages of rooms and nodes, Frames relay frames for this
	// node. Neither is closed. What they bring is the receiver's to keep.
	Received() <-chan Message
	Frames() <-chan []byte

	// Links are the connections to direct neighbours: those that stand, and those
	// that should.
	Links() []Link
}

// Message is what another node said.
type Message struct {
	Subject crypto.RoomSubject // zero: not of a room, but of the node itself
	Data    []byte
}

// LinkKind says how two nodes are connected.
type LinkKind string

// The kinds of links.
const (
	LinkCluster  LinkKind = "cluster"  // another node of this operator
	LinkUplink   LinkKind = "uplink"   // the hub that this node dialled
	LinkDownlink LinkKind = "downlink" // a node that dialled this hub
)

// Link is a connection to a direct neighbour.
type Link struct {
	Node    NodeID // zero: not known (yet)
	Kind    LinkKind
	Address string
	RTT     time.Duration // 0: not measured
	Since   time.Time
	Heard   uint64 // messages and frames that came by it
	State   string // LinkUp, or what is wrong with it, such as "loop"
	Why     string // it does not stand, in a word; "": it does, or that is not known
}

// LinkUp is the State of a link that stands.
const LinkUp = "up"
