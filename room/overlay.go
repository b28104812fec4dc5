package room

import (
	"slices"
	"time"

	"gochat/crypto"
)

// overlay is with whom this member has links; neighbours.go has the rules. A
// small room is a mesh: each has a link with each. In a large one every member
// chooses a few at random, and a link stays that either end has chosen: the
// union of the choices is connected whatever single members do, and who fills
// up the places that others choose cannot touch those chosen here. Each minute
// one choice is exchanged for another, which heals islands and gets rid of
// neighbours that bring nothing. The two ends of a link tell each other how
// much they need it (NEIGHBOUR), and who has too many asks the other end to
// close (DISCONNECT).
type overlay struct {
	shape   shape
	named   bool // the caller names who is present
	told    int  // how many are online, if the caller counts them
	large   bool
	guessed bool      // it is large by what was told, not by those named
	largeAt time.Time // since

	members map[crypto.PublicKey]*candidate
	list    []*candidate // the same, in a fixed order
	dials   []*candidate // under way
	swap    *candidate   // dialled to take another's place
	swapAt  time.Time

	due  bool      // something changed: arrange
	next time.Time // when something else wants arranging; zero: nothing does
}

// shape is how many links there are; tests of small rooms have a smaller one.
type shape struct {
	meshMax   int // a mesh with up to so many online,
	meshAgain int // and again from so few on
	own       int // links of a large room chosen here, at least
	few       int // with fewer links, more are chosen
	links     int // up to so many,
	most      int // and beyond so many they are given back
	swap      time.Duration
}

var defaultShape = shape{meshMax: 50, meshAgain: 40, own: 4, few: 6, links: 8, most: 10, swap: time.Minute}

// candidate is a member who is present.
type candidate struct {
	key    crypto.PublicKey
	index  int // in the list
	linked int
	dialAt time.Time // dialled since; zero: not
	avoid  time.Time // not to be dialled before
	pause  time.Duration
	tried  time.Time // last
	lost   time.Time // when a link chosen here went
}

// idle reports whether there is neither a link nor an attempt at one.
func (c *candidate) idle() bool { return c.linked == 0 && c.dialAt.IsZero() }

func (o *overlay) init() {
	o.shape = defaultShape
	o.members = make(map[crypto.PublicKey]*candidate)
}

func (o *overlay) wake(t time.Time) {
	if o.next.IsZero() || t.Before(o.next) {
		o.next = t
	}
}

// online counts the members present, this one included.
func (o *overlay) online() int { return max(o.told, len(o.list)+1) }

// complete reports whether there is a link with everybody.
func (o *overlay) complete() bool {
	return o.named && !o.large && o.told <= len(o.list)+1 &&
		!slices.ContainsFunc(o.list, func(c *candidate) bool { return c.linked == 0 })
}

// present takes the names of members who are there.
func (e *Engine) present(ev Present) {
	o := &e.overlay
	if !o.named {
		o.named = true
		o.swapAt = e.now.Add(e.jitter(o.shape.swap))
		for _, l := range e.links {
			e.candidate(l.peer)
		}
	}
	var fresh []*candidate
	for _, k := range ev.Peers {
		if k != e.self && o.members[k] == nil {
			fresh = append(fresh, e.candidate(k))
		}
	}
	o.told, o.due = ev.Online, true
	e.greet(fresh)
}

// absent takes a member back.
func (e *Engine) absent(k crypto.PublicKey) {
	o := &e.overlay
	c := o.members[k]
	if c == nil {
		return
	}
	if !c.dialAt.IsZero() {
		e.undial(c)
	}
	o.drop(c)
	o.told, o.due = max(0, o.told-1), true
}

// candidate finds or adds a member. In a crowd it takes another's place at
// random: who invents members must neither fill the memory nor settle for good
// whom we know.
func (e *Engine) candidate(k crypto.PublicKey) *candidate {
	o := &e.overlay
	if c := o.members[k]; c != nil {
		return c
	}
	if len(o.list) >= maxCandidates {
		for i := e.cfg.Rand.IntN(len(o.list)); ; i = (i + 1) % len(o.list) { // few are linked or dialled
			if o.list[i].idle() {
				o.drop(o.list[i])
				break
			}
		}
	}
	c := &candidate{key: k, index: len(o.list), avoid: e.bannedUntil(k)}
	for _, l := range e.links {
		if l.peer == k {
			c.linked++
		}
	}
	o.members[k] = c
	o.list = append(o.list, c)
	return c
}

func (o *overlay) drop(c *candidate) {
	last := o.list[len(o.list)-1]
	last.index = c.index
	o.list[c.index] = last
	o.list = o.list[:len(o.list)-1]
	delete(o.members, c.key)
}

func (e *Engine) dial(c *candidate) {
	c.dialAt = e.now
	e.overlay.dials = append(e.overlay.dials, c)
	e.act(Dial{c.key})
}

func (e *Engine) undial(c *candidate) {
	e.overlay.dialled(c)
	e.act(Undial{c.key})
}

// dialled notes that a member is no longer dialled.
func (o *overlay) dialled(c *candidate) {
	c.dialAt = noTime
	o.dials = slices.DeleteFunc(o.dials, func(x *candidate) bool { return x == c })
	if o.swap == c {
		o.swap = nil
	}
}

// dialFailed looks for somebody else; in a mesh there is nobody else.
func (e *Engine) dialFailed(k crypto.PublicKey) {
	c := e.overlay.members[k]
	if c == nil || c.dialAt.IsZero() || !e.overlay.large {
		return
	}
	e.undial(c)
	e.shun(c, shunFailed)
}

// shun leaves a member alone for a while, longer each time.
func (e *Engine) shun(c *candidate, pause time.Duration) {
	c.pause = min(max(2*c.pause, pause), shunMax)
	c.tried, c.avoid = e.now, e.now.Add(e.jitter(c.pause))
	e.overlay.due = true
}

// jitter is a time within a quarter of d, before or after.
func (e *Engine) jitter(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(e.cfg.Rand.Int64N(int64(d)/2+1))
}
