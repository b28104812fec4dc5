package fronttest

import (
	"cmp"

	"gochat/internal/front"
	"gochat/peer"
)

// TypingUse is as in front.Session.
func (s *Session) TypingUse() peer.TypingUse {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.typing
}

// SetTypingUse is as in front.Session.
func (s *Session) SetTypingUse(u peer.TypingUse) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typing = u
}

// Typing is as in front.Room.
func (r *Room) Typing() {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.typed++
}

// Typed is how often Typing was called.
func (r *Room) Typed() int {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return r.typed
}

// Bell is as in front.Room.
func (r *Room) Bell() front.Bell {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return cmp.Or(r.bell, front.BellMention)
}

// SetBell is as in front.Room.
func (r *Room) SetBell(b front.Bell) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.bell = b
}
