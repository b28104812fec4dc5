package room

import (
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// neighbour is what the two ends of a link think of it.
type neighbour struct {
	since  time.Time
	mine   bool                   // chosen here
	theirs wire.NeighbourPriority // as the peer told
	told   wire.NeighbourPriority // as the peer was told
	silent bool                   // the peer is yet to be told
	heard  bool                   // the peer did tell
	useful int                    // others' news that the peer told us of, lately
}

// parting is a link whose other end was asked to close it, and when that is
// done here.
type parting struct {
	link LinkID
	peer crypto.PublicKey
	at   time.Time
}

// arrange brings the links into shape when something changed or became due.
func (e *Engine) arrange() {
	o := &e.overlay
	if !o.due && (o.next.IsZero() || e.now.Before(o.next)) {
		return
	}
	o.due, o.next = false, noTime
	e.duePartings()
	if !o.named {
		return
	}
	e.resize()
	if o.large {
		e.exchange()
		e.giveBack()
		e.choose()
		e.keepEager()
	} else {
		e.linkAll()
	}
	e.tellNeighbours()
}

// resize changes between mesh and large room. The two numbers lie apart, so
// that a member who comes and goes does not turn everything over; a room that
// was only thought to be large is a mesh at once when all were named.
func (e *Engine) resize() {
	o := &e.overlay
	if len(o.list)+1 > o.shape.meshMax {
		o.guessed = false
	}
	switch n := o.online(); {
	case !o.large && n > o.shape.meshMax:
		o.large, o.largeAt, o.guessed = true, e.now, len(o.list)+1 <= o.shape.meshMax
		for _, c := range slices.Clone(o.dials) {
			e.undial(c)
		}
		for i, at := range e.cfg.Rand.Perm(len(e.links)) {
			e.links[at].mine = i < o.shape.own
		}
		for _, c := range o.list {
			if c.linked == 0 {
				e.tracker.left(e, c.key)
			}
		}
	case o.large && (n <= o.shape.meshAgain || o.guessed && o.told == 0):
		o.large = false
		for _, c := range o.list { // who had links enough wants all, too
			c.avoid, c.pause = e.bannedUntil(c.key), 0
		}
	}
}

// linkAll makes a mesh.
func (e *Engine) linkAll() {
	for _, l := range e.links {
		l.mine = true
	}
	o := &e.overlay
	for _, c := range o.list {
		switch {
		case !c.idle():
		case c.avoid.After(e.now):
			o.wake(c.avoid)
		default:
			e.dial(c)
		}
	}
}

// exchange begins, from time to time, to replace a link chosen here by another.
func (e *Engine) exchange() {
	o := &e.overlay
	if e.now.Before(o.swapAt) {
		o.wake(o.swapAt)
		return
	}
	o.swapAt = e.now.Add(e.jitter(o.shape.swap))
	o.wake(o.swapAt)
	for _, l := range e.links {
		l.useful /= 2
	}
	if o.swap == nil && len(e.links) >= o.shape.few {
		if o.swap = e.pick(false); o.swap != nil {
			e.dial(o.swap)
		}
	}
}

// greet links with one of the members just named, in proportion to their
// number: after a partition each half has links enough of its own, and a
// newcomer is not run down by everybody.
func (e *Engine) greet(fresh []*candidate) {
	o := &e.overlay
	if !o.large || o.swap != nil || len(e.links) < o.shape.few || e.cfg.Rand.IntN(o.online()) >= 2*len(fresh) {
		return
	}
	o.swap = fresh[e.cfg.Rand.IntN(len(fresh))]
	e.dial(o.swap)
}

// giveBack closes links that are too many.
func (e *Engine) giveBack() {
	s := &e.overlay.shape
	own, all := e.chosen(), len(e.links)
	for ; own > s.own && all > s.links; own-- {
		l := e.leastUseful(func(l *link) bool { return l.mine && !e.young(l, neighbourProves) })
		if l == nil {
			break
		}
		l.mine = false
		if l.theirs == wire.PriorityNone {
			all--
		}
	}
	for _, l := range slices.Clone(e.links) {
		if !l.mine && l.theirs == wire.PriorityNone {
			e.disconnect(l)
		}
	}
	for len(e.links) > s.most {
		l := e.surplusLink()
		if l == nil {
			return
		}
		e.disconnect(l)
	}
}

// surplusLink is the one to go when others have chosen this member too often:
// none of those whose peers have hardly another, if that can be helped, else
// the least useful. A newcomer is given the time to say how much it needs the
// link, and then to be of use.
func (e *Engine) surplusLink() *link {
	crowd := len(e.links) > e.overlay.shape.meshMax+e.overlay.shape.most
	for _, l := range e.links {
		if !crowd && !l.heard && e.young(l, neighbourSays) {
			return nil
		}
	}
	if l := e.leastUseful(func(l *link) bool { return !l.mine && l.theirs != wire.PriorityHigh }); l != nil {
		return l
	}
	return e.leastUseful(func(l *link) bool { return !l.mine && (crowd || !e.young(l, neighbourProves)) })
}

// young reports whether a link, or the large room, is not so old yet, and wakes
// when both are.
func (e *Engine) young(l *link, age time.Duration) bool {
	since := l.since
	if e.overlay.largeAt.After(since) {
		since = e.overlay.largeAt
	}
	ripe := since.Add(age)
	if ripe.After(e.now) {
		e.overlay.wake(ripe)
		return true
	}
	return false
}

// leastUseful is the link, of those that may go, that brought the least news.
func (e *Engine) leastUseful(may func(*link) bool) (least *link) {
	for _, l := range e.links {
		if may(l) && (least == nil || l.useful < least.useful) {
			least = l
		}
	}
	return least
}

func (e *Engine) chosen() (n int) {
	for _, l := range e.links {
		if l.mine {
			n++
		}
	}
	return n
}

// choose dials more members if there are too few links.
func (e *Engine) choose() {
	o := &e.overlay
	for _, c := range slices.Clone(o.dials) {
		if late := c.dialAt.Add(dialPatience); late.After(e.now) {
			o.wake(late)
			continue
		}
		e.undial(c)
		e.shun(c, shunFailed)
	}
	own, all := e.chosen()+len(o.dials), len(e.links)+len(o.dials)
	need := o.shape.own - own
	if all < o.shape.few {
		need = max(need, o.shape.links-all)
	}
	for ; need > 0; need-- {
		c := e.pick(false)
		if c == nil && all < o.shape.few {
			c = e.pick(true)
		}
		if c == nil {
			return
		}
		e.dial(c)
	}
}

// pick is a member, at random, with whom there could be a link; nil: none now.
// In need even those are taken who lately did not answer or had enough.
func (e *Engine) pick(need bool) *candidate {
	o := &e.overlay
	if len(o.list) == 0 {
		return nil
	}
	from := e.cfg.Rand.IntN(len(o.list))
	for i := range o.list {
		c := o.list[(from+i)%len(o.list)]
		if !c.idle() {
			continue
		}
		after := c.avoid
		if again := c.tried.Add(shunNeed); need && again.Before(after) && e.banOf(c.key) == nil {
			after = again
		}
		if !after.After(e.now) {
			return c
		}
		o.wake(after)
	}
	return nil
}

// tellNeighbours tells each peer how much its link is needed, if that changed.
func (e *Engine) tellNeighbours() {
	for _, l := range e.links {
		p := wire.PriorityLow
		switch {
		case !l.mine:
			p = wire.PriorityNone
		case e.overlay.large && len(e.links) <= eagerFloor:
			p = wire.PriorityHigh
		}
		if p != l.told || l.silent {
			l.told, l.silent = p, false
			e.send(l, wire.LinkNeighbour{Priority: p})
		}
	}
}

// neighbourUp takes a new link into account.
func (e *Engine) neighbourUp(l *link) {
	o := &e.overlay
	l.neighbour = neighbour{since: e.now, mine: !o.large, theirs: wire.PriorityLow, told: wire.PriorityLow, silent: o.large}
	if !o.named {
		return
	}
	o.due = true
	c := e.candidate(l.peer)
	c.linked++
	if c.dialAt.IsZero() {
		l.mine = l.mine || e.now.Sub(c.lost) < neighbourSays // a link in place of another
		return
	}
	l.mine = true
	if o.swap == c {
		if old := e.leastUseful(func(x *link) bool { return x != l && x.mine }); old != nil {
			old.mine = false
		}
	}
	o.dialled(c)
}

func (e *Engine) neighbourDown(l *link) {
	o := &e.overlay
	if c := o.members[l.peer]; c != nil {
		c.linked--
		if l.mine {
			c.lost = e.now
		}
		if e.now.Sub(l.since) > shunFull {
			c.pause = 0
		}
	}
	o.due = o.named
}

// neighbourSaid takes a NEIGHBOUR.
func (e *Engine) neighbourSaid(l *link, p wire.NeighbourPriority) {
	l.theirs, l.heard = p, true
	e.overlay.due = e.overlay.named
}

// disconnected takes a DISCONNECT: the peer has links enough without this one.
func (e *Engine) disconnected(l *link) {
	e.closeLink(l, Surplus)
	if c := e.overlay.members[l.peer]; c != nil {
		e.shun(c, shunFull)
	}
}

// disconnect asks the peer to close a link; from now on it does not count.
func (e *Engine) disconnect(l *link) {
	e.send(l, wire.LinkDisconnect{})
	e.flushOut(l)
	e.partings = append(e.partings, parting{l.id, l.peer, e.now.Add(partingTime)})
	e.linkDown(l)
	if c := e.overlay.members[l.peer]; c != nil {
		c.avoid = e.now.Add(partingTime)
	}
}

// duePartings closes links whose peers did not when asked.
func (e *Engine) duePartings() {
	e.partings = slices.DeleteFunc(e.partings, func(p parting) bool {
		late := !e.now.Before(p.at)
		if late {
			e.act(CloseLink{Link: p.link, Peer: p.peer, Reason: Surplus})
		} else {
			e.overlay.wake(p.at)
		}
		return late
	})
}

// parted notes that a link that was to be closed is gone.
func (e *Engine) parted(id LinkID) {
	e.partings = slices.DeleteFunc(e.partings, func(p parting) bool { return p.link == id })
}
