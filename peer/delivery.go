package peer

import (
	"time"

	"gochat/internal/wire"
	"gochat/room"
)

// Delivery is what became of the messages sent in this session.
type Delivery struct {
	Sent        int // messages sent
	Unreached   int // of those, how many reached no one
	Undelivered int // of those, how many some joined member who stayed has not
}

// OK reports whether every message reached somebody, and everybody who joined
// and stayed.
func (d Delivery) OK() bool { return d.Unreached == 0 && d.Undelivered == 0 }

// sentMessage follows one own message.
type sentMessage struct{ delivered, of int }

// drain waits for everything to be delivered.
type drain struct{ done chan struct{} }

// Delivery counts, as things stand, also after the session has ended.
func (r *Room) Delivery() (d Delivery) {
	if r.node.do(func(time.Time) { d = r.delivery() }) != nil {
		<-r.node.done
		d = r.delivery()
	}
	return d
}

func (r *Room) delivery() (d Delivery) {
	for _, s := range r.sent {
		d.Sent++
		if s.delivered == 0 {
			d.Unreached++
		}
		if s.delivered < s.of {
			d.Undelivered++
		}
	}
	return d
}

func (r *Room) delivered(a room.Delivered) {
	s := r.sent[a.ID]
	if s == nil {
		return // a profile: nobody waits for it
	}
	s.delivered, s.of = a.Delivered, a.Of
	r.node.events.put(Delivered{Room: r.name, ID: a.ID.String(), Peer: a.Peer, Delivered: a.Delivered, Of: a.Of})
}

func (r *Room) noteSent(id wire.RecordID) {
	if r.sent[id] == nil {
		r.sent[id] = &sentMessage{}
	}
}

// checkDrains ends the waits that are over: all is delivered to everyone
// joined, and nobody announced is still on the way.
func (r *Room) checkDrains() {
	if len(r.drains) == 0 || len(r.waiting) > 0 {
		return
	}
	if d := r.delivery(); !d.OK() {
		return
	}
	if len(r.sent) > 0 {
		for _, m := range r.members {
			if m.presence.listed && m.presence.state != Joined && m.presence.state != Left {
				return
			}
		}
	}
	for _, d := range r.drains {
		close(d.done)
	}
	r.drains = nil
}
