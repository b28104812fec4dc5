package presence

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Config is what a Core is made of.
type Config struct {
	Self       crypto.NodeID
	Sign       func([]byte) [crypto.NodeSignatureSize]byte // with the key of Self
	Epoch      uint64                                      // Unix milliseconds; higher than in any life before
	Key        crypto.RunPublic                            // the bootnode's, as members know it
	Release    string                                      // of the program, for people
	Advertised string                                      // HOST:PORT for members; empty: not told
	Timeout    time.Duration                               // of members; what a node that began anew had is kept as long
	Limits     Limits

	// Own returns this node's own members in a room at present, always in the
	// same order. The core keeps nothing of it.
	Own func(crypto.RoomSubject) []wire.NodeRecord
	// About is asked when a beacon is due.
	About func() About
	// Asks are the times after the opening of a room at which the others are
	// asked who is in it. nil: 0, 50, 250 and 1000 ms.
	Asks []time.Duration
}

// About is what a beacon tells of this node.
type About struct {
	Members, Rooms int
	Draining       bool
	Neighbours     []crypto.NodeID // with which it has links
}

// Limits bound what other nodes can make this one keep. A zero field means its
// default.
type Limits struct {
	Nodes   int // default 256
	Members int // foreign members in all; default 1,000,000
	PerNode int // foreign members of one node; default Members
	PerRoom int // foreign members in one room; default 2,000
}

func (l Limits) withDefaults() Limits {
	if l.Nodes <= 0 {
		l.Nodes = 256
	}
	if l.Members <= 0 {
		l.Members = 1_000_000
	}
	if l.PerNode <= 0 {
		l.PerNode = l.Members
	}
	if l.PerRoom <= 0 {
		l.PerRoom = 2_000
	}
	return l
}

// Event is something that happened, or only the passing of time if it is empty.
type Event struct {
	Own     []Own              // in the order in which it happened
	Message []byte             // from another node; not kept, nil: none
	Subject crypto.RoomSubject // of the message
	Leaving bool               // this node stops now: the others are told, and nothing follows
}

// Own is a change of this node's own members.
type Own struct {
	Kind    OwnKind
	Subject crypto.RoomSubject
	Entry   wire.NodeEntry // of Changed
}

// OwnKind is what happened to a room.
type OwnKind byte

// A room is opened before its first member comes and closed when the last left.
const (
	Opened OwnKind = iota + 1
	Changed
	Closed
)

// Action is something to do.
type Action struct {
	Do      Do
	Subject crypto.RoomSubject
	Message []byte
	Change  Change
}

// Do is what to do.
type Do byte

// The things to do.
const (
	Watch   Do = iota + 1 // ask for messages about Subject
	Unwatch               // no longer
	Publish               // Message to all who watch Subject
	Beacon                // Message to all nodes
	Tell                  // the directory of Change, a change among foreign members
)

// Change is news of a foreign member in a room.
type Change struct {
	Subject crypto.RoomSubject
	Kind    wire.RosterKind
	Node    crypto.NodeID   // its home; of PRESENT
	Record  wire.NodeRecord // of another kind: only its Session
}

// Core knows other nodes and their members. It is not safe for concurrent use.
type Core struct {
	cfg    Config
	start  time.Time
	now    time.Duration // since start, never going back
	wall   time.Time
	number uint64 // of the last message
	out    []Action

	nodes []*node // in the order of their appearance
	byID  map[crypto.NodeID]*node

	rooms   map[crypto.RoomSubject]*room
	list    []*room // all rooms; order of their opening, but for gaps that the last one filled
	due     roomHeap
	freed   uint64  // highest version of a room that was closed
	members int     // foreign, counting one at two nodes twice
	resync  []*room // to be asked about, some at a time
	next    time.Duration

	beaconDue  time.Duration
	beaconLast time.Duration
	sent       [sentKept]uint64 // times of the last beacons
	echoFrom   int

	checks    budget // of signatures
	answers   budget // of records
	newcomers budget // of nodes that were never heard
	strangers budget // of signatures of nodes that are not known
	stats     Stats
}

// New makes a core. Times given to Step come from the same clock as start.
func New(cfg Config, start time.Time) *Core {
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Asks == nil {
		cfg.Asks = []time.Duration{0, 50 * time.Millisecond, 250 * time.Millisecond, time.Second}
	}
	return &Core{
		cfg: cfg, start: start, wall: start,
		byID:  map[crypto.NodeID]*node{},
		rooms: map[crypto.RoomSubject]*room{},
	}
}

// Step takes an event and returns what to do, valid until the next Step.
func (c *Core) Step(now time.Time, ev Event) []Action {
	c.wall = now
	c.now = max(c.now, now.Sub(c.start))
	clear(c.out)
	c.out = c.out[:0]
	for i := range ev.Own {
		c.own(&ev.Own[i])
	}
	if ev.Message != nil {
		c.hear(ev.Subject, ev.Message)
	}
	c.checkNodes()
	c.checkRooms()
	c.checkResync()
	if ev.Leaving {
		c.beaconDue = c.now
	}
	c.beacon(ev.Leaving)
	return c.out
}

// NextDeadline is when Step is wanted even without an event.
func (c *Core) NextDeadline() time.Time {
	due := c.beaconDue
	if len(c.due) > 0 {
		due = min(due, c.due[0].due)
	}
	if len(c.resync) > 0 {
		due = min(due, c.next)
	}
	for _, n := range c.nodes {
		due = min(due, n.due())
	}
	return c.start.Add(due)
}

// Has reports whether a node says that a session is its member in a room.
func (c *Core) Has(subject crypto.RoomSubject, node crypto.NodeID, session crypto.SessionID) bool {
	r, n := c.rooms[subject], c.byID[node]
	if r == nil || n == nil {
		return false
	}
	p := r.part(n)
	return p != nil && p.claims[session] != nil
}

// say signs a message and has it sent.
func (c *Core) say(subject crypto.RoomSubject, t wire.NodeType, body []byte) {
	c.number++
	m := wire.NodeMessage{Type: t, Node: c.cfg.Self, Epoch: c.cfg.Epoch, Number: c.number, Body: body}
	a := Action{Do: Publish, Subject: subject, Message: m.Sign(subject, c.cfg.Sign)}
	if t == wire.NodeBeacon {
		a.Do = Beacon
	}
	c.stats.Sent++
	c.out = append(c.out, a)
}
