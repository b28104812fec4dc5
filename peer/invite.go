package peer

import (
	"errors"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// invite tells the others of a conversation of several its secret, unless that
// is done: a record in each conversation of two, which waits there for who is
// away. With opening held.
func (n *Node) invite(c *conversation) error {
	n.mu.Lock()
	due := c.inviting && !c.telling
	n.mu.Unlock()
	if !due {
		return nil
	}
	var pairs []*Room
	for _, k := range c.others(n.Key()) {
		pair, err := crypto.NewMembers(n.Key(), k)
		if err != nil {
			return err
		}
		p, err := n.conversationOf(pair)
		if err != nil {
			return err
		}
		r, err := n.openConversation(p, toCarry)
		if err != nil {
			return err
		}
		pairs = append(pairs, r)
	}
	n.mu.Lock()
	c.telling = true
	n.mu.Unlock()
	n.mail.put(func(now time.Time) { n.tell(now, c, pairs) })
	return nil
}

// tell writes the invitations. If one of them cannot be stored, all are written
// again at the next occasion: they have effect once. Loop only.
func (n *Node) tell(now time.Time, c *conversation, pairs []*Room) {
	missing, failed := len(pairs), false
	written := func(_ wire.RecordID, err error) {
		failed = failed || err != nil
		if missing--; missing > 0 {
			return
		}
		n.mu.Lock()
		c.telling, c.inviting = false, failed
		n.mu.Unlock()
		if err := n.keep(c); err != nil {
			n.conversationNotKept(c, err)
		}
	}
	for _, r := range pairs {
		r.whenReady(now, func(now time.Time) {
			if r.leaving || r.left {
				written(wire.RecordID{}, ErrParted)
				return
			}
			r.stay(now)
			r.append(now, room.Append{Type: wire.RecordInvite, Fields: []wire.Field{c.invitation()}}, written)
		})
	}
}

// converse takes what a conversation delivers: messages make it known to the
// user, invitations lead to others.
func (r *Room) converse(now time.Time, a room.Deliver) {
	switch {
	case r.conversation == nil:
	case a.Record.Type == wire.RecordText:
		if a.Record.Author == r.node.Key() {
			r.node.answeredIn(r.conversation)
		}
		if r.hidden && readable(clean(a.Record.Field(wire.FieldText))) {
			r.addressedBy(now, a.Record.Author)
		}
	case a.Record.Type == wire.RecordInvite && r.conversation.isPair():
		r.invited(a.Record)
	}
}

// invited takes an invitation into a conversation of several. It is kept before
// the record counts as shown, so that a crash in between loses nothing.
func (r *Room) invited(rec *wire.Record) {
	n := r.node
	g, err := wire.ParseGroup(rec.Field(wire.FieldGroup))
	if err != nil {
		return
	}
	n.mu.Lock()
	c, err := n.direct.book.invited(g, rec.Author, otherOf(r.conversation.members, n.Key()))
	n.mu.Unlock()
	switch {
	case errors.Is(err, errInvitation):
		return
	case err != nil:
		from := newGroup(g, rec.Author)
		n.tasks.Go(func() {
			n.direct.opening.Lock()
			defer n.direct.opening.Unlock()
			n.refuseConversation(from, err)
		})
		return
	case c == nil:
		return
	}
	if err := n.keep(c); err != nil {
		n.conversationNotKept(c, err)
	}
	if n.cfg.Unattended {
		return // it is opened when somebody reads
	}
	n.tasks.Go(func() {
		n.direct.opening.Lock()
		defer n.direct.opening.Unlock()
		_, err := n.openConversation(c, byGroup)
		if err == nil {
			err = n.invite(c)
		}
		if err != nil {
			n.refuseConversation(c, err)
		}
	})
}

func (n *Node) conversationNotKept(c *conversation, err error) {
	n.Notify(Notice{Level: Failure, Code: CodeStore,
		Text: "the conversation " + c.name + " will not come back after a restart: " + err.Error()})
}
