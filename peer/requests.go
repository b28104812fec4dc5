package peer

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"gochat/crypto"
)

// Whoever shares a room with us may begin conversations, with members he makes up
// as well, and so as many as he likes. Of those of several that one person has
// begun and nobody has answered, the first are shown; the others are folded: they
// are hidden, with all that is said in them, until the user asks for them. He is
// told of them in one line.
const (
	// maxRequests is how many conversations begun by one person within
	// requestsWithin are shown that the user has not answered.
	maxRequests    = 3
	requestsWithin = time.Hour
	// requestsTold is how long more of them are waited for before they are told of.
	requestsTold = 10 * time.Second
)

// CodeRequests is the code of the notice that conversations were folded.
const CodeRequests = "conversations-folded"

// Requests are the conversations of one person that are folded.
type Requests struct {
	Person
	Count int
}

// requester is what is known of somebody who begins conversations. Owned by the
// loop.
type requester struct {
	shown  []request // of the last while, not answered
	folded bool      // some were that were not told of yet
	tellAt time.Time // when to tell of them at the earliest
}

// request is a conversation that was shown.
type request struct {
	id crypto.RoomID
	at time.Time
}

// folds reports whether a hidden conversation in which the owner of a key says
// something is to stay folded; if not, it counts as shown. Loop only.
func (n *Node) folds(now time.Time, c *conversation, author crypto.PublicKey) bool {
	if c.isPair() || c.from == n.Key() || n.cfg.Names.Verified(c.from) || n.cfg.Names.Verified(author) {
		return false
	}
	q := n.requester(c.from)
	if c.folded { // told of before
		return true
	}
	q.shown = slices.DeleteFunc(q.shown, func(x request) bool { return now.Sub(x.at) >= requestsWithin || x.id == c.keys.ID })
	if len(q.shown) < maxRequests {
		q.shown = append(q.shown, request{c.keys.ID, now})
		return false
	}
	if !q.folded {
		q.folded, q.tellAt = true, latest(now.Add(requestsTold), q.tellAt)
	}
	return true
}

// requester finds or makes somebody's entry. There are no more of them than there
// are conversations.
func (n *Node) requester(key crypto.PublicKey) *requester {
	if n.requesters[key] == nil {
		n.requesters[key] = &requester{}
	}
	return n.requesters[key]
}

// answeredIn notes that the user has said something in a conversation: it counts
// against nobody any more. Loop only.
func (n *Node) answeredIn(c *conversation) {
	if q := n.requesters[c.from]; q != nil {
		q.shown = slices.DeleteFunc(q.shown, func(x request) bool { return x.id == c.keys.ID })
	}
}

// tickRequests tells of conversations that were folded, and returns when it has
// something to do again; zero: never. Loop only.
func (n *Node) tickRequests(now time.Time) (next time.Time) {
	for key, q := range n.requesters {
		q.shown = slices.DeleteFunc(q.shown, func(x request) bool { return now.Sub(x.at) >= requestsWithin })
		switch {
		case q.folded && now.Before(q.tellAt):
			next = earliest(next, q.tellAt)
		case q.folded:
			q.folded, q.tellAt = false, now.Add(requestsWithin)
			n.tellRequests(key)
		case len(q.shown) == 0 && !now.Before(q.tellAt):
			delete(n.requesters, key)
		}
	}
	return next
}

// tellRequests tells of all that is folded of somebody. Loop only.
func (n *Node) tellRequests(key crypto.PublicKey) {
	count := len(n.folded(key))
	if count == 0 || n.Ignored(key) {
		return
	}
	p := n.personAnywhere(key)
	who := p.Nick + "#" + key.Suffix()
	what := fmt.Sprintf("%d more conversations", count)
	if count == 1 {
		what = "1 more conversation"
	}
	n.Notify(Notice{Level: Warning, Code: CodeRequests, Text: fmt.Sprintf(
		"%s has begun %s with you and others than are listed; /requests %s shows them, /ignore %s is rid of them all", who, what, who, who)})
}

// folded are the conversations of somebody that are folded, in a fixed order.
func (n *Node) folded(key crypto.PublicKey) (list []*conversation) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, c := range n.direct.book.all {
		if c.folded && !c.left && c.from == key {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b *conversation) int { return bytes.Compare(a.keys.ID[:], b.keys.ID[:]) })
	return list
}

// Requests lists whose conversations are folded, but of those who are ignored, in
// the order of their keys.
func (n *Node) Requests() (list []Requests) {
	_ = n.do(func(time.Time) {
		counts := map[crypto.PublicKey]int{}
		n.mu.Lock()
		for _, c := range n.direct.book.all {
			if c.folded && !c.left {
				counts[c.from]++
			}
		}
		n.mu.Unlock()
		for key, count := range counts {
			if !n.Ignored(key) {
				list = append(list, Requests{n.personAnywhere(key), count})
			}
		}
	})
	slices.SortFunc(list, func(a, b Requests) int { return a.Key.Compare(b.Key) })
	return list
}

// ShowRequests tells of the conversations of somebody that are folded, as
// RoomChanged, and returns how many there are.
func (n *Node) ShowRequests(key crypto.PublicKey) (count int) {
	_ = n.do(func(now time.Time) {
		for _, c := range n.folded(key) {
			for _, r := range n.rooms {
				if r.conversation == c {
					count++
					r.reveal(now)
				}
			}
		}
	})
	return count
}

// latest is the last one of some times.
func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
