package front

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gochat/crypto"
	"gochat/peer"
)

// Watch follows who is present in one room and puts each change into words. It
// is a value of one goroutine.
type Watch struct {
	members map[crypto.PublicKey]peer.Member
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

// Joined counts the members who take part.
func (w *Watch) Joined() int {
	n := 0
	for _, m := range w.members {
		if m.State.Here() {
			n++
		}
	}
	return n
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
	case e.Ignored || before.Ignored:
		return "" // the command that changed it has told
	case e.State.Here() && e.Was.Here() && e.State != e.Was:
		return "" // in a large room links come and go
	case e.State != e.Was:
		return stateChange(name, e)
	case known && before.Nick != e.Nick:
		return fmt.Sprintf("%s is now called %s", Handle(before.Nick, before.Key, before.Verified && !before.Impostor), name)
	case known && awayChanged(before, e.Member):
		return name + " is " + cmp.Or(MemberAway(e.Member), "back")
	case known && e.State == peer.Joined && before.Path != e.Path:
		return fmt.Sprintf("%s: now %s", name, Link(e.Member))
	}
	return ""
}

func awayChanged(a, b peer.Member) bool { return a.Away != b.Away || a.Status != b.Status }

func stateChange(name string, e peer.MemberChanged) string {
	switch e.State {
	case peer.Joined, peer.Present:
		if e.Inviter {
			name += ", who invited you,"
		}
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
