package peer

import (
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Who is ignored is still a member: the log has to be the same everywhere, so
// what he writes is stored and passed on, and he gets what we write. It is only
// kept from the user: no event tells of his messages, changes and reactions, no
// page of the history has them, no conversation opens because he writes, and those
// in which nobody else has said anything are hidden.

// IgnoreChanged says that the user ignores somebody from now on, or does no
// more: what is on the screen is to be shown anew.
type IgnoreChanged struct {
	Person
}

func (IgnoreChanged) event() {}

// Ignore has the user not hear of the owner of a key any more, or (not on) hear
// of him again, with what was said meanwhile in the history. What changes is told
// at once. The error is ErrIgnoreSelf or that of Config.Names.
func (n *Node) Ignore(key crypto.PublicKey, on bool) error {
	if key == n.Key() {
		return ErrIgnoreSelf
	}
	if n.Ignored(key) == on {
		return nil
	}
	if err := n.cfg.Names.Ignore(key, on); err != nil {
		return err
	}
	return n.do(func(now time.Time) { n.ignoreChanged(now, key) })
}

// Ignored reports whether the user ignores the owner of a key.
func (n *Node) Ignored(key crypto.PublicKey) bool { return n.cfg.Names.Ignored(key) }

// AllIgnored are those whom the user ignores, in the order of their keys.
func (n *Node) AllIgnored() (out []Person) {
	keys := n.cfg.Names.AllIgnored()
	_ = n.do(func(time.Time) {
		for _, k := range keys {
			out = append(out, n.personAnywhere(k))
		}
	})
	return out
}

// ignoreChanged tells of it, and of conversations that are heard of again. Loop
// only.
func (n *Node) ignoreChanged(now time.Time, key crypto.PublicKey) {
	n.events.Put(IgnoreChanged{n.personAnywhere(key)})
	for _, r := range n.rooms {
		if m := r.members[key]; m != nil {
			m.report()
		}
		r.revealWithheld(now)
		if r.isOnlyOf(key) {
			r.hide()
		}
	}
}

// isOnlyOf reports whether a conversation that the user knows of is that with the
// owner of a key, whom he ignores, or was begun by that one, and nobody has said
// anything in it whom he hears, nor he himself. Loop only.
func (r *Room) isOnlyOf(key crypto.PublicKey) bool {
	c := r.conversation
	if c == nil || r.hidden || r.left || r.leaving || !r.node.Ignored(key) || !c.members.Has(key) || !c.isPair() && c.from != key {
		return false
	}
	edge := ""
	for range saidPages {
		page := r.records(true, edge, saidPage)
		for _, m := range page {
			if m.Record.Type == wire.RecordText && !r.node.Ignored(m.Record.Author) {
				return false
			}
		}
		if len(page) < saidPage {
			return true
		}
		edge = page[0].Order
	}
	return false
}

// addressedBy notes that somebody said something in a hidden conversation: it is
// told, or, if he is ignored or it is one of too many, kept until the user wants
// it. Loop only.
func (r *Room) addressedBy(now time.Time, key crypto.PublicKey) {
	n, c := r.node, r.conversation
	ignored := n.Ignored(key)
	folded := !ignored && n.folds(now, c, key)
	if !ignored && !folded {
		r.reveal(now)
		return
	}
	n.mu.Lock()
	known := c.withheld && (c.folded || !folded)
	c.withheld, c.folded = true, c.folded || folded
	n.mu.Unlock()
	if r.quiet {
		r.stay(now)
	} else if !known {
		if err := n.keep(c); err != nil {
			n.conversationNotKept(c, err)
		}
	}
}

// revealWithheld tells of a conversation in which somebody has said something who
// is ignored no more. Loop only.
func (r *Room) revealWithheld(now time.Time) {
	if !r.hidden {
		return
	}
	r.node.mu.Lock()
	withheld := r.conversation.withheld
	r.node.mu.Unlock()
	for _, k := range r.conversation.others(r.node.Key()) {
		if withheld && !r.node.Ignored(k) && r.hasSaid(k) {
			r.addressedBy(now, k)
			return
		}
	}
}

// hasSaid reports whether one of the latest messages is somebody's. Loop only.
func (r *Room) hasSaid(key crypto.PublicKey) bool {
	edge := ""
	for range saidPages {
		page := r.records(true, edge, saidPage)
		for _, m := range page {
			if m.Record.Author == key && m.Record.Type == wire.RecordText && readable(clean(m.Text)) {
				return true
			}
		}
		if len(page) < saidPage {
			return false
		}
		edge = page[0].Order
	}
	return false
}

// So many records of a hidden conversation are looked at: others in it, who may
// be ignored, too, may have said much since.
const (
	saidPage  = 200
	saidPages = 50
)

// personAnywhere names the owner of a key by any room that knows him. Loop only.
func (n *Node) personAnywhere(key crypto.PublicKey) Person {
	p := Person{Key: key, Nick: key.Nickname(), Verified: n.cfg.Names.Verified(key), Ignored: n.Ignored(key)}
	if nick, known := n.nickOf(key); known {
		s := n.standing(nick, key)
		p.Nick, p.Impostor, p.Namesake = s.nick, s.impostor, s.namesake
	}
	return p
}
