package peer

import (
	"context"
	"time"

	"gochat/crypto"
	"gochat/room"
)

// Delivery is what became of the messages sent in this session.
type Delivery struct {
	Sent        int // messages sent
	Unreached   int // of those, how many reached no one
	Undelivered int // of those, how many some member has, but not every joined one who stayed
	Kept        int // of the unreached, how many lie in a mailbox for those who are away
	// Mailbox is where they lie, and for how long at most; "": nowhere.
	Mailbox string
	Keep    time.Duration
}

// OK reports whether every message reached somebody, and everybody who joined
// and stayed.
func (d Delivery) OK() bool { return d.Unreached == 0 && d.Undelivered == 0 }

// drain waits for everything to be delivered.
type drain struct{ done chan struct{} }

// Drain waits until everything sent has reached everyone joined or announced,
// or until ctx ends; with something undelivered and nobody there it waits for
// somebody. It returns how things stand then, also after Leave and after the
// session has ended.
func (r *Room) Drain(ctx context.Context) Delivery {
	d := &drain{done: make(chan struct{})}
	if r.node.do(func(now time.Time) { r.drains = append(r.drains, d); r.post.hurry(now); r.checkDrains() }) == nil {
		select {
		case <-d.done:
		case <-ctx.Done():
		case <-r.node.done:
		}
	}
	var now Delivery
	if r.node.do(func(time.Time) { now = r.delivery() }) != nil {
		<-r.node.done // the loop has ended: nobody else looks at the engine
		now = r.delivery()
	}
	return now
}

func (r *Room) delivery() Delivery {
	if !r.isReady() {
		return Delivery{}
	}
	d := r.engine.Delivery()
	sum := Delivery{Sent: d.Sent, Unreached: d.Unreached, Undelivered: d.Undelivered}
	r.posting.count(&sum, r.engine)
	return sum
}

// checkDrains ends the waits that are over: all is delivered to everyone
// joined, and nobody announced is still on the way; or we left.
func (r *Room) checkDrains() {
	if len(r.drains) == 0 || !r.left && !r.delivered() {
		return
	}
	for _, d := range r.drains {
		close(d.done)
	}
	r.drains = nil
}

// delivered reports whether nothing is left to wait for.
func (r *Room) delivered() bool {
	if !r.isReady() {
		return len(r.loading.then) == 0
	}
	d := r.delivery()
	return len(r.waiting) == 0 && !r.engine.Telling() && d.Undelivered == 0 && d.Unreached <= d.Kept &&
		r.postIdle() && (d.Sent == 0 || !r.expectsSomebody())
}

// expectsSomebody reports whether a member is announced, but not joined yet.
func (r *Room) expectsSomebody() bool {
	for _, m := range r.members {
		if s := m.presence.state; m.presence.listed && (s == Connecting || s == Unreachable) {
			return true
		}
	}
	return false
}

func (r *Room) tellDelivered(now time.Time, a room.Delivered) {
	if a.Delivered < a.Of {
		r.overdue.watch(now, a.ID)
	}
	r.emit(Delivered{Room: r.name, ID: a.ID.String(), Peer: a.Peer, Delivered: a.Delivered, Of: a.Of})
	if err := r.noteDelivered(a); err != nil {
		r.storeFailed(err)
	}
}

// noteDelivered has the store remember who has a message, over restarts.
func (r *Room) noteDelivered(a room.Delivered) error {
	if a.Peer != (crypto.PublicKey{}) {
		if err := r.store.SetReached(a.ID, a.Peer); err != nil {
			return err
		}
	}
	if a.Of > 0 && a.Delivered == a.Of {
		return r.store.SetComplete(a.ID)
	}
	return nil
}

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
	// Mailbox is the bootnode where a copy waits for the member; "": none does.
	Mailbox string
	Until   time.Time // how long it is kept there at most; zero: unknown
}

// DeliveryOf tells for every member a message of ours is meant for how far it
// is, and where copies wait for those who are away; nil if nobody is, or if it is not followed any more.
func (r *Room) DeliveryOf(id string) (out []MemberDelivery) {
	target, err := parseID(id)
	if err != nil {
		return nil
	}
	_ = r.node.do(func(now time.Time) {
		if !r.isReady() {
			return
		}
		for _, s := range r.engine.DeliveryOf(target) {
			out = append(out, r.memberDelivery(s))
		}
		out = r.addCopies(now, target, out)
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
