package peer

import (
	"time"

	"gochat/room"
)

// Typing says that a member began to write in a room, or stopped. Nothing of it
// is stored, and in rooms of more than 50 it is not told.
type Typing struct {
	Room string
	Person
	On bool
}

func (Typing) event() {}

// TypingUse says what is told of writing that is not sent yet, and to whom.
type TypingUse struct {
	Tell bool // others learn when we write
	Hear bool // we learn when others do
}

// TypingUse is what Config.Typing said, or SetTypingUse since.
func (n *Node) TypingUse() TypingUse {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.typing
}

// SetTypingUse changes what is told of writing, in all rooms.
func (n *Node) SetTypingUse(u TypingUse) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.typing = u
}

// Typing says that the user is writing in this room, as often as he presses a
// key: the others are told once in three seconds at most, and not at all if
// TypingUse says so. It does not wait.
func (r *Room) Typing() {
	if !r.node.TypingUse().Tell {
		return
	}
	r.node.mail.put(func(now time.Time) {
		if r.isReady() && !r.left && !r.leaving {
			r.step(now, room.Typing{})
		}
	})
}

// tellTyping puts what the engine has heard into an event. What was told ends,
// also when nothing more is to be heard.
func (r *Room) tellTyping(a room.TypingChanged) {
	if a.On && (!r.node.TypingUse().Hear || r.node.Ignored(a.Peer)) || !a.On && !r.writers[a.Peer] {
		return
	}
	if a.On {
		r.writers[a.Peer] = true
	} else {
		delete(r.writers, a.Peer)
	}
	r.emit(Typing{Room: r.name, Person: r.person(a.Peer), On: a.On})
}
