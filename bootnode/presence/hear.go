package presence

import (
	"gochat/crypto"
	"gochat/internal/wire"
)

// hear takes a message. What costs nothing is checked before the signature.
func (c *Core) hear(subject crypto.RoomSubject, p []byte) {
	c.stats.Received++
	m, err := wire.ParseNodeMessage(p)
	if err != nil || (m.Type == wire.NodeBeacon) != (subject == crypto.RoomSubject{}) {
		c.drop(DropMalformed)
		return
	}
	if m.Node == c.cfg.Self {
		// What this node said in former lives is not news; a copy of it that was
		// started later is.
		switch {
		case m.Epoch < c.cfg.Epoch:
			c.drop(DropOld)
		case m.Epoch == c.cfg.Epoch:
		case !c.strangers.take(c.now, 1, checksOfStrangers):
			c.drop(DropRate)
		case wire.CheckNodeMessage(subject, p):
			c.drop(DropTwin)
		default:
			c.drop(DropSeal)
		}
		return
	}
	r := c.rooms[subject]
	if r == nil && m.Type != wire.NodeBeacon {
		c.drop(DropRoom)
		return
	}
	n := c.byID[m.Node]
	if n != nil && (m.Epoch < n.epoch || m.Epoch == n.epoch && (n.left || !n.numbers.Fresh(m.Number))) {
		c.drop(DropOld)
		return
	}
	if n != nil && (!n.messages.left(c.now, messagesOfNode) || !n.bytes.left(c.now, bytesOfNode)) {
		c.drop(DropRate)
		return
	}
	if !c.mayCheck(n) {
		if n != nil {
			n.unchecked = c.now
		}
		c.drop(DropRate)
		return
	}
	if !wire.CheckNodeMessage(subject, p) {
		c.drop(DropSeal)
		return
	}
	if n = c.node(m.Node, m.Epoch); n == nil {
		return
	}
	n.numbers.Mark(m.Number)
	n.heard = c.now
	n.messages.take(c.now, 1, messagesOfNode)
	n.bytes.take(c.now, len(p), bytesOfNode)
	c.message(n, r, &m)
}

// mayCheck takes a check of a signature from the budgets. Anybody can write any
// node's name on a message: those in the names of strangers, or in one node's,
// must not use up what the others have.
func (c *Core) mayCheck(n *node) bool {
	if n == nil {
		return c.strangers.take(c.now, 1, checksOfStrangers)
	}
	return n.checks.take(c.now, 1, checksOfNode) || c.checks.take(c.now, 1, checksOfAll)
}

func (c *Core) message(n *node, r *room, m *wire.NodeMessage) {
	var err error
	switch m.Type {
	case wire.NodeBeacon:
		var f wire.Beacon
		if f, err = wire.ParseBeacon(m.Body); err == nil {
			c.hearBeacon(n, &f)
		}
	case wire.NodeChanges:
		var f wire.Changes
		if f, err = wire.ParseChanges(m.Body); err == nil {
			c.hearChanges(n, r, &f)
		}
	case wire.NodeWho:
		var f wire.Who
		if f, err = wire.ParseWho(m.Body); err == nil {
			c.hearWho(n, r, &f)
		}
	case wire.NodeSnap:
		var f wire.Snap
		if f, err = wire.ParseSnap(m.Body); err == nil {
			if p := c.part(n, r); p != nil {
				c.hearSnap(p, &f)
			}
		}
	case wire.NodeDigest:
		var f wire.Digest
		if f, err = wire.ParseDigest(m.Body); err == nil {
			if p := c.part(n, r); p != nil {
				c.compare(p, f.Version)
			}
		}
	}
	if err != nil {
		c.drop(DropMalformed)
	}
}

// compare asks if a node's members are not known up to a version.
func (c *Core) compare(p *part, version uint64) {
	if p.partial && c.fits(p) {
		p.partial, p.synced = false, false // those who were refused may come
	}
	if !p.synced || p.version != version {
		p.synced = false
		c.mismatch(p.room)
	}
}

func (c *Core) hearChanges(n *node, r *room, f *wire.Changes) {
	p := c.part(n, r)
	switch {
	case p == nil || f.To <= p.version:
		return // of the past
	case f.From == 0:
		p.telling++
		for i := range f.Entries {
			c.entry(p, &f.Entries[i])
			p.tell(f.Entries[i].Session)
		}
		c.whole(p, f.To)
	case p.synced && f.From == p.version:
		for i := range f.Entries {
			c.entry(p, &f.Entries[i])
		}
		p.version = f.To
	default:
		p.synced = false
		c.mismatch(r)
	}
}

func (c *Core) entry(p *part, e *wire.NodeEntry) {
	if e.Kind == wire.RosterPresent {
		c.present(p, &e.NodeRecord)
	} else {
		c.absent(p, e.Session, e.Kind)
	}
}

// whole notes that a node has told all its members in a room. Those of former
// epochs have time to come back.
func (c *Core) whole(p *part, version uint64) {
	held := p.node.heldUntil != 0
	c.remove(p, func(x *claim) bool {
		return x.told != p.telling && !(held && x.epoch != p.epoch)
	})
	p.version, p.synced, p.snapping = version, true, false
	p.room.askGap = askLeast
}

// pagesSpare is how many more pages a SNAP may have than a room members.
const pagesSpare = 16

func (c *Core) hearSnap(p *part, f *wire.Snap) {
	switch {
	case f.Version < p.version || f.Version == p.version && p.synced:
		return // of the past, or known
	case int(f.Pages) > c.cfg.Limits.PerRoom+pagesSpare:
		c.drop(DropMalformed)
		return
	case f.Page == 0:
		p.snapVersion, p.snapNext, p.snapping = f.Version, 0, true
		p.telling++
	case !p.snapping || f.Version != p.snapVersion || f.Page != p.snapNext:
		c.mismatch(p.room)
		return
	}
	for i := range f.Records {
		c.present(p, &f.Records[i])
		p.tell(f.Records[i].Session)
	}
	if p.snapNext++; p.snapNext == f.Pages {
		c.whole(p, f.Version)
	}
}

// hearWho takes what the asker says of its own members, and answers if it does
// not know those of this node.
func (c *Core) hearWho(n *node, r *room, f *wire.Who) {
	if p := c.part(n, r); p != nil {
		if f.Whole {
			c.hearSnap(p, &wire.Snap{Version: f.Version, Pages: 1, Records: f.Records})
		} else {
			c.compare(p, f.Version)
		}
	}
	c.flush(r)
	for _, k := range f.Known {
		if k.Node == c.cfg.Self && k.Epoch == c.cfg.Epoch && k.Version == r.version {
			return
		}
	}
	c.snap(r, n)
}
