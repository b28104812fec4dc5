package peer

import (
	"fmt"

	"gochat/internal/text"
)

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
