package room

import (
	"errors"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Action is what Step returns: one of the types below, to be done in order.
type Action interface{ action() }

// Commit is to be given to Store.Commit, whose result comes back as Committed.
// There is never more than one under way.
type Commit struct {
	Batch  uint64
	Put    []*wire.Record
	Delete []wire.RecordID
}

// Trim is to be given to Store.DropBefore, beside everything else. What fails of
// it is asked for again at the next start.
type Trim struct{ Before wire.Clk }

// Send is to be written to the link's stream; Frame carries its length. Those
// of one Step are best written together: small frames then share a packet.
type Send struct {
	Link  LinkID
	Frame []byte
}

// Deliver hands out news: a record, once in this process, after all its ancestors
// and so each author's in sequence. Records of every type come this way. What
// was stored, but not marked as shown (Notes.MarkShown) before a restart comes
// first. History does not come this way; see Filled.
type Deliver struct{ Message }

// Changed says that something of a record that was delivered, or is part of the
// history, has changed: an edit, a delete, a reaction, the end of its time, a
// gap before it, its content. Only texts and files are told of.
type Changed struct{ Message }

// Filled says that so much history, from and to these places in the order, was
// put in its place: records of before this store first met anybody. It streams
// in newest first and is not delivered one by one. Left is how many more the
// member has who sends it, as far as that is known.
type Filled struct {
	Count    int
	From, To string
	Left     int
}

// HolesChanged says that Holes has something else to tell.
type HolesChanged struct{}

// Imported answers Import. Err is the store's; what it did not take may be
// imported again.
type Imported struct {
	Ref     uint64
	New     int // stored now
	Known   int // here before
	Old     int // older than what is kept
	Refused int // forged, of no member, or beyond what an author may write
	Err     error
}

// Compared answers Compare, for one member.
type Compared struct{ Comparison }

// TypingChanged says that a member began to write, or stopped: what it wrote has
// come, it left, or it has not said so for a while.
type TypingChanged struct {
	Peer crypto.PublicKey
	On   bool
}

// Delivered says that one more member's store has a record of ours, or, with
// a zero Peer, that the number of members it is meant for changed.
type Delivered struct {
	ID            wire.RecordID
	Peer          crypto.PublicKey
	Delivered, Of int
}

// Appended answers Append. Err is nil, ErrTooLong, ErrBusy, ErrPace, ErrNoTarget,
// ErrNotOwn or the store's.
type Appended struct {
	Ref uint64
	ID  wire.RecordID
	Err error
}

// CloseLink asks the caller to close a link; LinkDown need not follow.
type CloseLink struct {
	Link   LinkID
	Peer   crypto.PublicKey
	Reason CloseReason
}

// PeerLeft says that a member said goodbye on its link, and that it has the
// answers to all it sent.
type PeerLeft struct {
	Link LinkID
	Peer crypto.PublicKey
}

// CloseReason is why a link has to be closed.
type CloseReason int

// The reasons to close a link. A member that sent invalid data or flooded
// is left alone for ten minutes.
const (
	InvalidData CloseReason = iota // malformed or forged records or frames, three times
	Flooded                        // it ignored the window
	Surplus                        // no offence: there are links enough without it
)

// String is the reason in words.
func (r CloseReason) String() string {
	return [...]string{"it sent invalid data", "it sent more than it was allowed to", "there are links enough"}[r]
}

// ForkSeen says that an author has signed two records for one place of a
// chain: a restored backup or a cheat. The chain is frozen.
type ForkSeen struct {
	Author crypto.PublicKey
	Chain  uint64
	Seq    uint64
	// NewChain is the number with which this member goes on if the chain is
	// its own; 0 otherwise.
	NewChain uint64
}

// ClockOff says by how much the own clock differs from the room's; zero when
// it fits again.
type ClockOff struct{ Offset time.Duration }

// StoreFailed says that a commit failed; what was in it is as if never received.
type StoreFailed struct{ Err error }

func (Commit) action()        {}
func (Trim) action()          {}
func (Send) action()          {}
func (Deliver) action()       {}
func (Changed) action()       {}
func (Filled) action()        {}
func (HolesChanged) action()  {}
func (Imported) action()      {}
func (Compared) action()      {}
func (TypingChanged) action() {}
func (Delivered) action()     {}
func (Appended) action()      {}
func (CloseLink) action()     {}
func (PeerLeft) action()      {}
func (ForkSeen) action()      {}
func (ClockOff) action()      {}
func (StoreFailed) action()   {}

// Reasons why a record could not be appended.
var (
	ErrTooLong  = errors.New("message is too long")
	ErrBusy     = errors.New("too many messages wait for the store")
	ErrPace     = errors.New("too many messages in a short time; wait a minute")
	ErrNoTarget = errors.New("that message is not here (any more)")
	ErrNotOwn   = errors.New("only one's own messages can be edited or deleted")
)
