package peer

import (
	"cmp"
	"fmt"
	"slices"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

const (
	// MaxDirect is how many conversations may be open at once, besides rooms.
	MaxDirect = 512
	// maxAsked of them, and within an hour, may be begun by others.
	maxAsked = 256
	// quietFor is how long a conversation that another began stays open without a
	// link and a message.
	quietFor = time.Minute
)

// CodeConversations is the code of notices about conversations that others
// wanted to begin, and that were refused.
const CodeConversations = "conversation-refused"

// Errors of Direct.
var (
	ErrDirect = fmt.Errorf("%d conversations are open, and no more are possible; /part some first", MaxDirect)
	ErrGroup  = fmt.Errorf("a conversation has at most %d members; use a room", wire.MaxGroup)
)

// direct is what a Node needs for conversations. They are opened one at a time,
// never by the loop, which must not wait for a store.
type direct struct {
	opening sync.Mutex
	book    book // guarded by Node.mu

	// guarded by opening
	askedSince time.Time // when the hour began in which so many were begun by others
	asked      int
	refused    bool // and the user was told
}

// occasion is why a conversation is opened.
type occasion int

const (
	byUser  occasion = iota // the user begins it, or goes to it
	byAsk                   // another proved it on a link
	byGroup                 // somebody invited us
	toCarry                 // an invitation has to be carried
	byPast                  // it was open when the process last ended
)

// Direct is the conversation of these people and oneself: a room that only they
// are in. It is opened if it is not open yet, at any time before Run has ended,
// and told as RoomChanged as by Join. The errors are crypto.ErrMembers,
// crypto.ErrNobodysKey, ErrGroup, ErrDirect, ErrClosed or the store's.
func (n *Node) Direct(keys ...crypto.PublicKey) (*Room, error) {
	members, err := crypto.NewMembers(append(slices.Clone(keys), n.Key())...)
	switch {
	case err != nil:
		return nil, err
	case len(members) > wire.MaxGroup:
		return nil, ErrGroup
	}
	n.direct.opening.Lock()
	defer n.direct.opening.Unlock()
	c, err := n.conversationOf(members)
	if err != nil {
		return nil, err
	}
	r, err := n.openConversation(c, byUser)
	if err != nil {
		return nil, err
	}
	return r, n.invite(c)
}

// conversationOf finds or begins the conversation of its members. With opening
// held.
func (n *Node) conversationOf(members crypto.Members) (*conversation, error) {
	for _, k := range members {
		if k != n.Key() {
			if _, err := crypto.DirectKey(n.cfg.Identity, k); err != nil {
				return nil, err // before anything is sent to the others
			}
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if c := n.direct.book.chosen(members); c != nil {
		return c, nil
	}
	if len(members) > 2 {
		c := newGroup(wire.Group{Secret: crypto.NewGroupSecret(), Members: members}, n.Key())
		c.inviting = true
		return n.direct.book.add(c)
	}
	c, err := newPair(n.cfg.Identity, otherOf(members, n.Key()))
	if err != nil {
		return nil, err
	}
	return n.direct.book.add(c)
}

// otherOf is the other one of two members.
func otherOf(members crypto.Members, self crypto.PublicKey) crypto.PublicKey {
	if members[0] == self {
		return members[1]
	}
	return members[0]
}

// Conversations opens those that were open when the process last ended, and
// returns those of them that the user knows of, in the order of their names. What
// cannot be opened is told as a Notice.
func (n *Node) Conversations() (list []*Room) {
	n.direct.opening.Lock()
	defer n.direct.opening.Unlock()
	n.mu.Lock()
	var open []*conversation
	for _, c := range n.direct.book.all {
		if !c.left {
			open = append(open, c)
		}
	}
	n.mu.Unlock()
	slices.SortFunc(open, func(a, b *conversation) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.keptKey(), b.keptKey()))
	})
	for _, c := range open {
		r, err := n.openConversation(c, byPast)
		if err == nil {
			err = n.invite(c)
		}
		if err != nil {
			n.Notify(Notice{Level: Failure, Code: CodeStore, Text: "the conversation " + c.name + " cannot be opened: " + err.Error()})
		}
		if r != nil && n.Room(r.name) == r {
			list = append(list, r)
		}
	}
	return list
}

// recentOf is for how long before the first meeting a room's messages are news.
func recentOf(c *conversation) time.Duration {
	if c == nil {
		return 0
	}
	return room.DefaultKeep // they were all written to us
}
