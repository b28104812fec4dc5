package peer

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
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

var errAsked = fmt.Errorf("more than %d conversations were begun by others within an hour", maxAsked)

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

// openConversation opens a conversation, or finds it open. With opening held.
func (n *Node) openConversation(c *conversation, why occasion) (*Room, error) {
	if r := n.openRoom(c.keys.ID); r != nil {
		if why == byUser {
			n.mail.put(r.reveal)
		}
		return r, nil
	}
	if why == byAsk || why == byGroup {
		if err := n.mayAsk(time.Now()); err != nil {
			return nil, err
		}
	}
	n.name(c)
	cfg := RoomConfig{Name: c.name, Keys: c.keys, Private: true, Member: c.members.Has, conversation: c}
	if n.cfg.OpenStore != nil {
		store, err := n.cfg.OpenStore(c.keys)
		if err != nil {
			return nil, err
		}
		cfg.Store = store
	}
	r, err := n.newRoom(cfg)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	c.shown, c.left = c.shown || why == byUser, false
	r.hidden = !c.shown
	r.quiet = r.hidden && why == byAsk
	r.first = why == byGroup || c.isPair() && (why == byUser || why == toCarry)
	running := n.running
	n.mu.Unlock()
	n.callByNick(r, c)
	if !r.quiet {
		if err := n.keep(c); err != nil {
			n.vacate(r)
			return nil, err
		}
	}
	if !n.mail.put(func(now time.Time) { r.begin(now, running && !r.hidden) }) {
		n.vacate(r)
		return nil, ErrClosed
	}
	return r, nil
}

// openRoom is the room that has a place under an id; nil: none.
func (n *Node) openRoom(id crypto.RoomID) *Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, r := range n.occupied {
		if r.keys.ID == id {
			return r
		}
	}
	return nil
}

// mayAsk counts conversations that others begin. The error is errAsked or
// ErrDirect. With opening held.
func (n *Node) mayAsk(now time.Time) error {
	d := &n.direct
	if now.Sub(d.askedSince) >= time.Hour {
		d.askedSince, d.asked, d.refused = now, 0, false
	}
	n.mu.Lock()
	open := 0
	for _, r := range n.occupied {
		if r.conversation != nil {
			open++
		}
	}
	n.mu.Unlock()
	// The user's own find room when those of others do not any more.
	if d.asked >= maxAsked || open >= MaxDirect-maxAsked {
		return errAsked
	}
	d.asked++
	return nil
}

// asks opens the conversation of two that another has proved on a link; nil: it
// is not to be. Not called by the loop.
func (n *Node) asks(c *conversation) *Room {
	if n.cfg.Unattended {
		return nil
	}
	n.direct.opening.Lock()
	defer n.direct.opening.Unlock()
	n.mu.Lock()
	known, err := n.direct.book.add(c)
	n.mu.Unlock()
	var r *Room
	if err == nil {
		r, err = n.openConversation(known, byAsk)
	}
	if err == nil {
		return r
	}
	n.refuseConversation(c, err)
	if known == c {
		n.mu.Lock()
		delete(n.direct.book.all, c.keys.ID)
		n.mu.Unlock()
	}
	return nil
}

// refuseConversation tells the user, once an hour. With opening held.
func (n *Node) refuseConversation(c *conversation, why error) {
	d := &n.direct
	if d.refused || errors.Is(why, ErrClosed) || errors.Is(why, ErrJoined) {
		return
	}
	d.refused = true
	from := otherOf(c.members, n.Key())
	if !c.isPair() {
		from = c.from
	}
	n.Notify(Notice{Level: Warning, Code: CodeConversations,
		Text: "a conversation that " + from.Nickname() + "#" + from.Suffix() + " began was not opened: " + why.Error()})
}

// keep remembers a conversation over restarts.
func (n *Node) keep(c *conversation) error {
	n.mu.Lock()
	key, value := c.keptKey(), c.kept()
	if n.direct.book.drop(c) {
		value = nil
	}
	n.mu.Unlock()
	return n.cfg.Meta.SetMeta(key, value)
}

// loadConversations reads what is kept.
func (n *Node) loadConversations() error {
	n.direct.book = newBook(n.Key())
	used := map[string]bool{}
	err := n.cfg.Meta.EachMeta(keptPrefix, func(key string, value []byte) error {
		c, err := parseKept(n.cfg.Identity, key, value)
		if err == nil {
			if folded := text.Fold(c.name); used[folded] {
				c.name = "" // another one's
			} else {
				used[folded] = true
			}
			_, err = n.direct.book.add(c)
		}
		if err != nil {
			n.log.Warn("a conversation is not opened again", "error", err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read conversations: %w", err)
	}
	return nil
}

// name names a conversation that has no name yet. With opening held.
func (n *Node) name(c *conversation) {
	n.mu.Lock()
	named, running := c.name != "", n.running
	n.mu.Unlock()
	if named {
		return
	}
	others := make([]called, 0, len(c.members)-1)
	for _, k := range c.others(n.Key()) {
		others = append(others, called{k, k.Nickname(), true})
	}
	if running { // before, nobody was heard of
		_ = n.do(func(time.Time) {
			for i := range others {
				if nick, ok := n.nickOf(others[i].key); ok {
					others[i].nick, others[i].first = nick, n.pinned(nick, others[i].key) == others[i].key
				}
			}
		})
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	c.name = chooseName(conversationNames(c, others), n.namesInUse())
}

// namesInUse are the names of all conversations known and rooms open, folded.
// With mu held.
func (n *Node) namesInUse() map[string]bool {
	used := map[string]bool{}
	for _, c := range n.direct.book.all {
		used[text.Fold(c.name)] = true
	}
	for _, r := range n.occupied {
		used[text.Fold(r.name)] = true
	}
	return used
}

// callByNick gives a conversation of two that was begun with a bare key the
// nick that its past knows. The room has not begun.
func (n *Node) callByNick(r *Room, c *conversation) {
	if !c.isPair() {
		return
	}
	other := otherOf(c.members, n.Key())
	nick, ok := text.CleanNick(string(r.engine.Nick(other)))
	if !ok || c.name != "@"+other.Nickname() {
		return
	}
	first := n.pinned(nick, other) == other
	n.mu.Lock()
	defer n.mu.Unlock()
	c.name = chooseName(conversationNames(c, []called{{other, nick, first}}), n.namesInUse())
	r.name = c.name
}

// nickOf is the nick that somebody is known by in any room. Loop only.
func (n *Node) nickOf(key crypto.PublicKey) (string, bool) {
	if c := n.contacts[key]; c != nil && len(c.members) > 0 && c.members[0].nick != key.Nickname() {
		return c.members[0].nick, true
	}
	for _, r := range n.rooms {
		if nick, ok := text.CleanNick(string(r.engine.Nick(key))); ok {
			return nick, true
		}
	}
	return "", false
}

// recentOf is for how long before the first meeting a room's messages are news.
func recentOf(c *conversation) time.Duration {
	if c == nil {
		return 0
	}
	return room.DefaultKeep // they were all written to us
}
