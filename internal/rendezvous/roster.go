package rendezvous

import (
	"bytes"
	"maps"
	"net/netip"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

const (
	fetchGap = time.Second           // between ROSTER-GETs that bring nothing
	pageGap  = 50 * time.Millisecond // between those that do
	// maxMembers bounds what a bootnode can make us keep: four times the
	// largest room one has by default.
	maxMembers = 8000
)

// roster is the member's copy of the bootnode's list of a room.
//
// A walk is the reading of a whole list, page by page. Who was known and is
// not named by its end is missing: not there, or, after the bootnode
// restarted, not there yet. So the missing have until graceUntil to be named.
type roster struct {
	version    uint64 // our copy is complete up to here
	target     uint64 // the latest version we heard of
	yet        int    // told as missing of the list
	members    map[crypto.SessionID]*member
	named      map[crypto.SessionID]bool // in this walk; nil: no walk
	missing    map[crypto.SessionID]bool
	missingDue time.Time
	graceUntil time.Time
	fetchDue   time.Time
	lastFetch  time.Time
}

type member struct {
	channel  uint32
	observed netip.AddrPort
	sealed   []byte
	opened   wire.Announcement
}

func newRoster() roster {
	return roster{
		members: map[crypto.SessionID]*member{},
		missing: map[crypto.SessionID]bool{},
	}
}

// restart forgets versions, not members, and begins a walk.
func (r *roster) restart(graceUntil time.Time) {
	r.version, r.target, r.yet, r.graceUntil = 0, 0, 0, graceUntil
	r.fetchDue = time.Time{}
	r.walk()
}

// walk begins a walk; until it ends, nobody is dropped.
func (r *roster) walk() {
	r.named, r.missingDue = map[crypto.SessionID]bool{}, time.Time{}
}

// learn notes a version the bootnode told and fetches what is lacking.
func (r *roster) learn(now time.Time, version uint64) {
	r.target = max(r.target, version)
	if r.lacking() {
		r.ask(now)
	}
}

func (r *roster) lacking() bool { return r.version < r.target || r.named != nil }

// ask wants a ROSTER-GET: at once, but not more than one a second.
func (r *roster) ask(now time.Time) {
	if r.fetchDue.IsZero() {
		r.fetchDue = later(now, r.lastFetch.Add(fetchGap))
	}
}

func (r *roster) asked(now time.Time) {
	r.lastFetch, r.fetchDue = now, time.Time{}
	if r.lacking() {
		r.fetchDue = now.Add(fetchGap)
	}
}

// applyPage takes a page that begins where our copy ends or before; replaying
// an older part of the list in order leads to the same end. A page that begins
// beyond shows a gap.
func (c *Client) applyPage(now time.Time, p *wire.RosterPage) {
	r := &c.roster
	switch {
	case p.Reset && p.Current < r.version:
		return // late: versions only rise within a session
	case p.Reset:
		r.walk()
	case p.From > r.version:
		r.learn(now, p.Current)
		return
	case p.To < r.version || p.To == r.version && p.From < p.To:
		return // late
	}
	for i := range p.Entries {
		c.applyEntry(&p.Entries[i])
	}
	r.version, r.target = p.To, max(r.target, p.Current)
	if r.named != nil && r.version == p.Current {
		c.endWalk(now)
	}
	r.fetchDue = time.Time{}
	if r.lacking() {
		r.fetchDue = later(now, r.lastFetch.Add(pageGap))
	}
	if yet := int(min(r.target-r.version, maxMembers)); yet != r.yet {
		r.yet = yet
		c.out = append(c.out, Listed{Missing: yet})
	}
}

func (c *Client) applyEntry(e *wire.RosterEntry) {
	switch {
	case e.Session == c.self:
	case e.Kind == wire.RosterPresent:
		c.present(e)
	default:
		c.left(e.Session, e.Kind == wire.RosterTimedOut)
	}
}

func (c *Client) present(e *wire.RosterEntry) {
	r := &c.roster
	m := r.members[e.Session]
	if m == nil && len(r.members) >= maxMembers {
		return
	}
	if m == nil || !bytes.Equal(m.sealed, e.Announcement) {
		a, err := wire.OpenAnnouncement(e.Announcement, c.cfg.Room)
		if err != nil || a.Session(c.cfg.Room) != e.Session {
			return // not this room's, or somebody else's announcement
		}
		m = &member{sealed: bytes.Clone(e.Announcement), opened: a}
	} else if m.channel == e.Channel && m.observed == e.Observed {
		c.name(e.Session, m)
		return
	}
	if old := c.session.byChannel; old[m.channel] == e.Session {
		delete(old, m.channel)
	}
	m.channel, m.observed = e.Channel, e.Observed
	r.members[e.Session] = m
	c.name(e.Session, m)
	c.out = append(c.out, MemberPresent{
		Session: e.Session, Channel: m.channel, Observed: m.observed,
		Announcement: m.opened, Sealed: m.sealed,
	})
}

// name marks a member as seen in this session.
func (c *Client) name(id crypto.SessionID, m *member) {
	r := &c.roster
	c.session.byChannel[m.channel] = id
	delete(r.missing, id)
	if r.named != nil {
		r.named[id] = true
	}
}

func (c *Client) left(id crypto.SessionID, timedOut bool) {
	r := &c.roster
	m := r.members[id]
	if m == nil {
		return
	}
	if c.session.byChannel[m.channel] == id {
		delete(c.session.byChannel, m.channel)
	}
	delete(r.members, id)
	delete(r.missing, id)
	delete(r.named, id)
	c.out = append(c.out, MemberLeft{id, timedOut})
}

// endWalk notes who was not named.
func (c *Client) endWalk(now time.Time) {
	r := &c.roster
	clear(r.missing)
	for id := range r.members {
		if !r.named[id] {
			r.missing[id] = true
		}
	}
	r.named = nil
	if len(r.missing) > 0 {
		r.missingDue = later(now, r.graceUntil)
	}
}

// dropMissing reports the missing as left, in the order of their ids.
func (c *Client) dropMissing() {
	r := &c.roster
	r.missingDue = time.Time{}
	byID := func(a, b crypto.SessionID) int { return bytes.Compare(a[:], b[:]) }
	for _, id := range slices.SortedFunc(maps.Keys(r.missing), byID) {
		c.left(id, true)
	}
}
