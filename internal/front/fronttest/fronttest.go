// Package fronttest is a front.Session without a network, for the tests of
// the fronts. Only tests import it.
package fronttest

import (
	"cmp"
	"context"
	"errors"
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

// Session is a front.Session that keeps what it is told. Of its rooms the
// embedded one is the first.
type Session struct {
	*Room
	Drained front.Delivery // what Drain returns when it may take its time
	InTime  chan struct{}  // closed: everything is delivered
	JoinErr error          // what Join fails with
	Near    bool           // no bootnode was named
	// ID makes the id of the n-th message; nil: all begin with zeros.
	ID func(n int) string
	// JoinTakes is how long Join takes.
	JoinTakes time.Duration

	mu       sync.Mutex
	nick     string
	typing   peer.TypingUse
	verified map[crypto.PublicKey]bool
	ignored  []crypto.PublicKey
	requests []peer.Requests
	away     peer.Away
	rooms    []*Room
	all      []*Room // those that were left too
	messages int
	events   chan peer.Event
}

// New makes a session of alice in the open room lobby.
func New() *Session {
	s := &Session{nick: "alice", InTime: make(chan struct{}), events: make(chan peer.Event, 100_000)}
	s.Room = s.Add("lobby")
	return s
}

// Add puts the session into a room, without an event.
func (s *Session) Add(name string) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Room{RoomName: name, RoomWord: "amber-fox", sess: s}
	s.rooms, s.all = append(s.rooms, r), append(s.all, r)
	return r
}

// Key and Nick are as in front.Session.
func (s *Session) Key() crypto.PublicKey { return Key("alice") }

// Nick is as in front.Session.
func (s *Session) Nick() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nick
}

// SetNick takes every nick the real one would.
func (s *Session) SetNick(nick string) (kept bool, err error) {
	if err := text.ValidNick(nick); err != nil {
		return false, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.nick = nick
	return true, nil
}

// Rooms is as in front.Session.
func (s *Session) Rooms() []front.Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]front.Room, len(s.rooms))
	for i, r := range s.rooms {
		list[i] = r
	}
	return list
}

// Join is as in front.Session; every secret will do.
func (s *Session) Join(e front.Entry) (front.Room, error) {
	time.Sleep(s.JoinTakes)
	if s.JoinErr != nil {
		return nil, s.JoinErr
	}
	if e.Invite != "" {
		e.Name = "invited"
	}
	if front.Find(s, e.Name) != nil {
		return nil, peer.ErrJoined
	}
	r := s.Add(e.Name)
	r.IsPrivate = e.Secret != "" || e.SecretFile != ""
	s.Emit(peer.RoomChanged{Room: e.Name, State: peer.RoomJoined})
	return r, nil
}

// Sent lists the texts sent so far, in all rooms.
func (s *Session) Sent() (texts []string) {
	s.mu.Lock()
	all := slices.Clone(s.all)
	s.mu.Unlock()
	for _, r := range all {
		for _, m := range r.History(1 << 30) {
			if m.Own {
				texts = append(texts, m.Text)
			}
		}
	}
	return texts
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

// Room is a front.Room that keeps what it is told.
type Room struct {
	RoomName, RoomWord string
	IsPrivate          bool
	IsBetween          crypto.Members
	// Reading keeps the room from being ready until it is closed; nil: it is.
	Reading chan struct{}

	sess    *Session // whose mu guards what follows
	members []peer.Member
	history []peer.Message
	read    string
	holes   []peer.Hole
	muted   front.Mute
	bell    front.Bell
	typed   int
}

// Name, Private and Word are as in front.Room.
func (r *Room) Name() string  { return r.RoomName }
func (r *Room) Private() bool { return r.IsPrivate }
func (r *Room) Word() string  { return r.RoomWord }

// Ready is as in front.Room.
func (r *Room) Ready() <-chan struct{} {
	if r.Reading != nil {
		return r.Reading
	}
	ready := make(chan struct{})
	close(ready)
	return ready
}

// MaxText is the longest message Send takes, in bytes.
const MaxText = 100 << 10

// Send emits the message as an event, as the real room does.
func (r *Room) Send(kind peer.Kind, body string) (string, error) { return r.send(kind, body, "") }

func (r *Room) send(kind peer.Kind, body, replyTo string) (string, error) {
	if strings.TrimSpace(body) == "" {
		return "", peer.ErrEmpty
	}
	if len(body) > MaxText {
		return "", peer.ErrTooLong
	}
	<-r.Ready()
	m := r.Say("alice", body)
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	m.Kind, m.Own, m.ReplyTo = kind, true, replyTo
	r.history[len(r.history)-1] = m
	r.sess.events <- peer.MessageEvent{Message: m}
	return m.ID, nil
}

// Say makes the next message in order, by the member called nick, and keeps
// it in the history. It emits no event.
func (r *Room) Say(nick, body string) peer.Message {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.sess.messages++
	n := r.sess.messages
	id := fmt.Sprintf("%064x", n)
	if r.sess.ID != nil {
		id = r.sess.ID(n)
	}
	m := peer.Message{
		ID: id, Order: fmt.Sprintf("%08d", n), Room: r.RoomName,
		Author: Key(nick), Nick: nick, Text: body, Time: Epoch.Add(time.Duration(n) * time.Minute),
	}
	m.Ignored = slices.Contains(r.sess.ignored, m.Author)
	r.history = append(r.history, m)
	return m
}

// Members is as in front.Room.
func (r *Room) Members() []peer.Member {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return slices.Clone(r.members)
}

// SetMembers says who is here, without an event.
func (r *Room) SetMembers(members ...peer.Member) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.members = members
}

// History is as in front.Room.
func (r *Room) History(limit int) []peer.Message {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	list := r.heard()
	return list[max(0, len(list)-limit):]
}

// Part is as in front.Room.
func (r *Room) Part() {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.sess.rooms = slices.DeleteFunc(r.sess.rooms, func(x *Room) bool { return x == r })
	r.sess.events <- peer.RoomChanged{Room: r.RoomName, State: peer.RoomParted}
}

// ReadUpTo is as in front.Room.
func (r *Room) ReadUpTo() string {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return r.read
}

// SetReadUpTo is as in front.Room.
func (r *Room) SetReadUpTo(order string) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.read = order
}

// Joined makes the event of a member who joins lobby over path.
func Joined(nick string, path peer.Path, rtt time.Duration) peer.MemberChanged {
	return peer.MemberChanged{
		Room: "lobby",
		Member: peer.Member{
			Key: Key(nick), Nick: nick, State: peer.Joined, Path: path, RTT: rtt, Since: Epoch,
		},
		Was: peer.Connecting,
	}
}

// Import is as in front.Session: every file holds three new records.
func (s *Session) Import(room, _, file string) (string, peer.Imported, error) {
	if file == "" {
		return "", peer.Imported{}, errors.New("no file")
	}
	return cmp.Or(room, "lobby"), peer.Imported{New: 3}, nil
}

// Search is as in front.Room, but that the query is one text to be found.
func (r *Room) Search(query string, limit int) (found []peer.Message, err error) {
	if query == "" {
		return nil, errors.New("nothing to search for")
	}
	for _, m := range r.History(1 << 20) {
		if strings.Contains(m.Text, query) {
			found = append(found, m)
		}
	}
	return found[max(0, len(found)-limit):], nil
}
