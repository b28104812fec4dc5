package peer

import (
	"maps"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

const (
	// postGrace is how long a message of ours may be on its way to a member before
	// a copy is left at a mailbox.
	postGrace = 5 * time.Second
	// postHaste is that grace when the process is about to end and the member is
	// not there at all; postHasty, when it is announced: whoever has just gone
	// without a word still is.
	postHaste = 300 * time.Millisecond
	postHasty = 2 * time.Second
	postAgain = 5 * time.Second // who was on the way then is looked for again
	// postFull is how long a full box is left alone.
	postFull = 10 * time.Minute

	maxPosted  = 512 // messages of ours watched
	maxParcels = 32  // under way
	// maxPacked is how many sealed bytes are under way before no more are sealed.
	maxPacked   = 8 << 20
	maxBoxes    = 64 // members that something is left for: those heard of last
	postRecents = 30 * 24 * time.Hour
)

// whereabouts is how a member stands to us.
type whereabouts int

// The whereabouts.
const (
	away   whereabouts = iota // nothing tells that it is there
	coming                    // announced, and not linked yet
	here                      // linked, or reached through others
)

// look is what a post asks about the room.
type look struct {
	boxes   func() []room.Addressee
	where   func(crypto.PublicKey) whereabouts
	has     func(wire.RecordID, crypto.PublicKey) bool
	pack    func(parcel) []packed
	hastily bool // the process is about to end, and who is there is known
}

// post decides what to leave at mailboxes for whom. It is pure: a message of ours
// is watched from when it was stored, until every member with a box has it, or a
// copy was left for it. A zero post watches nothing.
type post struct {
	list    []*posted
	parcels int                            // under way
	bytes   int                            // of these
	full    map[crypto.PublicKey]time.Time // not before
}

// posted is a message of ours, watched.
type posted struct {
	id    wire.RecordID
	since time.Time
	due   time.Time // when to look
	fates map[crypto.PublicKey]fate
}

// fate is what became of a message for one member.
type fate int

// The fates; 0: nothing yet.
const (
	posting fate = iota + 1 // copies are under way
	kept                    // a mailbox has it
	refused                 // no mailbox takes it
)

// parcel is a copy to be left for a member.
type parcel struct {
	id      wire.RecordID
	to      room.Addressee
	message *posted
	objects []packed
}

// packed is a record in the form in which it lies in a box.
type packed struct {
	id     wire.RecordID
	object []byte
}

func (x *parcel) bytes() (n int) {
	for _, o := range x.objects {
		n += len(o.object)
	}
	return n
}

// busy reports whether as much is under way as may be.
func (p *post) busy() bool { return p.parcels >= maxParcels || p.bytes >= maxPacked }

// watch begins to watch a message of ours.
func (p *post) watch(now time.Time, id wire.RecordID) {
	if len(p.list) == maxPosted {
		p.list = p.list[1:]
	}
	p.list = append(p.list, &posted{id: id, since: now, due: now, fates: map[crypto.PublicKey]fate{}})
}

// hurry has all messages looked at at once: somebody left, or we are about to.
func (p *post) hurry(now time.Time) {
	for _, w := range p.list {
		w.due = now
	}
}

func (p *post) deadline() (at time.Time) {
	if p.busy() {
		return at // an outcome comes first
	}
	for _, w := range p.list {
		at = earliest(at, w.due)
	}
	return at
}

// dueParcels returns the copies to be left now. Messages that nobody needs any more are
// forgotten.
func (p *post) dueParcels(now time.Time, see look) (out []parcel) {
	var boxes []room.Addressee
	looked := false
	p.list = slices.DeleteFunc(p.list, func(w *posted) bool {
		if now.Before(w.due) || p.busy() {
			return false
		}
		if !looked {
			boxes, looked = see.boxes(), true
		}
		next := time.Time{}
		for _, to := range boxes {
			at := p.decide(now, w, to, see)
			switch {
			case at.IsZero():
			case !at.After(now) && !p.busy():
				w.fates[to.Peer] = posting
				x := parcel{id: w.id, to: to, message: w}
				x.objects = see.pack(x)
				p.parcels++
				p.bytes += x.bytes()
				out = append(out, x)
			default:
				next = earliest(next, at)
			}
		}
		w.due = next
		if !next.IsZero() && !next.After(now) {
			w.due = now.Add(time.Second) // no place for it yet
		}
		return next.IsZero() && !w.open()
	})
	return out
}

// decide says when to leave a member a copy, or to look again; zero: never.
func (p *post) decide(now time.Time, w *posted, to room.Addressee, see look) time.Time {
	if w.fates[to.Peer] != 0 || see.has(w.id, to.Peer) {
		return time.Time{}
	}
	grace := postGrace
	where := see.where(to.Peer)
	switch {
	case !see.hastily:
	case where == away:
		grace = postHaste
	case where == coming:
		grace = postHasty
	}
	at := w.since.Add(grace)
	switch {
	case now.Before(at):
		return at
	case where == here:
		return now.Add(postAgain)
	case now.Before(p.full[to.Peer]):
		return p.full[to.Peer]
	}
	return now
}

// open reports whether copies are under way.
func (w *posted) open() bool {
	for _, f := range w.fates {
		if f == posting {
			return true
		}
	}
	return false
}

// done notes what became of a parcel.
func (p *post) done(now time.Time, x parcel, f fate, full bool) {
	p.parcels--
	p.bytes -= x.bytes()
	x.message.fates[x.to.Peer] = f
	if full {
		if p.full == nil {
			p.full = map[crypto.PublicKey]time.Time{}
		}
		maps.DeleteFunc(p.full, func(_ crypto.PublicKey, till time.Time) bool { return !now.Before(till) })
		p.full[x.to.Peer] = now.Add(postFull)
	}
	x.message.due = now
}

// idle reports whether nothing is to be waited for: whoever is away has, or was
// left, all there is, or no mailbox takes it.
func (p *post) idle(see look) bool {
	var boxes []room.Addressee
	for i, w := range p.list {
		if w.open() {
			return false
		}
		if i == 0 {
			boxes = see.boxes()
		}
		for _, to := range boxes {
			if w.fates[to.Peer] == 0 && !see.has(w.id, to.Peer) && see.where(to.Peer) != here {
				return false
			}
		}
	}
	return true
}
