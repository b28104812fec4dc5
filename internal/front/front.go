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

// Session is one member in one room, as a front sees it; cli builds it from
// peer.Node and peer.Room. Its methods may be called from any goroutine and
// return at once, save Drain.
type Session interface {
	Room() string          // the room's name
	Private() bool         // the room needs a secret besides its name
	RoomWord() string      // equal on all screens whose name and secret agree
	Key() crypto.PublicKey // own key
	Nick() string          // own nick

	// Send stores and sends a message and returns its id. The error says what
	// to do: empty or too long text (peer.ErrEmpty, peer.ErrTooLong) or a
	// store that refused.
	Send(kind peer.Kind, text string) (id string, err error)
	// SetNick changes the own nick; the error says what a nick may be.
	SetNick(nick string) error
	// Members lists everyone present or lately lost, sorted by nick, then key.
	Members() []peer.Member
	// History returns the last limit messages in room order, oldest first.
	History(limit int) []peer.Message
	// Events is the one stream of events; it is closed when the session ends.
	Events() <-chan peer.Event
	// Mark puts a peer.Mark into Events, behind all that has happened so far.
	Mark()
	// Drain waits until everything sent has reached everyone present, or
	// until ctx ends; with something undelivered and nobody there it waits
	// for somebody.
	Drain(ctx context.Context) Delivery
}

// Delivery is what became of the messages sent in this session.
type Delivery = peer.Delivery

// DefaultDrain is how long a front waits for delivery at the end of input.
const DefaultDrain = 5 * time.Second
