package peer

import (
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

const (
	// overdueAfter is how long a message may be on its way before the user is
	// told why: longer than any ordinary link takes, and its loss to be mended.
	overdueAfter = 5 * time.Second
	// maxWaiting is how many members are named then.
	maxWaiting = 8
)

// overdue waits for messages of ours to arrive. The zero value waits for none.
type overdue struct {
	queue []waitingFor // by time, since all wait equally long
	has   map[wire.RecordID]bool
}

type waitingFor struct {
	id wire.RecordID
	at time.Time
}

// watch begins to wait for a message, unless that is under way.
func (o *overdue) watch(now time.Time, id wire.RecordID) {
	if o.has[id] {
		return
	}
	if o.has == nil {
		o.has = map[wire.RecordID]bool{}
	}
	o.has[id] = true
	o.queue = append(o.queue, waitingFor{id, now.Add(overdueAfter)})
}

func (o *overdue) deadline() time.Time {
	if len(o.queue) == 0 {
		return time.Time{}
	}
	return o.queue[0].at
}

// due returns what was waited for long enough.
func (o *overdue) due(now time.Time) (ids []wire.RecordID) {
	for len(o.queue) > 0 && !now.Before(o.queue[0].at) {
		ids = append(ids, o.queue[0].id)
		delete(o.has, o.queue[0].id)
		o.queue = o.queue[1:]
	}
	return ids
}

// tellOverdue says which messages have not arrived where they should have.
func (r *Room) tellOverdue(now time.Time) {
	for _, id := range r.overdue.due(now) {
		e := Delivered{Room: r.name, ID: id.String()}
		if e.Delivered, e.Of = r.engine.DeliveredTo(id); e.Delivered >= e.Of {
			continue
		}
		for _, s := range r.engine.DeliveryOf(id) {
			if s.State != room.Reached && len(e.Waiting) < maxWaiting {
				e.Waiting = append(e.Waiting, r.memberDelivery(s))
			}
		}
		r.emit(e)
	}
}
