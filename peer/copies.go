package peer

import (
	"bytes"
	"maps"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
	"gochat/room"
)

// maxCopies is of how many messages of this run it is known what became of their
// copies; then those go that nobody follows any more, or, if all are, any one.
const maxCopies = 4096

// mailCopy is what became of the copy of a message for one member.
type mailCopy struct {
	host    string    // whose mailbox
	until   time.Time // kept there so long at most; zero: unknown
	trouble string    // why it takes none; "": it has it
}

// copies are by message and member.
type copies map[wire.RecordID]map[crypto.PublicKey]mailCopy

func (c copies) note(id wire.RecordID, to crypto.PublicKey, x mailCopy, follows func(wire.RecordID) bool) {
	if c[id] == nil {
		c.makePlace(follows)
		c[id] = map[crypto.PublicKey]mailCopy{}
	}
	c[id][to] = x
}

// makePlace sees to it that one more message is no more than maxCopies.
func (c copies) makePlace(follows func(wire.RecordID) bool) {
	if len(c) >= maxCopies {
		maps.DeleteFunc(c, func(id wire.RecordID, _ map[crypto.PublicKey]mailCopy) bool { return !follows(id) })
	}
	for id := range c {
		if len(c) < maxCopies {
			return
		}
		delete(c, id)
	}
}

// kept reports whether a mailbox has a message for somebody.
func (c copies) kept(id wire.RecordID) bool {
	for _, x := range c[id] {
		if x.trouble == "" {
			return true
		}
	}
	return false
}

// addCopies tells where copies of a message wait for those who do not have it,
// also for those who were away when it was written.
func (r *Room) addCopies(now time.Time, id wire.RecordID, list []MemberDelivery) []MemberDelivery {
	all := r.posting.copies[id]
	order := slices.SortedFunc(maps.Keys(all), func(a, b crypto.PublicKey) int { return bytes.Compare(a[:], b[:]) })
	for _, key := range order {
		i := slices.IndexFunc(list, func(d MemberDelivery) bool { return d.Key == key })
		if i < 0 {
			state := room.NoLink
			if r.engine.Has(id, key) {
				state = room.Reached
			}
			i = len(list)
			list = append(list, r.memberDelivery(room.MemberState{Peer: key, State: state}))
		}
		d, x := &list[i], all[key]
		switch {
		case d.State == Reached || !x.until.IsZero() && now.After(x.until):
		case x.trouble != "":
			d.Reason += "; " + x.trouble
		default:
			d.Mailbox, d.Until = x.host, x.until
		}
	}
	return list
}
