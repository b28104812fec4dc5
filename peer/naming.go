package peer

import (
	"time"

	"gochat/crypto"
	"gochat/internal/text"
)

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
				key := others[i].key
				if nick, ok := n.nickOf(key); ok {
					s := n.standing(nick, key)
					others[i].nick, others[i].first = s.nick, s.claims != "" || n.usedFirst(nick, key, n.nick)
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
// nick that its past knows. The room has not begun; read: its store was read.
func (n *Node) callByNick(r *Room, c *conversation, read bool) {
	if !c.isPair() || read && r.loading.err != nil {
		return
	}
	other := otherOf(c.members, n.Key())
	var nick string
	if pager, ok := r.store.(Pager); ok && !read {
		nick = pagedNick(pager, other)
	} else {
		nick, _ = text.CleanNick(string(r.loading.engine.Nick(other)))
	}
	if nick == "" || c.name != "@"+other.Nickname() {
		return
	}
	if _, _, claims := Standing(n.cfg.Names, nick, other); claims != "" {
		return
	}
	first := n.usedFirst(nick, other, n.cfg.Nick)
	n.mu.Lock()
	defer n.mu.Unlock()
	c.name = chooseName(conversationNames(c, []called{{other, nick, first}}), n.namesInUse())
	r.name = c.name
}

// usedFirst reports whether a key used a nick first, before ourselves, too.
func (n *Node) usedFirst(nick string, key crypto.PublicKey, own string) bool {
	return text.Fold(nick) != text.Fold(own) && n.pinned(nick, key) == key
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
