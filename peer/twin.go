package peer

import (
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
)

// A twin is a later run of our own identity, by a copied profile perhaps. The
// others talk to the latest run of an identity only, so while a twin is here
// we are cut off, and have to come back when it has gone.

// twinSeen notes a listed run of our own identity. An earlier one is what a
// crash left behind.
func (g *registration) twinSeen(a rendezvous.MemberPresent) {
	r := g.room
	if a.Announcement.RunNumber <= r.node.cfg.RunNumber {
		return
	}
	if len(r.twins) == 0 {
		r.put(Notice{Room: r.name, Level: Warning, Code: CodeTwin, Text: "your key is in use by another gochat, which started later, " +
			"perhaps on a copy of this data directory: members talk to that one until it leaves. Give each its own --data-dir"})
	}
	if r.twins == nil {
		r.twins = map[crypto.SessionID]*registration{}
	}
	r.twins[a.Session] = g
}

// twinLeft announces us anew when the last twin has gone.
func (r *Room) twinLeft(now time.Time, id crypto.SessionID) {
	if _, was := r.twins[id]; !was {
		return
	}
	delete(r.twins, id)
	if len(r.twins) == 0 && !r.node.leaving {
		r.announce(now)
	}
}
