package cli

import (
	"context"
	"sync"
	"sync/atomic"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// room gives the embedded peer.Room a field name of its own, so that Room can
// be the method front.Session has.
type room = peer.Room

// session is a node and its room as the fronts drive them. It watches the
// events that decide the exit code on their way to the front.
type session struct {
	*room
	node   *peer.Node
	events chan peer.Event
	quit   chan struct{}
	once   sync.Once
	cancel context.CancelFunc

	unreachable chan string // addresses of bootnodes found on the LAN that fail

	registered chan struct{} // closed when a named bootnode has answered; or none was named
	keyRefused atomic.Bool
}

var _ front.Session = (*session)(nil)

// newSession makes a session that counts on a bootnode's answer if one was
// named.
func newSession(n *peer.Node, r *peer.Room, named bool, cancel context.CancelFunc) *session {
	s := &session{
		room: r, node: n, cancel: cancel, events: make(chan peer.Event), quit: make(chan struct{}),
		unreachable: make(chan string, 16), registered: make(chan struct{}),
	}
	if !named {
		close(s.registered)
	}
	return s
}

func (s *session) Room() string              { return s.Name() }
func (s *session) RoomWord() string          { return s.Word() }
func (s *session) Key() crypto.PublicKey     { return s.node.Key() }
func (s *session) Events() <-chan peer.Event { return s.events }

func (s *session) Nick() string              { return s.node.Nick() }
func (s *session) SetNick(nick string) error { return s.node.SetNick(nick) }

// Mark is as in front.Session.
func (s *session) Mark() { s.node.Mark() }

// Drain is the room's, but gives a named bootnode the time to answer first:
// until then nobody can be known to be there, and a script with nothing to say
// would take a bootnode for dead that it never waited for.
func (s *session) Drain(ctx context.Context) front.Delivery {
	select {
	case <-s.registered:
	case <-ctx.Done():
	}
	return s.room.Drain(ctx)
}

// answered reports whether a named bootnode has answered, or none was named.
func (s *session) answered() bool {
	select {
	case <-s.registered:
		return true
	default:
		return false
	}
}

// forward hands events on until the node's stream ends; once the front has
// stopped they are only watched.
func (s *session) forward() {
	defer close(s.events)
	for e := range s.node.Events() {
		s.watch(e)
		select {
		case s.events <- e:
		case <-s.quit:
		}
		if s.keyRefused.Load() {
			s.cancel() // now that the front has been told why
		}
	}
}

func (s *session) watch(e peer.Event) {
	switch e := e.(type) {
	case peer.BootnodeChanged:
		if e.State == peer.BootnodeRegistered && !s.answered() {
			close(s.registered)
		}
		if e.State == peer.BootnodeUnreachable && e.Embedded {
			select {
			case s.unreachable <- e.Address:
			default: // it is told again as long as it fails
			}
		}
	case peer.Notice:
		if e.Code == peer.CodeBootnodeKey {
			s.keyRefused.Store(true)
		}
	}
}

// stop says that the front reads no more.
func (s *session) stop() { s.once.Do(func() { close(s.quit) }) }
