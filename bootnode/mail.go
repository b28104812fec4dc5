package bootnode

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Mail keeps objects for members who are away. It knows boxes and bytes, and
// nothing of rooms, members or what is sealed.
type Mail interface {
	// Ask hands in a request and never blocks; false: too many are under way.
	Ask(MailRequest) bool
	// Answers brings one answer to each request that Ask took, in any order.
	Answers() <-chan MailAnswer
	// Keep is how long an object is kept.
	Keep() time.Duration
}

// MailOp is what a MailRequest is for.
type MailOp byte

// The requests.
const (
	MailPut  MailOp = iota // Object into Box
	MailList               // delete Done of the box that Secret opens, then list it: its owner is here
	MailRead               // the object at Seq of that box
)

// MailRequest is something the mailbox is to do.
type MailRequest struct {
	Ref    uint64 // names the answer
	Op     MailOp
	Box    crypto.BoxID     // of a put
	Item   crypto.BoxItemID // of a put: the same one is stored once in a box
	Object []byte           // of a put; the receiver's
	Secret crypto.BoxSecret // of a list or read: whoever stores checks it
	After  uint64           // of a list
	Done   []uint64         // of a list; none of another box are deleted
	Admit  bool             // of a list: if nobody came for this box before, it is one from now on
	Seq    uint64           // of a read
}

// MailAnswer is what came of a MailRequest.
type MailAnswer struct {
	Ref     uint64
	Status  wire.BoxStatus  // never BoxPartial; of a list BoxUnknown: nobody came before, and Admit is not set
	Entries []wire.BoxEntry // of a list: at most wire.MaxBoxPage, rising
	Left    int             // of a list: items behind those
	New     bool            // of a list with Admit: nobody had come for this box before
	Object  []byte          // of a read; nil: there is none
}
