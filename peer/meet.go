package peer

import (
	"slices"
	"time"
)

// Who is known from one room is at hand for conversations, too: no bootnode has
// to list him there. Such a member is met: listed for as long as another room
// of both lists or links him.

// meet makes a contact a member of all conversations it is in.
func (n *Node) meet(now time.Time, c *contact) {
	for _, r := range n.rooms {
		if r.conversation != nil && r.admits(c.key) {
			r.meet(now, c, c.selfLower())
		}
	}
}

// meetAll makes members of those who are known from other rooms.
func (r *Room) meetAll(now time.Time) {
	if r.conversation == nil {
		return
	}
	r.quietAt = now.Add(quietFor)
	for _, k := range r.conversation.members {
		if c := r.node.contacts[k]; c != nil {
			r.meet(now, c, r.first)
		}
	}
}

// meet makes a contact a member of a conversation; first: it is ours to open the
// link.
func (r *Room) meet(now time.Time, c *contact, first bool) {
	if r.left || c.gone {
		return
	}
	m := r.memberOf(c)
	if m == nil {
		return
	}
	m.met = true
	if !m.presence.listed {
		m.list(now, first)
		r.callRoll(now)
	}
}

// seek asks for a link with whoever is at hand, but has left the conversation of
// two: what is written opens it again.
func (r *Room) seek(now time.Time) {
	if r.conversation == nil || !r.conversation.isPair() {
		return
	}
	for _, m := range r.members {
		if m.presence.listed && m.presence.state == Left {
			m.list(now, true)
		}
	}
	r.callRoll(now)
}

// absent reports whether a member who refused the link is not in the
// conversation: he left it, or has not been invited yet. He opens the link when he
// comes. One of two opens by itself, so there we go on trying.
func (m *member) absent() bool {
	return m.met && len(m.routes) == 0 && !m.room.conversation.isPair()
}

// elsewhere reports whether another room lists the contact, or links it.
func (m *member) elsewhere() bool {
	return slices.ContainsFunc(m.contact.members, func(x *member) bool {
		return x != m && (len(x.routes) > 0 || !x.met && (x.presence.listed || x.link != nil))
	})
}

// missed reports whether the member is met no more, and listed by nobody else.
func (m *member) missed() bool {
	if !m.met || m.elsewhere() {
		return false
	}
	m.met = false
	return len(m.routes) == 0
}

// missMet looks again at who is met only.
func (c *contact) missMet(now time.Time) {
	for _, m := range slices.Clone(c.members) {
		if m.missed() {
			m.decide(now, m.presence.unlist(now))
		}
	}
}
