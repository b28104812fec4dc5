package peer

import (
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// DeliveryState is how far a message of ours is with a member.
type DeliveryState int

// The states of a delivery, as package room has them.
const (
	Reached   = DeliveryState(room.Reached)
	NoLink    = DeliveryState(room.NoLink)
	Queued    = DeliveryState(room.Queued)
	Unacked   = DeliveryState(room.Unacked)
	Elsewhere = DeliveryState(room.Elsewhere)
)

// String is the word used in the JSON front.
func (s DeliveryState) String() string {
	return [...]string{"reached", "no_link", "queued", "sent", "elsewhere"}[s]
}

// MemberDelivery is how far a message of ours is with one member.
type MemberDelivery struct {
	Person
	State  DeliveryState
	Reason string // in words
}

// DeliveryOf tells for every member a message of ours is meant for how far it
// is; nil if nobody is, or if it is not followed any more.
func (r *Room) DeliveryOf(id string) (out []MemberDelivery) {
	target, err := parseID(id)
	if err != nil {
		return nil
	}
	_ = r.node.do(func(time.Time) {
		for _, s := range r.engine.DeliveryOf(target) {
			out = append(out, r.memberDelivery(s))
		}
	})
	return out
}

func (r *Room) memberDelivery(s room.MemberState) MemberDelivery {
	d := MemberDelivery{Person: r.person(s.Peer), State: DeliveryState(s.State), Reason: s.State.String()}
	if m := r.members[s.Peer]; d.State == NoLink && m != nil {
		if why := m.view().Reason; why != "" {
			d.Reason += ": " + why
		}
	}
	return d
}

const (
	// overdueAfter is how long a message may be on its way before the user is
	// told why: longer than any ordinary link takes, and its loss to be mended.
	overdueAfter = 10 * time.Second
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
