// Package fronttest is a front.Session without a network, for the tests of
// the fronts. Only tests import it.
package fronttest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/text"
	"gochat/peer"
)

// Epoch is the time of the first message.
var Epoch = time.Date(2025, 11, 21, 12, 0, 0, 0, time.UTC)

// Key makes a public key that is fixed by name.
func Key(name string) crypto.PublicKey {
	var k crypto.PublicKey
	copy(k[:], name)
	return k
}

// Session is a front.Session that keeps what it is told.
type Session struct {
	RoomName, Word string
	IsPrivate      bool
	Drained        front.Delivery // what Drain returns when it may take its time
	InTime         chan struct{}  // closed: everything is delivered

	mu      sync.Mutex
	nick    string
	members []peer.Member
	history []peer.Message
	events  chan peer.Event
}

// New makes a session of alice in the open room lobby.
func New() *Session {
	return &Session{
		RoomName: "lobby", Word: "amber-fox", nick: "alice",
		InTime: make(chan struct{}), events: make(chan peer.Event, 100_000),
	}
}

// Room, Private, RoomWord, Key and Nick are as in front.Session.
func (s *Session) Room() string          { return s.RoomName }
func (s *Session) Private() bool         { return s.IsPrivate }
func (s *Session) RoomWord() string      { return s.Word }
func (s *Session) Key() crypto.PublicKey { return Key("alice") }

// Nick is as in front.Session.
func (s *Session) Nick() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nick
}

// SetNick takes every nick the real one would.
func (s *Session) SetNick(nick string) error {
	if err := text.ValidNick(nick); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nick = nick
	return nil
}

// MaxText is the longest message Send takes, in bytes.
const MaxText = 100 << 10

// Send emits the message as an event, as the real session does.
func (s *Session) Send(kind peer.Kind, body string) (string, error) {
	if strings.TrimSpace(body) == "" {
		return "", peer.ErrEmpty
	}
	if len(body) > MaxText {
		return "", peer.ErrTooLong
	}
	m := s.Say("alice", body)
	s.mu.Lock()
	defer s.mu.Unlock()
	m.Kind, m.Own = kind, true
	s.history[len(s.history)-1] = m
	s.events <- peer.MessageEvent{Message: m}
	return m.ID, nil
}

// Say makes the next message in order, by the member called nick, and keeps
// it in the history. It emits no event.
func (s *Session) Say(nick, body string) peer.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := len(s.history) + 1
	m := peer.Message{
		ID: fmt.Sprintf("%064x", n), Order: fmt.Sprintf("%08d", n), Room: s.RoomName,
		Author: Key(nick), Nick: nick, Text: body, Time: Epoch.Add(time.Duration(n) * time.Minute),
	}
	s.history = append(s.history, m)
	return m
}

// Sent lists the texts sent so far.
func (s *Session) Sent() (texts []string) {
	for _, m := range s.History(1 << 30) {
		if m.Own {
			texts = append(texts, m.Text)
		}
	}
	return texts
}

// Members is as in front.Session.
func (s *Session) Members() []peer.Member {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.members)
}

// SetMembers says who is here, without an event.
func (s *Session) SetMembers(members ...peer.Member) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.members = members
}

// History is as in front.Session.
func (s *Session) History(limit int) []peer.Message {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.history[max(0, len(s.history)-limit):])
}

// Emit sends an event to the front.
func (s *Session) Emit(events ...peer.Event) {
	for _, e := range events {
		s.events <- e
	}
}

// Mark is as in front.Session.
func (s *Session) Mark() { s.events <- peer.Mark{} }

// Close ends the session.
func (s *Session) Close() { close(s.events) }

// Events is as in front.Session.
func (s *Session) Events() <-chan peer.Event { return s.events }

// Drain returns Drained once InTime is closed; if ctx ends first, everything
// sent has reached nobody.
func (s *Session) Drain(ctx context.Context) front.Delivery {
	select {
	case <-s.InTime:
		return s.Drained
	default:
	}
	select {
	case <-s.InTime:
		return s.Drained
	case <-ctx.Done():
		n := len(s.Sent())
		return front.Delivery{Sent: n, Unreached: n}
	}
}

// Joined makes the event of a member who joins over path.
func Joined(nick string, path peer.Path, rtt time.Duration) peer.MemberChanged {
	return peer.MemberChanged{
		Room: "lobby",
		Member: peer.Member{
			Key: Key(nick), Nick: nick, State: peer.Joined, Path: path, RTT: rtt, Since: Epoch,
		},
		Was: peer.Connecting,
	}
}
