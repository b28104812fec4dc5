package cli

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Direct is as in front.Session.
func (s *session) Direct(keys ...crypto.PublicKey) (front.Room, error) {
	r, err := s.converse(keys...)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func (s *session) converse(keys ...crypto.PublicKey) (*room, error) {
	r, err := s.node.Direct(keys...)
	if err != nil {
		return nil, err
	}
	return s.adopt(r), nil
}

// restore opens the conversations that were open when the process last ended.
func (s *session) restore() {
	for _, r := range s.node.Conversations() {
		s.adopt(r)
	}
}

// adopt takes a conversation into the list of rooms, unless it is there.
func (s *session) adopt(joined *peer.Room) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := slices.IndexFunc(s.rooms, func(r *room) bool { return r.Room == joined }); i >= 0 {
		return s.rooms[i]
	}
	s.forget()
	return s.list(joined, joined.Keys())
}

// list puts a room into the list. With mu held.
func (s *session) list(joined *peer.Room, keys *crypto.RoomKeys) *room {
	if joined.Between() != nil {
		s.client.history.call(keys.ID, joined.Name())
	}
	r := &room{Room: joined, session: s, keys: keys, meta: s.metaOf(keys.ID)}
	r.lan = s.lan.add(r)
	s.rooms = append(s.rooms, r)
	return r
}

// metaOf is the Meta of a room. With mu held.
func (s *session) metaOf(id crypto.RoomID) Meta {
	if s.metas[id] == nil {
		s.metas[id] = s.client.history.roomMeta(id)
	}
	return s.metas[id]
}

// conversed has the list agree with a conversation that was opened, perhaps
// because another wrote, or closed: before the front hears of it.
func (s *session) conversed(e peer.RoomChanged) {
	now := s.node.Room(e.Room)
	if e.State == peer.RoomJoined {
		if now != nil {
			s.adopt(now)
		}
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rooms = slices.DeleteFunc(s.rooms, func(r *room) bool {
		gone := r.Name() == e.Room && r.Room != now
		if gone && e.Ignored {
			s.lan.drop(r) // the room goes on, and finds its members elsewhere
		}
		return gone
	})
}
