package peer

import (
	"errors"
	"fmt"
	"time"

	"gochat/crypto"
)

var errAsked = fmt.Errorf("more than %d conversations were begun by others within an hour", maxAsked)

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

// handle is what somebody is called, with the suffix of his key. Not called by the
// loop.
func (n *Node) handle(key crypto.PublicKey) (handle string) {
	handle = key.Nickname() + "#" + key.Suffix()
	_ = n.do(func(time.Time) { handle = n.personAnywhere(key).Nick + "#" + key.Suffix() })
	return handle
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
	if n.Ignored(from) {
		return
	}
	n.Notify(Notice{Level: Warning, Code: CodeConversations,
		Text: "a conversation that " + n.handle(from) + " began was not opened: " + why.Error()})
}
