package cli

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"gochat/crypto"
	"gochat/internal/config"
	"gochat/internal/front"
	"gochat/peer"
)

// room is a front.Room.
type room struct {
	*peer.Room
	session *session
	keys    *crypto.RoomKeys
	meta    Meta
	bell    atomic.Value // front.Bell, once it is known
	lan     *search      // for bootnodes nearby; nil: some were named
	secret  string       // for invites; "": an open room
	again   bool         // joined by an invite, and not for the first time

	quiet      sync.Mutex // guards what follows
	quietKnown bool
	muted      front.Mute
}

var _ front.Room = (*room)(nil)

// Rooms is as in front.Session.
func (s *session) Rooms() []front.Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]front.Room, len(s.rooms))
	for i, r := range s.rooms {
		list[i] = r
	}
	return list
}

// Join is as in front.Session.
func (s *session) Join(e front.Entry) (front.Room, error) {
	if e.Invite != "" {
		if e.Name != "" || e.Secret != "" || e.SecretFile != "" {
			return nil, errInvitedTwice
		}
		return s.joinInvited(e.Invite)
	}
	if err := config.CheckRoom(e.Name); err != nil {
		return nil, fmt.Errorf("the room's name cannot be used: %w; it may have %s", err, config.RoomsAllowed)
	}
	secret := e.Secret
	if e.SecretFile != "" {
		var warning string
		var err error
		if secret, warning, err = config.ReadSecret(e.SecretFile); err != nil {
			return nil, fmt.Errorf("the secret file %s %w", e.SecretFile, err)
		}
		if warning != "" {
			s.node.Notify(peer.Notice{Level: peer.Warning, Code: "configuration", Text: warning})
		}
	}
	if err := config.CheckSecret(secret); err != nil {
		return nil, fmt.Errorf("the secret is %w", err)
	}
	return s.enter(e.Name, secret, welcome{})
}

// enter joins a room by its name and secret.
func (s *session) enter(name, secret string, w welcome) (*room, error) {
	r, err := s.join(name, deriveKeys(s.client.profile, name, secret, s.client.log), secret, w)
	if err == nil && !r.again {
		s.greet(name, w)
	}
	return r, err
}

// join joins a room. The event of it reaches the front only once the room is
// in the list, since the list is locked meanwhile.
func (s *session) join(name string, keys *crypto.RoomKeys, secret string, w welcome) (*room, error) {
	s.importing.Lock()
	defer s.importing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	h := s.client.history
	kept, err := h.room(keys.ID, name)
	if err != nil {
		return nil, err
	}
	inviter, again := s.inviter(s.metaOf(keys.ID), w)
	joined, err := s.node.Join(peer.RoomConfig{
		Name: name, Keys: keys, Private: secret != "", Store: kept, Retention: h.retention(name),
		Silent: s.client.seeks(), Inviter: inviter,
	})
	if err != nil {
		return nil, err
	}
	r := s.list(joined, keys)
	r.secret, r.again = secret, again
	s.joined(name)
	return r, nil
}

// forget keeps of rooms that are gone only what became of their messages. With
// mu held.
func (s *session) forget() {
	now, cancel := context.WithCancel(context.Background())
	cancel()
	s.left = slices.DeleteFunc(s.left, func(r *room) bool {
		select {
		case <-r.Gone():
			add(&s.parted, r.Drain(now))
			return true
		default:
			return false
		}
	})
}

// Part is as in front.Room.
func (r *room) Part() {
	s := r.session
	s.mu.Lock()
	i := slices.Index(s.rooms, r)
	if i >= 0 {
		s.rooms = slices.Delete(s.rooms, i, i+1)
		s.left = append(s.left, r)
	}
	s.mu.Unlock()
	r.Leave()
	if i >= 0 {
		s.lan.remove(r)
	}
}

// lost takes a room out of the list that could not be read, before the front
// hears of it. If the process was started for it, that is its end.
func (s *session) lost(e peer.RoomChanged) {
	now := s.node.Room(e.Room)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms = slices.DeleteFunc(s.rooms, func(r *room) bool {
		gone := r.Name() == e.Room && r.Room != now
		if gone {
			s.lan.remove(r)
		}
		return gone
	})
	if slices.ContainsFunc(s.client.cfg.Rooms, func(r config.Room) bool { return r.Name == e.Room }) {
		s.unread.CompareAndSwap(nil, e.Err)
	}
}

// readUpTo is the Meta key of front.Room's ReadUpTo.
const readUpTo = "read up to"

// ReadUpTo is as in front.Room.
func (r *room) ReadUpTo() string {
	v, err := r.meta.Meta(readUpTo)
	if err != nil {
		r.session.client.log.Warn("what was read in a room is not known", "error", err)
	}
	return string(v)
}

// bellLevel is the Meta key of front.Room's Bell.
const bellLevel = "bell"

// Bell is as in front.Room. It is asked for with each message, and read once.
func (r *room) Bell() front.Bell {
	if level, ok := r.bell.Load().(front.Bell); ok {
		return level
	}
	v, err := r.meta.Meta(bellLevel)
	if err != nil {
		r.session.client.log.Warn("what a room calls the user for is not known", "error", err)
	}
	level, _ := front.ParseBell(string(v))
	r.bell.Store(level)
	return level
}

// SetBell is as in front.Room.
func (r *room) SetBell(b front.Bell) {
	r.bell.Store(b)
	if err := r.meta.SetMeta(bellLevel, []byte(b)); err != nil {
		r.session.client.log.Warn("what a room calls the user for is not kept", "error", err)
	}
}

// SetReadUpTo is as in front.Room.
func (r *room) SetReadUpTo(order string) {
	if err := r.meta.SetMeta(readUpTo, []byte(order)); err != nil {
		r.session.client.log.Warn("what was read in a room is not kept", "error", err)
	}
}
