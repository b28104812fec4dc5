package peer

import (
	"time"

	"gochat/crypto"
)

// State is what is known of a member's presence.
type State int

// The states of a member. Joined means: link up, both sides' TLS and room
// proof checked. Connecting members are announced, but not yet proven. Present
// members are announced, and reached through others: in a large room there is
// a link with a few only.
const (
	Connecting State = iota
	Joined
	Unreachable
	Left
	Present
)

// Here reports whether a member takes part, with a link or through others.
func (s State) Here() bool { return s == Joined || s == Present }

// String is the word used in the JSON front.
func (s State) String() string {
	return [...]string{"connecting", "joined", "unreachable", "left", "present"}[s]
}

// Path is how packets reach a member at the moment.
type Path int

// The kinds of path, worst first.
const (
	PathNone Path = iota
	PathRelay
	PathDirect
)

// String is the word used in the JSON front.
func (p Path) String() string { return [...]string{"none", "relay", "direct"}[p] }

// BootnodeState is what is known of one rendezvous server.
type BootnodeState int

// The states of a bootnode as seen from here.
const (
	BootnodeConnecting BootnodeState = iota
	BootnodeRegistered
	BootnodeUnreachable
)

// String is the word used in the JSON front.
func (s BootnodeState) String() string {
	return [...]string{"connecting", "registered", "unreachable"}[s]
}

// Member is one member of a room as the fronts show it. Nick is cleaned text
// (internal/text) without suffix; it is a claim, Key is the identity.
type Member struct {
	Key      crypto.PublicKey
	Nick     string
	State    State
	Path     Path
	Punching bool          // a direct path is being looked for
	RTT      time.Duration // 0: not measured yet
	Address  string        // the path's remote address; "" unless direct
	Reason   string        // why there is no direct path, or no link; "" if there is nothing to say
	Verified bool          // the user compared keys with this member
	Impostor bool          // this nick was first seen with another key
	Since    time.Time     // of the present State
}

// Kind tells a plain message from an action ("/me waves").
type Kind int

// The kinds of message.
const (
	Text Kind = iota
	Action
)

// Message is one message of a room, already cleaned.
type Message struct {
	ID       string // 64 hex digits
	Order    string // sorts alike on every member
	Room     string
	Author   crypto.PublicKey
	Nick     string // the author's nick, cleaned, without suffix
	Verified bool   // as in Member
	Impostor bool   // as in Member
	Kind     Kind
	Text     string // cleaned; lines end in \n, no trailing newline
	Own      bool
	Time     time.Time // the author's clock
	Ahead    bool      // the author's clock runs ahead; shown early
	// Delivered of Of members have it (own messages only).
	Delivered, Of int
}

// Event is one of the types below. A Node hands out all its events, of all
// rooms, in one stream, in order, none dropped.
type Event interface{ event() }

// MemberChanged says that something in a Member other than RTT changed, or
// that the RTT changed by more than a tenth.
type MemberChanged struct {
	Room string
	Member
	Was State // the state before; equal to State if something else changed
}

// MessageEvent is a message seen for the first time, also one's own.
type MessageEvent struct{ Message }

// Delivered says that one more member has a message of ours, or that the
// number of members it was meant for changed (then Peer is zero).
type Delivered struct {
	Room          string
	ID            string
	Peer          crypto.PublicKey
	Delivered, Of int
}

// BootnodeChanged tells the state of one bootnode.
type BootnodeChanged struct {
	State    BootnodeState
	Address  string
	Embedded bool   // found on this host or LAN, or run by this process
	Reason   string // in words, with what to do next; "" if there is nothing to say
}

// RoomChanged says that a room was joined while Run was running, or parted. It
// stands before all other events of the room, or behind them.
type RoomChanged struct {
	Room  string
	State RoomState
}

// RoomState says what became of a room.
type RoomState int

// The states of a room.
const (
	RoomJoined RoomState = iota
	RoomParted
)

// String is the word used in the JSON front.
func (s RoomState) String() string { return [...]string{"joined", "parted"}[s] }

// Notice is a line for the user that is no message: a changed key, a profile
// in use, a clock that is off. Code is a stable word for programs.
type Notice struct {
	Room  string // "" if it concerns the process
	Level Level
	Code  string
	Text  string
}

// Mark stands in the stream of events where Node.Mark was called, so that a
// reader can tell when it has seen all that happened before.
type Mark struct{}

// Level says how loudly a Notice is to be shown.
type Level int

// The levels of a Notice.
const (
	Info Level = iota
	Warning
	Failure
)

func (MemberChanged) event()   {}
func (Mark) event()            {}
func (MessageEvent) event()    {}
func (Delivered) event()       {}
func (BootnodeChanged) event() {}
func (RoomChanged) event()     {}
func (Notice) event()          {}
