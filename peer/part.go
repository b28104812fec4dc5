package peer

import (
	"slices"
	"time"

	"gochat/room"
)

// partFor is how long the others are given to read our last words in a room,
// and we to read what of ours they have.
const partFor = time.Second

// Leave parts the room: what is being stored gets stored, the others are told,
// and no event of this room follows RoomChanged. It returns when the room's
// store is not used any more; then the room may be joined again. The others
// are given a second more to read the last words before the registrations are
// given up; see Gone.
func (r *Room) Leave() {
	n := r.node
	if n.do(r.leave) != nil {
		return // the node has left it all
	}
	select {
	case <-r.stored:
	case <-n.done:
	}
}

// leave begins to part the room. Loop only.
func (r *Room) leave(now time.Time) {
	if !r.isReady() {
		r.abandon(now, nil)
		return
	}
	r.leaving = !r.left
	r.checkLeave(now)
}

// Gone is closed once nothing of the room is left after Leave, its
// registrations included.
func (r *Room) Gone() <-chan struct{} { return r.gone }

// checkLeave parts the room that is to be left once nothing waits for the
// store.
func (r *Room) checkLeave(now time.Time) {
	if !r.leaving || len(r.waiting)+len(r.importing) > 0 {
		return
	}
	r.goodbye(now)
	n := r.node
	r.endStreams()
	r.closed()
	if !r.hidden {
		r.put(RoomChanged{Room: r.name, State: RoomParted, Direct: r.conversation != nil})
	}
	r.closeEvents()
	n.setRooms(slices.DeleteFunc(n.roomList(), func(x *Room) bool { return x == r }))
	n.parting = append(n.parting, r)
	r.partedAt = now.Add(partFor)
	for _, m := range r.members {
		if m.link != nil {
			m.link.finish()
		}
	}
	r.checkParted(now)
}

// goodbye ends the room for the members, the store and the front.
func (r *Room) goodbye(now time.Time) {
	r.leaving = false
	r.step(now, room.Leave{})
	r.storeHints()
	r.left = true
	close(r.commits)
	r.checkDrains()
}

// checkParted forgets a room that was left once the others have read it.
func (r *Room) checkParted(now time.Time) {
	for _, m := range r.members {
		if m.link != nil && now.Before(r.partedAt) {
			return
		}
	}
	r.endParting(now)
}

// endParting forgets a room that was left.
func (r *Room) endParting(now time.Time) {
	n := r.node
	if !slices.Contains(n.parting, r) {
		return
	}
	n.parting = slices.DeleteFunc(n.parting, func(x *Room) bool { return x == r })
	for _, m := range r.members {
		if l := m.link; l != nil {
			l.abort(closeLeave)
			l.down(now, ending{left: true})
			l.conn.settle(closeLeave)
		}
		m.remove()
	}
	for _, b := range n.boots {
		b.unregister(now, r)
	}
	close(r.gone)
}
