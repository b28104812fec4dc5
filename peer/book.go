package peer

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Bounds on what others can make us keep.
const (
	// maxKnown is how many conversations are known, open or not.
	maxKnown = 1024
	// maxInvited is how many conversations one person may invite us to,
	// maxInvitedAll how many all others may. Of those of one person far fewer are
	// shown until the user answers: see maxRequests. In an hour maxAsked may be begun
	// by all others.
	maxInvited    = 64
	maxInvitedAll = 512
	// maxLeft is how many of several are remembered that were left, so that their
	// invitations do not work again.
	maxLeft = 256
)

// The reasons to ignore an invitation.
var (
	errInvitation = errors.New("the invitation is not for its author and for you")
	errInvited    = fmt.Errorf("more than %d invitations to conversations by one person; leave some with /part, or /ignore who sends them", maxInvited)
	errKnown      = errors.New("too many conversations; leave some with /part")
)

// book lists the conversations that are known, and decides which of them is the
// one of given people. It is pure; a Node guards it by its mu.
type book struct {
	self crypto.PublicKey
	all  map[crypto.RoomID]*conversation
}

func newBook(self crypto.PublicKey) book {
	return book{self: self, all: map[crypto.RoomID]*conversation{}}
}

// chosen is the conversation that members write to: of several begun by
// different members, or on different machines, the one with the lowest room
// id. So all who have the same invitations come to the same choice. nil: there
// is none.
func (b *book) chosen(members crypto.Members) (best *conversation) {
	for _, c := range b.all {
		if slices.Equal(c.members, members) && (best == nil || bytes.Compare(c.keys.ID[:], best.keys.ID[:]) < 0) {
			best = c
		}
	}
	return best
}

// add takes a conversation in, unless it is known, and returns the known one.
// The error is errKnown.
func (b *book) add(c *conversation) (*conversation, error) {
	if known := b.all[c.keys.ID]; known != nil {
		return known, nil
	}
	if len(b.all) >= maxKnown {
		return nil, errKnown
	}
	b.all[c.keys.ID] = c
	return c, nil
}

// invited takes an invitation that author sent in its conversation of two with
// us, or that we sent there to other. nil: it has had its effect already. Of two
// conversations of the same people, the others may not know both; the one that
// all are to write to is passed on. The errors are errInvitation, errInvited and
// errKnown.
func (b *book) invited(g wire.Group, author, other crypto.PublicKey) (*conversation, error) {
	if !g.Members.Has(author) || !g.Members.Has(other) || !g.Members.Has(b.self) || other == b.self ||
		author != b.self && author != other {
		return nil, errInvitation
	}
	c := newGroup(g, author)
	if b.all[c.keys.ID] != nil {
		return nil, nil
	}
	byAuthor, byAll := 0, 0
	for _, x := range b.all {
		if x.isPair() || x.left || x.from == b.self {
			continue
		}
		byAll++
		if x.from == author {
			byAuthor++
		}
	}
	switch {
	case byAuthor >= maxInvited:
		return nil, errInvited
	case byAll >= maxInvitedAll && author != b.self:
		return nil, errKnown
	}
	before := b.chosen(g.Members)
	c, err := b.add(c)
	if err == nil && before != nil && b.chosen(g.Members) == c {
		c.inviting = true
	}
	return c, err
}

// drop forgets a conversation that was left, unless its invitation could be
// taken again, and reports whether it did.
func (b *book) drop(c *conversation) bool {
	left := 0
	for _, x := range b.all {
		if x.left && !x.isPair() {
			left++
		}
	}
	if !c.left || !c.isPair() && left <= maxLeft {
		return false
	}
	delete(b.all, c.keys.ID)
	c.name = "" // free for others
	return true
}
