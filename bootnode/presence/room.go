package presence

import (
	"cmp"
	"container/heap"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	// gather is how long changes of one room wait for others to share a message.
	gather = 10 * time.Millisecond
	// The others are told the version of a room so long after a change, and then
	// after twice as long each time up to the second.
	digestFirst = 10 * time.Second
	digestLast  = 40 * time.Second
	// partExpiry is how long a node may say nothing of a room, not even its
	// version, until its members there are given up: what it said last was lost.
	partExpiry = 100 * time.Second
	// sinceAhead is how far the clock of another node may go ahead.
	sinceAhead = 24 * time.Hour
)

// room is a room that has own members.
type room struct {
	subject crypto.RoomSubject
	index   int // in the core's list

	version uint64 // of what others were told; 0: nothing yet
	pending []wire.NodeEntry
	flushAt time.Duration // when pending is told; with pending only

	asks      []time.Duration // when to ask, in order
	askedLast time.Duration
	askGap    time.Duration // to the next ask because of a mismatch
	snapLast  time.Duration // when the own members were last told, of version snapOf
	snapOf    uint64

	answers budget
	queued  bool // to be asked about, in the core's resync

	digestAt    time.Duration
	digestEvery time.Duration

	parts   []*part // one for each node that was heard about the room
	shown   map[crypto.SessionID]*claim
	members int // claims of all parts

	due     time.Duration
	heapPos int
}

// part is what one node has in a room.
type part struct {
	node    *node
	room    *room
	index   int    // in the node's parts
	epoch   uint64 // of the node, in which it said so
	version uint64
	synced  bool // claims are all there were at version
	partial bool // some were refused for want of space
	claims  map[crypto.SessionID]*claim

	snapVersion uint64 // of the SNAP whose pages are coming
	snapNext    uint16 // page
	snapping    bool
	telling     uint64 // number of the present telling of all members

	expires time.Duration
}

// claim is a node's word that a session is its member.
type claim struct {
	part   *part
	epoch  uint64 // in which it was said last
	told   uint64 // the last telling it was in
	record wire.NodeRecord
}

// beats reports whether a claim counts before another of the same session: the
// later registration, and of two in one second that at the higher key, so that
// all nodes choose alike.
func (a *claim) beats(b *claim) bool {
	if b == nil || a.record.Since != b.record.Since {
		return b == nil || a.record.Since > b.record.Since
	}
	return slices.Compare(a.part.node.id[:], b.part.node.id[:]) > 0
}

// tell notes that a session was in the present telling. Nothing is kept of those
// that were refused: a node may tell of more than there is place for.
func (p *part) tell(s crypto.SessionID) {
	if x := p.claims[s]; x != nil {
		x.told = p.telling
	}
}

func (r *room) part(n *node) *part {
	for _, p := range r.parts {
		if p.node == n {
			return p
		}
	}
	return nil
}

// part makes room for what a node has in a room; nil: there is none.
func (c *Core) part(n *node, r *room) *part {
	p := r.part(n)
	if p == nil {
		if n.held() >= c.cfg.Limits.PerNode {
			c.stats.Refused++
			return nil
		}
		p = &part{node: n, room: r, epoch: n.epoch, claims: map[crypto.SessionID]*claim{}, index: len(n.parts)}
		n.parts = append(n.parts, p)
		r.parts = append(r.parts, p)
	}
	if p.epoch != n.epoch {
		p.epoch, p.version, p.synced, p.snapping = n.epoch, 0, false, false
	}
	p.expires = c.now + partExpiry
	c.schedule(r)
	return p
}

// present takes a record of a node's member.
func (c *Core) present(p *part, rec *wire.NodeRecord) {
	rec.Since = c.believed(rec.Since)
	old := p.claims[rec.Session]
	if old != nil && old.record.Observed == rec.Observed && slices.Equal(old.record.Announcement, rec.Announcement) {
		old.epoch = p.epoch
		if old.record.Since != rec.Since {
			old.record.Since = rec.Since
			c.choose(p.room, rec.Session, wire.RosterTimedOut)
		}
		return
	}
	if old == nil {
		if !c.fits(p) && !c.makePlace(p) {
			c.stats.Refused++
			p.partial = true
			return
		}
		p.room.members++
		p.node.members++
		c.members++
	}
	n := &claim{part: p, epoch: p.epoch, record: *rec}
	if old != nil {
		n.told = old.told
	}
	n.record.Announcement = slices.Clone(rec.Announcement)
	p.claims[rec.Session] = n
	c.choose(p.room, rec.Session, wire.RosterTimedOut)
}

// believed is the time of a registration as far as it counts. What is to come for
// more than sinceAhead is not a time but a way to win, and loses to all others.
func (c *Core) believed(since uint64) uint64 {
	if since > uint64(max(c.wall.Add(sinceAhead).Unix(), 0)) {
		return 0
	}
	return since
}

// absent takes a claim back.
func (c *Core) absent(p *part, session crypto.SessionID, how wire.RosterKind) {
	if p.claims[session] == nil {
		return
	}
	delete(p.claims, session)
	p.room.members--
	p.node.members--
	c.members--
	c.choose(p.room, session, how)
}

// choose tells the directory which claim of a session counts now, if that has
// changed.
func (c *Core) choose(r *room, session crypto.SessionID, how wire.RosterKind) {
	var best *claim
	for _, p := range r.parts {
		if x := p.claims[session]; x != nil && x.beats(best) {
			best = x
		}
	}
	switch shown := r.shown[session]; {
	case best == shown:
	case best == nil:
		delete(r.shown, session)
		c.tell(Change{Subject: r.subject, Kind: how, Record: wire.NodeRecord{Session: session}})
	default:
		r.shown[session] = best
		c.tell(Change{Subject: r.subject, Kind: wire.RosterPresent, Node: best.part.node.id, Record: best.record})
	}
}

func (c *Core) tell(ch Change) {
	c.out = append(c.out, Action{Do: Tell, Subject: ch.Subject, Change: ch})
}

// remove takes back the claims of a part that are to go, in the order of their
// sessions.
func (c *Core) remove(p *part, goes func(*claim) bool) {
	var gone []crypto.SessionID
	for s, x := range p.claims {
		if goes(x) {
			gone = append(gone, s)
		}
	}
	slices.SortFunc(gone, func(a, b crypto.SessionID) int { return slices.Compare(a[:], b[:]) })
	for _, s := range gone {
		c.absent(p, s, wire.RosterTimedOut)
	}
}

// forget drops all that a node has in a room.
func (c *Core) forget(p *part) {
	c.remove(p, func(*claim) bool { return true })
	n, r := p.node, p.room
	last := n.parts[len(n.parts)-1]
	n.parts[p.index], last.index = last, p.index
	n.parts = n.parts[:len(n.parts)-1]
	r.parts = slices.DeleteFunc(r.parts, func(x *part) bool { return x == p })
}

// schedule notes when the room wants to be looked at next.
func (c *Core) schedule(r *room) {
	due := r.digestAt
	if len(r.pending) > 0 {
		due = min(due, r.flushAt)
	}
	if len(r.asks) > 0 {
		due = min(due, r.asks[0])
	}
	for _, p := range r.parts {
		due = min(due, p.expires)
	}
	if due != r.due {
		r.due = due
		heap.Fix(&c.due, r.heapPos)
	}
}

// checkRooms does what is due in rooms.
func (c *Core) checkRooms() {
	for len(c.due) > 0 && c.due[0].due <= c.now {
		r := c.due[0]
		if len(r.pending) > 0 && r.flushAt <= c.now {
			c.flush(r)
		}
		if len(r.asks) > 0 && r.asks[0] <= c.now {
			c.ask(r)
		}
		if r.digestAt <= c.now {
			c.digest(r)
		}
		for i := len(r.parts) - 1; i >= 0; i-- {
			if p := r.parts[i]; p.expires <= c.now {
				c.forget(p)
			}
		}
		c.schedule(r)
	}
}

// roomHeap orders rooms by what is due first, and then by subject.
type roomHeap []*room

func (h roomHeap) Len() int { return len(h) }
func (h roomHeap) Less(i, j int) bool {
	return cmp.Or(cmp.Compare(h[i].due, h[j].due), slices.Compare(h[i].subject[:], h[j].subject[:])) < 0
}

func (h roomHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].heapPos, h[j].heapPos = i, j
}

// Push is for package heap.
func (h *roomHeap) Push(x any) {
	r := x.(*room)
	r.heapPos = len(*h)
	*h = append(*h, r)
}

// Pop is for package heap.
func (h *roomHeap) Pop() any {
	old := *h
	r := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return r
}
