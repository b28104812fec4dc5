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
	Via      Via           // what carries the path here; for a relay, to the bootnode
	Address  string        // the path's remote address; "" unless direct
	Reason   string        // why there is no direct path, or no link; "" if there is nothing to say
	Verified bool          // the user compared keys with this member
	Impostor bool          // this nick was first seen with another key
	Namesake Namesake      // of an impostor: whose name it is
	Inviter  bool          // the user was invited to this room with this key
	Claims   string        // the verified name that it calls itself, and is refused; "": Nick is its own
	Ignored  bool          // the user ignores this member
	Away     bool          // not at the keyboard, by its own word
	Status   string        // why, in one line of cleaned text; "" if it does not say
	Since    time.Time     // of the present State
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
type MessageEvent struct {
	Message
	show func()
}

// Show is for who shows the message to call right before: the store remembers
// that it was shown, and no later run tells of it again. What a crash keeps from
// the screen in that moment is in the history.
func (e MessageEvent) Show() {
	if e.show != nil {
		e.show()
	}
}

// OnShow is the message with a function that Show calls, too.
func (e MessageEvent) OnShow(f func()) MessageEvent {
	before := e
	e.show = func() {
		f()
		before.Show()
	}
	return e
}

// MessageChanged says that something of a message has changed that was told of,
// or is part of the history: an edit, a delete, a reaction, the end of its
// time, its text or what comes before it, which were missing.
type MessageChanged struct{ Message }

// HistoryFilled says that so many records of before this member first met
// anybody were put in their place. They are not told of one by one:
// Room.HistoryAfter(After) begins with them, To is the place of the last. Left
// is how many more the member has who sends them, as far as that is known.
type HistoryFilled struct {
	Room      string
	Count     int
	After, To string
	Left      int
}

// HolesChanged says that something else is missing than before: all of it, or
// nothing any more.
type HolesChanged struct {
	Room  string
	Holes []Hole
}

// Compared is one member's answer to Room.Compare.
type Compared struct {
	Room string
	Comparison
}

// Delivered says that one more member has a message of ours, or that the
// number of members it was meant for changed (then Peer is zero), or that it
// takes long (then Waiting is not empty).
type Delivered struct {
	Room          string
	ID            string
	Peer          crypto.PublicKey
	Delivered, Of int
	// Waiting says whom it has not reached for five seconds, and why: the first
	// few of them.
	Waiting []MemberDelivery
}

// Kept says that a copy of a message of ours lies in a bootnode's mailbox for a
// member who is away. It is not delivered by that: Delivered follows when the
// member has it.
type Kept struct {
	Room    string
	ID      string
	For     Person
	Mailbox string        // the bootnode's address
	Keep    time.Duration // how long it is kept at most; 0: unknown
}

// BootnodeChanged tells the state of one bootnode.
type BootnodeChanged struct {
	State    BootnodeState
	Address  string
	Embedded bool   // found on this host or LAN, or run by this process
	Via      Via    // how it is reached while registered
	Reason   string // in words, with what to do next; "" if there is nothing to say
}

// RoomChanged says that a room was joined while Run was running, or parted. It
// stands before all other events of the room, or behind them.
type RoomChanged struct {
	Room   string
	State  RoomState
	Direct bool // it is a conversation: Room.Between says of whom
	// Err says why a room is parted that could not be read; nil: the user left it.
	Err error
	// Ignored: it is parted since only those have said something in it whom the user
	// ignores from now on. What was said is kept, and it comes back with them.
	Ignored bool
}

// RoomReady says that a room is read whose past is so large that Join did not
// wait for it: it can be written to, and its history is complete.
type RoomReady struct{ Room string }

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
// reader can tell when it has seen all that happened before. For is what Node.MarkFor
// was called with.
type Mark struct{ For any }

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
func (MessageChanged) event()  {}
func (HistoryFilled) event()   {}
func (HolesChanged) event()    {}
func (Compared) event()        {}
func (Delivered) event()       {}
func (Kept) event()            {}
func (BootnodeChanged) event() {}
func (RoomChanged) event()     {}
func (RoomReady) event()       {}
func (Notice) event()          {}
