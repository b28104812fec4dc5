package cli

import (
	"gochat/crypto"
	"gochat/internal/front"
	"gochat/peer"
)

// Ignore is as in front.Session.
func (s *session) Ignore(key crypto.PublicKey, on bool) error { return s.node.Ignore(key, on) }

// AllIgnored is as in front.Session.
func (s *session) AllIgnored() []peer.Person { return s.node.AllIgnored() }

// SetAway is as in front.Session.
func (s *session) SetAway(away bool, why string) error { return s.node.SetAway(away, why) }

// Away is as in front.Session.
func (s *session) Away() peer.Away { return s.node.Away() }

// muted is the Meta key of front.Room's Muted.
const muted = "muted"

// Muted is as in front.Room. What is kept is read once: it is asked for with each
// message.
func (r *room) Muted() front.Mute {
	r.quiet.Lock()
	defer r.quiet.Unlock()
	if !r.quietKnown {
		v, err := r.meta.Meta(muted)
		if err != nil {
			r.session.client.log.Warn("whether a room is muted is not known", "error", err)
		}
		r.muted, r.quietKnown = front.ParseMute(string(v)), true
	}
	return r.muted
}

// SetMuted is as in front.Room.
func (r *room) SetMuted(m front.Mute) error {
	r.quiet.Lock()
	defer r.quiet.Unlock()
	r.muted, r.quietKnown = m, true
	return r.meta.SetMeta(muted, []byte(m.String()))
}
