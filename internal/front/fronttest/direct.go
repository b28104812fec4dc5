package fronttest

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Direct is as in front.Session. The conversation is called after the keys, which
// Key made.
func (s *Session) Direct(keys ...crypto.PublicKey) (front.Room, error) {
	members, err := crypto.NewMembers(append(slices.Clone(keys), s.Key())...)
	if err != nil {
		return nil, err
	}
	name := "@"
	for _, k := range members {
		if k != s.Key() {
			name += KeyName(k) + ","
		}
	}
	name = name[:len(name)-1]
	if r := front.Find(s, name); r != nil {
		return r, nil
	}
	r := s.Converse(name, members)
	s.Emit(peer.RoomChanged{Room: name, State: peer.RoomJoined, Direct: true})
	return r, nil
}

// Converse puts the session into a conversation, without an event.
func (s *Session) Converse(name string, members crypto.Members) *Room {
	r := s.Add(name)
	r.IsPrivate, r.IsBetween = true, members
	return r
}

// KeyName is the name that Key made a key of.
func KeyName(k crypto.PublicKey) string {
	end := slices.Index(k[:], 0)
	if end < 0 {
		end = len(k)
	}
	return string(k[:end])
}

// Between is as in front.Room.
func (r *Room) Between() crypto.Members { return r.IsBetween }

// Requests is as in front.Session: what SetRequests has said.
func (s *Session) Requests() []peer.Requests {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.requests)
}

// SetRequests says who has begun more conversations than are listed.
func (s *Session) SetRequests(list ...peer.Requests) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = list
}

// ShowRequests is as in front.Session, but that no room comes of it.
func (s *Session) ShowRequests(key crypto.PublicKey) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = slices.DeleteFunc(s.requests, func(q peer.Requests) bool {
		if q.Key == key {
			n += q.Count
		}
		return q.Key == key
	})
	return n
}
