package presence

import (
	"bytes"
	"slices"

	"gochat/crypto"
)

// A quarter of the places in a room, and of all places, is a node's share. A node
// that is alone may have all of them. Beside others it gets more than its share
// only while as many places as a share are free, and who finds no place though he
// has less than his share gets some of the one with the most. So one node, whatever
// it invents, never keeps the members of three others out.
const shares = 4

// trimMost is how many members a node loses at once, so that the work is spread.
const trimMost = 1024

func share(places int) int { return max(1, places/shares) }

// fits reports whether there is place for one more member of a node in a room.
func (c *Core) fits(p *part) bool {
	l := &c.cfg.Limits
	return p.node.held() < l.PerNode &&
		within(len(p.claims), p.room.members, l.PerRoom) && within(p.node.members, c.members, l.Members)
}

// within reports whether one of several that has so many of the places that are
// taken may have one more.
func within(own, taken, places int) bool {
	switch {
	case taken >= places:
		return false
	case own == taken: // it is alone
		return true
	}
	return own < share(places) || taken < places-share(places)
}

// makePlace takes places from the node that has the most, for one that has less
// than its share.
func (c *Core) makePlace(p *part) bool {
	l := &c.cfg.Limits
	if p.room.members >= l.PerRoom && len(p.claims) < share(l.PerRoom) {
		most := slices.MaxFunc(p.room.parts, func(a, b *part) int { return len(a.claims) - len(b.claims) })
		if over := len(most.claims) - share(l.PerRoom); over > 0 {
			c.trim(most, min(over, share(l.PerRoom), trimMost))
		}
	}
	if c.members >= l.Members && p.node.members < share(l.Members) {
		most := slices.MaxFunc(c.nodes, func(a, b *node) int { return a.members - b.members })
		left := min(most.members-share(l.Members), share(l.Members), trimMost)
		for i := len(most.parts) - 1; i >= 0 && left > 0; i-- {
			n := min(left, len(most.parts[i].claims))
			c.trim(most.parts[i], n)
			left -= n
		}
	}
	return c.fits(p)
}

// trim takes back so many claims of a part, those with the highest sessions.
func (c *Core) trim(p *part, n int) {
	if n <= 0 {
		return
	}
	all := make([]crypto.SessionID, 0, len(p.claims))
	for s := range p.claims {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b crypto.SessionID) int { return bytes.Compare(a[:], b[:]) })
	gone := all[len(all)-n:]
	at := gone[0]
	c.remove(p, func(x *claim) bool { return bytes.Compare(x.record.Session[:], at[:]) >= 0 })
	p.partial = true
	c.stats.Refused += uint64(n)
}
