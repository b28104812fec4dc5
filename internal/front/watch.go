package front

import (
	"fmt"
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/peer"
)

// Watch follows who is present and which bootnodes answer, and puts each
// change into words. It is a value of one goroutine.
type Watch struct {
	members   map[crypto.PublicKey]peer.Member
	bootnodes []peer.BootnodeChanged // the last state of each, first seen first
}

// NewWatch starts with the members known so far.
func NewWatch(members []peer.Member) *Watch {
	w := &Watch{members: make(map[crypto.PublicKey]peer.Member, len(members))}
	for _, m := range members {
		w.members[m.Key] = m
	}
	return w
}

// Members lists everyone present or lately lost, sorted by nick, then key.
func (w *Watch) Members() []peer.Member {
	list := make([]peer.Member, 0, len(w.members))
	for _, m := range w.members {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b peer.Member) int {
		if c := strings.Compare(a.Nick, b.Nick); c != 0 {
			return c
		}
		return a.Key.Compare(b.Key)
	})
	return list
}

// Joined counts the members whose link is up.
func (w *Watch) Joined() int {
	n := 0
	for _, m := range w.members {
		if m.State == peer.Joined {
			n++
		}
	}
	return n
}

// Bootnodes lists the last known state of each bootnode, first seen first.
func (w *Watch) Bootnodes() []peer.BootnodeChanged { return w.bootnodes }

// Bootnode is the one to tell the user about: a registered one if there is
// any, a named one before one found nearby. ok is false if there is none yet.
func (w *Watch) Bootnode() (best peer.BootnodeChanged, ok bool) {
	rank := func(b peer.BootnodeChanged) int {
		r := 0
		if b.State == peer.BootnodeRegistered {
			r += 2
		}
		if !b.Embedded {
			r++
		}
		return r
	}
	for _, b := range w.bootnodes {
		if !ok || rank(b) > rank(best) {
			best, ok = b, true
		}
	}
	return best, ok
}

// NamedBootnode is the address a friend should be given, "" if there is only
// one nearby.
func (w *Watch) NamedBootnode() string {
	if b, ok := w.Bootnode(); ok && !b.Embedded {
		return b.Address
	}
	return ""
}

// Member takes a change and returns it in words, "" if it is no news to a
// reader: a new RTT, somebody announced who has not joined yet.
func (w *Watch) Member(e peer.MemberChanged) string {
	before, known := w.members[e.Key]
	if e.State == peer.Left {
		delete(w.members, e.Key)
	} else {
		w.members[e.Key] = e.Member
	}
	name := memberName(e.Member)
	switch {
	case e.State != e.Was:
		return stateChange(name, e)
	case known && before.Nick != e.Nick:
		return fmt.Sprintf("%s is now called %s", memberName(before), name)
	case known && e.State == peer.Joined && before.Path != e.Path:
		return fmt.Sprintf("%s: now %s", name, Link(e.Member))
	}
	return ""
}

func stateChange(name string, e peer.MemberChanged) string {
	switch e.State {
	case peer.Joined:
		return name + " joined, " + Link(e.Member)
	case peer.Unreachable:
		return name + " is " + Link(e.Member)
	case peer.Left:
		if e.Was == peer.Connecting {
			return "" // never was here
		}
		return name + " left"
	}
	return ""
}

// BootnodeChange takes a change and returns it in words, "" if the state is
// the one last told.
func (w *Watch) BootnodeChange(e peer.BootnodeChanged) string {
	i := slices.IndexFunc(w.bootnodes, func(b peer.BootnodeChanged) bool { return b.Address == e.Address })
	if i < 0 {
		w.bootnodes = append(w.bootnodes, e)
	} else {
		before := w.bootnodes[i]
		w.bootnodes[i] = e
		if before.State == e.State && before.Reason == e.Reason {
			return ""
		}
	}
	what := "bootnode " + e.Address
	if e.Embedded {
		what = "nearby bootnode " + e.Address
	}
	switch e.State {
	case peer.BootnodeRegistered:
		return because(what+": registered", e.Reason)
	case peer.BootnodeUnreachable:
		if e.Reason == "" {
			return what + " does not answer; trying on. Is the address right, and is it running?"
		}
		return because(what+" does not answer", e.Reason)
	}
	if e.Embedded {
		return "" // found nearby by itself; only the outcome is news
	}
	return because(what+": connecting", e.Reason)
}
