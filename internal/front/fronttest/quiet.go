package fronttest

import (
	"slices"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Ignore is as in front.Session, but that what was said stays in the history,
// marked.
func (s *Session) Ignore(key crypto.PublicKey, on bool) error {
	if key == s.Key() {
		return peer.ErrIgnoreSelf
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ignored = slices.DeleteFunc(s.ignored, func(k crypto.PublicKey) bool { return k == key })
	if on {
		s.ignored = append(s.ignored, key)
	}
	who := Person(KeyName(key))
	who.Ignored = on
	s.events <- peer.IgnoreChanged{Person: who}
	for _, r := range s.rooms {
		for i := range r.members {
			if m := &r.members[i]; m.Key == key {
				m.Ignored = on
				s.events <- peer.MemberChanged{Room: r.RoomName, Member: *m, Was: m.State}
			}
		}
		for i := range r.history {
			if m := &r.history[i]; m.Author == key {
				m.Ignored = on
			}
		}
	}
	return nil
}

// AllIgnored is as in front.Session, in the order they were ignored.
func (s *Session) AllIgnored() (out []peer.Person) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.ignored {
		p := Person(KeyName(k))
		p.Ignored = true
		out = append(out, p)
	}
	return out
}

// heard are the messages of those who are not ignored. With mu held.
func (r *Room) heard() []peer.Message {
	return slices.DeleteFunc(slices.Clone(r.history), func(m peer.Message) bool { return m.Ignored })
}

// SetAway is as in front.Session.
func (s *Session) SetAway(away bool, why string) error {
	if len(why) > peer.MaxStatus {
		return peer.ErrStatus
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = peer.Away{Away: away, Text: why}
	return nil
}

// Away is as in front.Session.
func (s *Session) Away() peer.Away {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.away
}

// Muted is as in front.Room.
func (r *Room) Muted() front.Mute {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return r.muted
}

// SetMuted is as in front.Room.
func (r *Room) SetMuted(m front.Mute) error {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.muted = m
	return nil
}
