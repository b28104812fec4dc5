package presence

import (
	"container/heap"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	// askLeast and askMost bound the time between two asks because of a mismatch.
	askLeast = 100 * time.Millisecond
	askMost  = 10 * time.Second
	// maxAsks wait for their time in a room.
	maxAsks = 8
	// snapGap is how long the members of a room are not told again: all heard it.
	snapGap = 20 * time.Millisecond
	// A node that is heard for the first time, or again, is asked about all rooms,
	// resyncBatch of them at a time.
	resyncBatch = 64
	resyncPause = 20 * time.Millisecond
	// resyncAgain asks a second time: the first may come before it listens.
	resyncAgain = time.Second
)

// own takes a change of the own members.
func (c *Core) own(o *Own) {
	r := c.rooms[o.Subject]
	switch {
	case o.Kind == Opened && r == nil:
		c.open(o.Subject)
	case r == nil:
	case o.Kind == Changed:
		if len(r.pending) == 0 {
			r.flushAt = c.now + gather
		}
		r.pending = append(r.pending, o.Entry)
		c.schedule(r)
	case o.Kind == Closed:
		c.close(r)
	}
}

func (c *Core) open(subject crypto.RoomSubject) {
	r := &room{
		subject: subject, index: len(c.list), shown: map[crypto.SessionID]*claim{},
		askGap: askLeast, digestAt: c.now + digestFirst, digestEvery: digestFirst,
	}
	for _, after := range c.cfg.Asks {
		r.asks = append(r.asks, c.now+after)
	}
	c.rooms[subject] = r
	c.list = append(c.list, r)
	r.due = c.now
	heap.Push(&c.due, r)
	c.out = append(c.out, Action{Do: Watch, Subject: subject})
}

// close ends a room. Its foreign members are nobody's here, so the directory is
// not told of them.
func (c *Core) close(r *room) {
	c.flush(r)
	c.freed = max(c.freed, r.version)
	for len(r.parts) > 0 {
		p := r.parts[0]
		p.node.members -= len(p.claims)
		c.members -= len(p.claims)
		clear(p.claims)
		c.forget(p)
	}
	heap.Remove(&c.due, r.heapPos)
	last := c.list[len(c.list)-1]
	c.list[r.index], last.index = last, r.index
	c.list[len(c.list)-1] = nil
	c.list = c.list[:len(c.list)-1]
	delete(c.rooms, r.subject)
	c.out = append(c.out, Action{Do: Unwatch, Subject: r.subject})
}

// changesRoom is how many bytes of entries fit a CHANGES.
const changesRoom = wire.MaxNodeBody - 2*8

// flush tells the others what has changed.
func (c *Core) flush(r *room) {
	for len(r.pending) > 0 {
		n := 0
		for space := changesRoom; n < len(r.pending); n++ {
			if space -= r.pending[n].Size(); space < 0 {
				break
			}
		}
		f := wire.Changes{From: r.version, To: c.nextVersion(r), Entries: r.pending[:n]}
		c.say(r.subject, wire.NodeChanges, f.Append(nil))
		r.version = f.To
		r.pending = r.pending[n:]
		r.digestEvery = digestFirst
		r.digestAt = c.now + digestFirst
	}
	r.pending = nil
}

// nextVersion rises over the lives of the room and of the node.
func (c *Core) nextVersion(r *room) uint64 {
	if r.version != 0 {
		return r.version + 1
	}
	return max(uint64(max(c.wall.UnixMilli(), 1))<<16, c.freed+1)
}

// plan has a room asked about at a time.
func (c *Core) plan(r *room, at time.Duration) {
	i, there := slices.BinarySearch(r.asks, at)
	if there || len(r.asks) >= maxAsks {
		return
	}
	r.asks = slices.Insert(r.asks, i, at)
	c.schedule(r)
}

// mismatch asks because somebody is known to have said what was not heard. The
// more often in a row, the later.
func (c *Core) mismatch(r *room) {
	at := max(c.now, r.askedLast+r.askGap)
	if r.askedLast == 0 {
		at = c.now
	}
	if len(r.asks) > 0 && r.asks[0] <= at {
		return
	}
	r.askGap = min(2*r.askGap, askMost)
	c.plan(r, at)
}

// ask asks all others in a room who is there, and says who is here.
func (c *Core) ask(r *room) {
	for len(r.asks) > 0 && r.asks[0] <= c.now {
		r.asks = r.asks[1:]
	}
	c.flush(r)
	f := wire.Who{Version: r.version}
	for _, p := range r.parts {
		if p.synced && len(f.Known) < wire.MaxNodeKnown {
			f.Known = append(f.Known, wire.NodeKnown{Node: p.node.id, Epoch: p.epoch, Version: p.version})
		}
	}
	own, space := c.cfg.Own(r.subject), f.Room()
	f.Whole = true
	for i := range own {
		if space -= own[i].Size(); space < 0 {
			f.Whole = false
			break
		}
	}
	if f.Whole {
		f.Records = own
	}
	r.askedLast = c.now
	c.stats.Asked++
	c.say(r.subject, wire.NodeWho, f.Append(nil))
}

// snap tells all own members of a room, unless they were told just now.
func (c *Core) snap(r *room, asker *node) {
	c.flush(r)
	if r.snapOf == r.version && c.now-r.snapLast < snapGap {
		return
	}
	if !r.answers.left(c.now, answersOfRoom) || !c.answers.left(c.now, answersToAll) || !asker.answers.left(c.now, answersToNode) {
		c.drop(DropRate) // before the members are even gathered
		return
	}
	own := c.cfg.Own(r.subject)
	r.answers.take(c.now, 1+len(own), answersOfRoom)
	c.answers.take(c.now, 1+len(own), answersToAll)
	asker.answers.take(c.now, 1+len(own), answersToNode)
	r.snapOf, r.snapLast = r.version, c.now
	var pages [][]wire.NodeRecord
	for begin := 0; begin == 0 || begin < len(own); {
		end := begin
		for space := wire.SnapRoom; end < len(own); end++ {
			if space -= own[end].Size(); space < 0 {
				break
			}
		}
		pages = append(pages, own[begin:end])
		if begin = end; end == 0 {
			break
		}
	}
	for i, records := range pages {
		f := wire.Snap{Version: r.version, Page: uint16(i), Pages: uint16(len(pages)), Records: records}
		c.say(r.subject, wire.NodeSnap, f.Append(nil))
	}
}

// digest tells the version of the own members, so that what was lost is noticed.
func (c *Core) digest(r *room) {
	c.flush(r)
	c.say(r.subject, wire.NodeDigest, wire.Digest{Version: r.version}.Append(nil))
	r.digestEvery = min(2*r.digestEvery, digestLast)
	r.digestAt = c.now + r.digestEvery
}

// checkResync goes on asking about all rooms.
func (c *Core) checkResync() {
	if len(c.resync) == 0 || c.now < c.next {
		return
	}
	for range min(resyncBatch, len(c.resync)) {
		r := c.resync[0]
		c.resync[0] = nil
		c.resync = c.resync[1:]
		r.queued = false
		if c.rooms[r.subject] == r {
			c.ask(r)
			c.plan(r, c.now+resyncAgain)
			c.schedule(r)
		}
	}
	c.next = c.now + resyncPause
}
