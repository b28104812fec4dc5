package fronttest

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/peer"
)

// SendFor is as in front.Room; nothing ever expires.
func (r *Room) SendFor(life time.Duration, kind peer.Kind, body string) (string, error) {
	if life < time.Second || life > peer.MaxLife {
		return "", peer.ErrLife
	}
	return r.send(kind, body, "")
}

// Reply is as in front.Room.
func (r *Room) Reply(to string, kind peer.Kind, body string) (string, error) {
	if m, ok := r.View(to); !ok {
		return "", peer.ErrGone
	} else if m.Content != peer.Whole {
		return "", peer.ErrDeleted
	}
	return r.send(kind, body, to)
}

// Edit is as in front.Room; what it returns is no id of anything.
func (r *Room) Edit(id, body string) (string, error) {
	if strings.TrimSpace(body) == "" {
		return "", peer.ErrEmpty
	}
	return r.change(id, true, func(m *peer.Message) { m.Text, m.Edited = body, true })
}

// Delete is as in front.Room.
func (r *Room) Delete(id string) (string, error) {
	return r.change(id, true, func(m *peer.Message) {
		m.Content, m.Text, m.ReplyTo, m.Reactions, m.Edited = peer.Deleted, "", "", nil, false
	})
}

// React is as in front.Room.
func (r *Room) React(id, emoji string, retract bool) (string, error) {
	emoji, ok := text.CleanEmoji(emoji)
	if !ok {
		return "", peer.ErrEmoji
	}
	return r.change(id, false, func(m *peer.Message) { m.Reactions = reacted(m.Reactions, emoji, "alice", retract) })
}

// Reacted makes the event of a member who reacts to a message.
func (r *Room) Reacted(nick, id, emoji string) {
	r.alter(id, func(m *peer.Message) { m.Reactions = reacted(m.Reactions, emoji, nick, false) })
}

// Alter changes a message as other members may, and tells of it.
func (r *Room) Alter(id string, f func(*peer.Message)) { r.alter(id, f) }

func reacted(list []peer.Reaction, emoji, nick string, retract bool) (out []peer.Reaction) {
	found := false
	for _, x := range list {
		if x.Emoji == emoji {
			found = true
			x.By = slices.DeleteFunc(slices.Clone(x.By), func(k crypto.PublicKey) bool { return k == Key(nick) })
			if !retract {
				x.By = append(x.By, Key(nick))
			}
			x.Count, x.Own = len(x.By), slices.Contains(x.By, Key("alice"))
		}
		if x.Count > 0 {
			out = append(out, x)
		}
	}
	if !found && !retract {
		out = append(out, peer.Reaction{Emoji: emoji, Count: 1, By: []crypto.PublicKey{Key(nick)}, Own: nick == "alice"})
	}
	slices.SortStableFunc(out, func(a, b peer.Reaction) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

func (r *Room) change(id string, own bool, f func(*peer.Message)) (string, error) {
	m, ok := r.View(id)
	switch {
	case !ok:
		return "", peer.ErrGone
	case m.Content != peer.Whole:
		return "", peer.ErrDeleted
	case own && !m.Own:
		return "", peer.ErrNotOwn
	}
	r.alter(id, f)
	return id, nil
}

func (r *Room) alter(id string, f func(*peer.Message)) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	for i := range r.history {
		if r.history[i].ID == id {
			f(&r.history[i])
			r.sess.events <- peer.MessageChanged{Message: r.history[i]}
		}
	}
	slices.SortStableFunc(r.history, func(a, b peer.Message) int { return strings.Compare(a.Order, b.Order) })
}

// View is as in front.Room.
func (r *Room) View(id string) (peer.Message, bool) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	i := slices.IndexFunc(r.history, func(m peer.Message) bool { return m.ID == id })
	if i < 0 {
		return peer.Message{}, false
	}
	return r.history[i], true
}

// HistoryBefore is as in front.Room.
func (r *Room) HistoryBefore(order string, limit int) []peer.Message {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	list := r.heard()
	i := slices.IndexFunc(list, func(m peer.Message) bool { return m.Order >= order })
	if i < 0 {
		i = len(list)
	}
	return list[max(0, i-limit):i]
}

// HistoryAfter is as in front.Room.
func (r *Room) HistoryAfter(order string, limit int) []peer.Message {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	list := r.heard()
	i := slices.IndexFunc(list, func(m peer.Message) bool { return m.Order > order })
	if i < 0 {
		return nil
	}
	return list[i:min(len(list), i+limit)]
}

// Holes is as in front.Room.
func (r *Room) Holes() []peer.Hole {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	return slices.Clone(r.holes)
}

// SetHoles says what is missing, and tells of it.
func (r *Room) SetHoles(holes ...peer.Hole) {
	r.sess.mu.Lock()
	defer r.sess.mu.Unlock()
	r.holes = holes
	r.sess.events <- peer.HolesChanged{Room: r.RoomName, Holes: holes}
}

// Compare asks every member who has joined; the events are the test's.
func (r *Room) Compare() (t peer.Transcript) {
	for _, m := range r.Members() {
		if m.State == peer.Joined {
			t.Asked++
		}
	}
	t.Records, t.Digest = len(r.History(1<<30)), strings.Repeat("0123456789abcdef", 4)
	return t
}

// DeliveryOf tells of every member whether it has joined.
func (r *Room) DeliveryOf(id string) (out []peer.MemberDelivery) {
	if m, ok := r.View(id); !ok || !m.Own {
		return nil
	}
	for _, m := range r.Members() {
		d := peer.MemberDelivery{Person: Person(m.Nick), State: peer.Reached, Reason: "has it"}
		if m.State != peer.Joined {
			d.State, d.Reason = peer.NoLink, "no connection"
		}
		out = append(out, d)
	}
	return out
}

// Person names a member by nick; alice is oneself.
func Person(nick string) peer.Person {
	return peer.Person{Key: Key(nick), Nick: nick, Own: nick == "alice"}
}

// People is as in front.Room.
func (r *Room) People(keys ...crypto.PublicKey) (out []peer.Person) {
	for _, k := range keys {
		out = append(out, Person(strings.TrimRight(string(k[:]), "\x00")))
	}
	return out
}
