package peer

import (
	"slices"
	"time"

	"gochat/crypto"
)

// A room that is a conversation may be hidden: it is open and linked, but the
// user is told only when the first message comes, or when he goes there; it is
// hidden again if he ignores whoever alone has said something in it. It may
// be quiet, too: begun by another, and not worth a place at a bootnode or a line
// in the profile until something is said in it.

// Between are the members of a conversation, oneself included; nil: the room is
// no conversation.
func (r *Room) Between() crypto.Members {
	if r.conversation == nil {
		return nil
	}
	return slices.Clone(r.conversation.members)
}

// Keys are the room's keys.
func (r *Room) Keys() *crypto.RoomKeys { return r.keys }

// Room is the room of that name that the user knows of; nil: there is none.
func (n *Node) Room(name string) *Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.occupied {
		if r.name == name && (r.conversation == nil || r.conversation.shown) {
			return r
		}
	}
	return nil
}

// reveal tells the user of a hidden conversation. Loop only.
func (r *Room) reveal(now time.Time) {
	if !r.hidden || r.left {
		return
	}
	n, c := r.node, r.conversation
	r.hidden = false
	n.mu.Lock()
	c.shown, c.withheld, c.folded = true, false, false
	n.mu.Unlock()
	r.emit(RoomChanged{Room: r.name, State: RoomJoined, Direct: true})
	for _, m := range r.members {
		if m.last.State != Left {
			r.emit(MemberChanged{Room: r.name, Member: m.last, Was: Left})
		}
	}
	if r.quiet {
		r.stay(now)
		return
	}
	if err := n.keep(c); err != nil {
		n.conversationNotKept(c, err)
	}
}

// hide takes a conversation from the user in which only those have said something
// whom he ignores. It goes on, and comes back when one of them is ignored no more.
// Loop only.
func (r *Room) hide() {
	n, c := r.node, r.conversation
	r.emit(RoomChanged{Room: r.name, State: RoomParted, Direct: true, Ignored: true})
	r.hidden = true
	n.mu.Lock()
	c.shown, c.withheld = false, true
	n.mu.Unlock()
	if err := n.keep(c); err != nil {
		n.Notify(Notice{Level: Failure, Code: CodeStore,
			Text: "the conversation " + r.name + " will be listed again after a restart: " + err.Error()})
	}
}

// stay ends the quiet: the conversation is kept, and may be joined at bootnodes,
// so that its members meet without another room. Loop only.
func (r *Room) stay(now time.Time) {
	if !r.quiet || r.left {
		return
	}
	n := r.node
	r.quiet = false
	if err := n.keep(r.conversation); err != nil {
		n.conversationNotKept(r.conversation, err)
	}
	for _, b := range n.boots {
		b.register(now, r)
	}
}

// checkQuiet leaves a quiet conversation that has no link any more.
func (r *Room) checkQuiet(now time.Time) {
	if !r.quiet || now.Before(r.quietAt) {
		return
	}
	r.quietAt = now.Add(quietFor)
	for _, m := range r.members {
		if m.link != nil {
			return
		}
	}
	r.leaving = true
	r.checkLeave(now)
}

// closed notes that the conversation is left.
func (r *Room) closed() {
	n, c := r.node, r.conversation
	if c == nil {
		return
	}
	n.mu.Lock()
	c.left, c.shown, c.withheld, c.folded = true, false, false, false
	n.mu.Unlock()
	if err := n.keep(c); err != nil {
		n.Notify(Notice{Level: Failure, Code: CodeStore,
			Text: "the conversation " + r.name + " will come back after a restart: " + err.Error()})
	}
}

// successor is the room in which a conversation of several goes on if it was
// begun twice; nil: here. Not called by the loop.
func (r *Room) successor() (*Room, error) {
	n, c := r.node, r.conversation
	if c == nil || c.isPair() {
		return nil, nil
	}
	n.mu.Lock()
	best := n.direct.book.chosen(c.members)
	moved := best != nil && best != c
	told := c.moved
	c.moved = c.moved || moved
	n.mu.Unlock()
	if !moved {
		return nil, nil
	}
	to, err := n.Direct(c.members...)
	if err == nil && !told {
		n.Notify(Notice{Room: r.name, Level: Info, Code: CodeMoved,
			Text: "this conversation was begun twice; it goes on in " + to.name})
	}
	return to, err
}

// CodeMoved is the code of the notice that a conversation goes on elsewhere.
const CodeMoved = "conversation-moved"
