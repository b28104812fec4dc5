package peer

import (
	"slices"
	"time"

	"gochat/internal/rendezvous"
	"gochat/internal/wire"
	"gochat/room"
)

// collected takes what lay in our box: the same record that a link would have
// brought, by the same way. It is deleted there once it is stored here. What does
// not open, or is no record of a member, is deleted, too.
func (r *Room) collected(_ time.Time, g *registration, a rendezvous.Collected) {
	take := func() {
		r.node.mail.put(func(now time.Time) {
			if slices.Contains(g.boot.regs, g) {
				g.step(now, rendezvous.Taken{Round: a.Round, Seqs: []uint64{a.Seq}})
			}
		})
	}
	rec, err := wire.OpenRecord(a.Object, r.keys)
	if err != nil {
		r.node.log.Debug("something in the mailbox is no record of this room", "room", r.name, "error", err)
		take()
		return
	}
	r.node.mail.put(func(now time.Time) {
		if r.left || r.leaving {
			return // it comes again
		}
		r.refs++
		r.importing[r.refs] = func(x room.Imported) {
			if x.Err == nil {
				take()
			}
		}
		r.step(now, room.Import{Ref: r.refs, Records: []*wire.Record{rec}, News: true})
	})
}
