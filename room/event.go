package room

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// LinkID names a link for as long as it is up; the caller gives it.
type LinkID uint64

// Event is what Step takes: one of the types below.
type Event interface{ event() }

// LinkUp says that a proven link with a member is up: the member has joined.
// Key salts the sums of this link's reconciliation and is equal on both ends
// and unknown to others (from the TLS exporter).
type LinkUp struct {
	Link LinkID
	Peer crypto.PublicKey
	Key  [16]byte
}

// LinkDown says that a link is gone. The member may come back; see Left.
type LinkDown struct{ Link LinkID }

// Frame is one frame from a link, as wire.LinkReader returns it. The Engine
// keeps Data; the caller must not use it again.
type Frame struct {
	Link LinkID
	Data []byte
}

// Append asks for a record of one's own; Appended answers with the same Ref.
type Append struct {
	Ref    uint64
	Type   wire.RecordType
	Target wire.RecordID // of an edit, delete or reaction: the record it is about
	TTL    uint32        // seconds; 0: the room's policy
	Fields []wire.Field
}

// Import brings records of a file; Imported answers with the same Ref when all
// of them are stored or refused. News says that they come from a mailbox, not
// long after they were written: as if their authors were here to say so.
type Import struct {
	Ref     uint64
	Records []*wire.Record
	News    bool
}

// Committed answers a Commit. An error means that nothing of it was stored.
type Committed struct {
	Batch uint64
	Err   error
}

// Left says that a member left the room, or was silent too long: messages it
// has not got no longer wait for it.
type Left struct{ Peer crypto.PublicKey }

// Leave says goodbye on all links. Nothing is sent after it.
type Leave struct{}

// Compare asks every linked member whether it has the same; Compared answers,
// once for each.
type Compare struct{}

// Typing says that the user is writing. It may be given as often as a key is
// pressed: others are told now and then.
type Typing struct{}

// Timer says that NextDeadline has come.
type Timer struct{}

func (LinkUp) event()    {}
func (LinkDown) event()  {}
func (Frame) event()     {}
func (Append) event()    {}
func (Import) event()    {}
func (Committed) event() {}
func (Left) event()      {}
func (Leave) event()     {}
func (Compare) event()   {}
func (Typing) event()    {}
func (Timer) event()     {}
