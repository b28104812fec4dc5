package bootnode

import (
	"slices"
	"sort"

	"gochat/crypto"
	"gochat/internal/wire"
)

// versionStep is between two versions of a roster. The bits below it mark
// cursors: places in a walk over the whole roster (see page).
const versionStep = 1 << 16

// room is the roster of one room: a log of places in the order of their
// versions, in which every member has one place, that of its latest change, and
// everyone who left has one too until it is dropped for space.
//
// Versions begin at the time the room was opened, so that a client's version
// from a former life of the room is below floor and never taken for one of this.
type room struct {
	tag     crypto.RoomTag
	subject crypto.RoomSubject // among nodes; zero without others
	log     []place
	version uint64 // of the latest change
	opened  uint64 // version before the first change
	floor   uint64 // who is informed up to less may have missed a leave that was dropped
	epoch   uint16 // rises with floor; never 0
	members int
	left    int // places of those who left
	shown   int // places of foreign members

	foreigners map[crypto.SessionID]*foreign // those that a member here hides, too

	relayed uint64 // bytes carried between its members

	pushed uint64 // version up to which members were told unasked
	dirty  bool   // waits for the next push
}

// place is one entry of the log; with neither member nor other it is empty,
// because its member has a later one.
type place struct {
	version uint64
	member  *member
	other   *other
}

// other is what is told of a foreign member, or of a member that left.
type other struct {
	session crypto.SessionID
	kind    wire.RosterKind // how it left
	foreign *foreign        // nil: it left
}

// spare is how many places a log has beyond two for each member before it is
// compacted. Most rooms are small, and most of their memory would be this.
const spare = 16

func newRoom(tag crypto.RoomTag, opened uint64, epoch uint16) *room {
	return &room{
		tag: tag, opened: opened, epoch: max(epoch, 1),
		version: opened, floor: opened, pushed: opened,
	}
}

// enter gives a member the next version: it joined or changed.
func (r *room) enter(m *member) {
	if m.version == 0 {
		r.members++
	} else {
		r.vacate(m.version)
	}
	m.version = r.append(place{member: m})
}

// leave takes a member off and notes how it left.
func (r *room) leave(m *member, kind wire.RosterKind) {
	r.vacate(m.version)
	r.members--
	r.append(place{other: &other{session: m.id, kind: kind}})
	r.left++
}

// enterForeign gives a foreign member the next version.
func (r *room) enterForeign(f *foreign) {
	if f.version == 0 {
		r.shown++
	} else {
		r.vacate(f.version)
	}
	f.version = r.append(place{other: &f.other})
}

// hide takes a foreign member's place: a member here has its session.
func (r *room) hide(f *foreign) {
	r.vacate(f.version)
	r.shown--
	f.version = 0
}

// leaveForeign takes a foreign member off and notes how it left.
func (r *room) leaveForeign(f *foreign, kind wire.RosterKind) {
	r.hide(f)
	r.append(place{other: &other{session: f.session, kind: kind}})
	r.left++
}

// present is how many the roster shows.
func (r *room) present() int { return r.members + r.shown }

func (r *room) vacate(version uint64) {
	p := &r.log[r.after(version-1)]
	p.member, p.other = nil, nil
}

func (r *room) append(p place) uint64 {
	if len(r.log) >= 2*r.present()+spare {
		r.compact()
	}
	r.version += versionStep
	p.version = r.version
	r.log = append(r.log, p)
	return p.version
}

// after is the index of the first place with a higher version.
func (r *room) after(version uint64) int {
	return sort.Search(len(r.log), func(i int) bool { return r.log[i].version > version })
}

// compact drops empty places and the oldest of those who left. What remains is
// at most 3/4 of what makes the log due again, so its price is constant per
// change.
func (r *room) compact() {
	drop, floor := r.left-(r.present()/2+spare/2), r.floor
	kept := r.log[:0]
	for _, p := range r.log {
		switch {
		case p.member != nil || p.other != nil && p.other.foreign != nil:
		case p.other == nil:
			continue
		case drop > 0:
			drop--
			r.left--
			r.floor = p.version
			continue
		}
		kept = append(kept, p)
	}
	clear(r.log[len(kept):])
	if cap(kept) > 2*len(kept)+spare {
		kept = slices.Clone(kept)
	}
	r.log = kept
	if r.floor != floor {
		r.epoch = max(r.epoch+1, 1)
	}
}

// page tells what changed since a version, in at most space bytes of entries,
// which it writes to buf. It begins a walk over the whole roster for who is
// informed of nothing, or too long ago.
//
// A walk passes places older than floor, where its position must not be taken
// for a version someone was fully informed up to: so it is marked, as a cursor,
// with the epoch, which says that no leave was dropped since the walk began.
func (r *room) page(since uint64, space int, buf []wire.RosterEntry) wire.RosterPage {
	p := wire.RosterPage{From: since, To: r.version, Current: r.version, Entries: buf[:0]}
	walking := since > r.opened && uint16(since) == r.epoch
	if since > r.version || since < r.floor && !walking || since == 0 {
		p.Reset, p.From = true, 0
	}
	to := p.From
	for i := r.after(p.From); i < len(r.log); i++ {
		e, ok := r.log[i].entry()
		if ok && !(p.Reset && e.Kind != wire.RosterPresent) {
			if space -= e.Size(); space < 0 {
				if p.To = to; to < r.floor {
					p.To |= uint64(r.epoch)
				}
				break
			}
			p.Entries = append(p.Entries, e)
		}
		to = r.log[i].version
	}
	return p
}

func (p *place) entry() (e wire.RosterEntry, ok bool) {
	switch m := p.member; {
	case m != nil:
		return wire.RosterEntry{
			Kind: wire.RosterPresent, Session: m.id, Channel: m.channel,
			Observed: m.observed(), Announcement: m.announcement,
		}, true
	case p.other != nil && p.other.foreign != nil:
		f := p.other.foreign
		return wire.RosterEntry{
			Kind: wire.RosterPresent, Session: f.session, Channel: f.channel,
			Observed: f.observed, Announcement: f.announcement,
		}, true
	case p.other != nil:
		return wire.RosterEntry{Kind: p.other.kind, Session: p.other.session}, true
	}
	return e, false
}
