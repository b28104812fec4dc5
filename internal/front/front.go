// Package front holds what the three fronts (tui, plain, jsonio) share: the
// Session they drive, slash commands, names and phrases.
//
// It draws nothing, reads no input and knows no terminal; it never sees
// uncleaned remote text (internal/text cleans at ingest, in peer and room).
package front

import (
	"context"
	"time"

	"gochat/crypto"
	"gochat/peer"
)

// Session is one member in all its rooms, as a front sees it; cli builds it
// from peer.Node. Its methods may be called from any goroutine and return at
// once, save Join and Drain.
type Session interface {
	Key() crypto.PublicKey // own key
	Nick() string          // own nick
	// SetNick changes the own nick in all rooms; the error says what a nick
	// may be. It is kept for the next start, unless nothing is.
	SetNick(nick string) (kept bool, err error)

	// Verify notes that the user compared a key with its owner; Unverify takes
	// it back, Verified tells. peer.MemberChanged follows. The error is peer.ErrOwnKey, or says
	// why it cannot be kept.
	Verify(crypto.PublicKey) error
	Unverify(crypto.PublicKey) error
	Verified(crypto.PublicKey) bool
	// VerifiedAs is the key that a nick is known by, if the user has verified it.
	// Its owner need not be here.
	VerifiedAs(nick string) (key crypto.PublicKey, ok bool)

	// Ignore has the user not hear of the owner of a key any more, or (not on)
	// hear of him again; AllIgnored lists them. peer.IgnoreChanged follows. The
	// error is peer.ErrIgnoreSelf, or says why it cannot be kept.
	Ignore(key crypto.PublicKey, on bool) error
	AllIgnored() []peer.Person

	// Requests lists who has begun more conversations than are listed;
	// ShowRequests has those of somebody listed, and returns how many they are.
	// peer.RoomChanged follows of each.
	Requests() []peer.Requests
	ShowRequests(crypto.PublicKey) int

	// SetAway tells everybody that the user is away, and why ("": he does not
	// say), or back; Away is what was told last. It is forgotten with the process.
	// The error is peer.ErrStatus.
	SetAway(away bool, why string) error
	Away() peer.Away

	// Diagnose tells what is known of the network by now.
	Diagnose() peer.Diagnosis

	// Exposed tells what others know of this member.
	Exposed() peer.Exposure

	// TypingUse says what is told of writing; SetTypingUse changes it for this
	// run.
	TypingUse() peer.TypingUse
	SetTypingUse(peer.TypingUse)

	// Rooms lists the rooms, in the order they were joined.
	Rooms() []Room
	// Join enters one room more, in less than a second: a room's key takes a
	// while to derive, on purpose. peer.RoomChanged follows. The error says
	// what to do; it is peer.ErrJoined for a room one is in.
	Join(Entry) (Room, error)

	// Invite is what a friend needs to join a room. The error is ErrNoInvite, or
	// says what to do.
	Invite(Room) (Invitation, error)

	// Direct opens the conversation with these people, or finds it open. Of one
	// that was not open peer.RoomChanged follows; it may also come because
	// another writes. The error says what to do.
	Direct(keys ...crypto.PublicKey) (Room, error)

	// Import takes the records of a file that gochat export wrote: those of the
	// room of that name, or of whichever room known here if it is "". The error
	// says what to do; what was counted is stored also with one.
	Import(room, secret, file string) (name string, sum peer.Imported, err error)

	// Events is the one stream of events of all rooms; it is closed when the
	// session ends.
	Events() <-chan peer.Event
	// Mark puts a peer.Mark into Events, behind all that has happened so far.
	Mark()
	// Drain waits until everything sent has reached everyone present, in
	// every room, or until ctx ends; with something undelivered and nobody
	// there it waits for somebody. Rooms that were left count as they were.
	Drain(ctx context.Context) Delivery
}

// Shared is a Session that other fronts take part in, too, in other terminals or
// none: the end of this front is not that of the session.
type Shared interface {
	Session
	// StopAll ends the session, for everybody. It does not wait.
	StopAll()
}

// Entry says which room to join. At most one of Secret and SecretFile is given;
// an Invite has all in it.
type Entry struct {
	Invite     string // gochat:…
	Name       string
	Secret     string // "": open, unless there is a SecretFile
	SecretFile string // a file that holds the secret
}

// Room is one room of a Session. The methods return at once, save Part, and save
// what writes or compares before the room is Ready.
type Room interface {
	Name() string
	Private() bool // a secret is needed besides the name
	Word() string  // equal on all screens whose name and secret agree
	// Between are the members of a conversation, oneself included; nil: the room
	// is no conversation.
	Between() crypto.Members

	// Ready is closed once the room's past is read; peer.RoomReady tells that it
	// is, of a room that takes long. Until then nobody is here, and what was
	// shown before can be paged through.
	Ready() <-chan struct{}

	// Send stores and sends a message and returns its id. The error says what
	// to do: empty or too long text (peer.ErrEmpty, peer.ErrTooLong) or a
	// store that refused.
	Send(kind peer.Kind, text string) (id string, err error)
	// Members lists everyone present or lately lost, sorted by nick, then key.
	Members() []peer.Member

	// SendFor is Send for a text that all stores drop after a time; the error may
	// be peer.ErrLife.
	SendFor(life time.Duration, kind peer.Kind, text string) (id string, err error)

	// Reply is Send for an answer to a message; Edit, Delete and React (with
	// retract: take back) change one, by its id. They return the id of what was
	// written; their errors say what is wrong: peer.ErrGone, ErrNotOwn,
	// ErrDeleted, ErrEmoji and Send's.
	Reply(to string, kind peer.Kind, text string) (id string, err error)
	Edit(id, text string) (string, error)
	Delete(id string) (string, error)
	React(id, emoji string, retract bool) (string, error)

	// History returns the last limit messages in room order, oldest first;
	// HistoryBefore those before a place in the order, HistoryAfter the first
	// ones behind it; View is one message.
	History(limit int) []peer.Message
	HistoryBefore(order string, limit int) []peer.Message
	HistoryAfter(order string, limit int) []peer.Message
	View(id string) (m peer.Message, ok bool)

	// DeliveryOf tells how far an own message is with each member it is for.
	DeliveryOf(id string) []peer.MemberDelivery
	// Holes lists what is missing; peer.HolesChanged tells when that changes.
	Holes() []peer.Hole
	// Compare asks who is linked whether it has the same; peer.Compared follows.
	Compare() peer.Transcript
	// People names the owners of keys.
	People(keys ...crypto.PublicKey) []peer.Person

	// Typing says that the user is writing here, as often as he presses a key.
	Typing()

	// Search returns the last limit messages that have all words of a query,
	// oldest first. The error says what to do.
	Search(query string, limit int) ([]peer.Message, error)
	// Part leaves the room once its store is at rest. peer.RoomChanged is the
	// last event of it.
	Part()

	// Muted is how quiet the user wants the room; SetMuted keeps it over restarts.
	// The error says why it cannot be kept.
	Muted() Mute
	SetMuted(Mute) error

	// ReadUpTo is the order of the latest message the user has seen, "" if
	// none; SetReadUpTo keeps it for the next time the room is shown.
	ReadUpTo() string
	SetReadUpTo(order string)
	// Bell says what of this room the user is called for while he looks elsewhere;
	// SetBell keeps it.
	Bell() Bell
	SetBell(Bell)
}

// IsReady reports whether a room is Ready.
func IsReady(r Room) bool {
	select {
	case <-r.Ready():
		return true
	default:
		return false
	}
}

// Find returns the room of that name, nil if there is none.
func Find(sess Session, name string) Room {
	for _, r := range sess.Rooms() {
		if r.Name() == name {
			return r
		}
	}
	return nil
}

// Delivery is what became of the messages sent in this session.
type Delivery = peer.Delivery

// DefaultDrain is how long a front waits for delivery at the end of input.
const DefaultDrain = 5 * time.Second
