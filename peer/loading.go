package peer

import (
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/wire"
	"gochat/room"
)

// Pager shows parts of a room before all of it is read. Reading takes seconds
// where a million messages are stored: a Room whose Store is a Pager is joined
// meanwhile. Its methods are called by Run; what was never shown they leave out,
// since it is told as news once the room is read.
type Pager interface {
	// Page returns the last limit messages before a place in the order, the
	// oldest first; "": the last ones of all. After returns the first ones
	// behind a place.
	Page(before string, limit int) ([]room.Message, error)
	After(after string, limit int) ([]room.Message, error)
	// View returns one message; the error may be room.ErrNotFound.
	View(id string) (room.Message, error)
	// Nick is the name in the newest profile of an author, as sent; nil: none.
	Nick(key crypto.PublicKey) ([]byte, error)
}

// grace is how long Join waits for a room to be read: most are, by then, and
// nobody need know that it took a while. The rooms joined before Run have it
// together.
const grace = 60 * time.Millisecond

// maxReaders is how many stores are read at once: each takes memory and a
// processor.
const maxReaders = 8

// errStopped ends the reading of a room that was left meanwhile.
var errStopped = errors.New("the room was left before it was read")

// loading is the reading of a room's store.
type loading struct {
	stopped atomic.Bool
	done    chan struct{} // closed when it has ended
	engine  *room.Engine  // then one of the two is set
	err     error

	nicks map[crypto.PublicKey]string // as the Pager has them; owned by the loop
	then  []func(now time.Time)       // what waits for the room to be read; owned by the loop
}

// stoppable is a store whose reading can be stopped.
type stoppable struct {
	room.Store
	stopped *atomic.Bool
}

// Headers is as in room.Store; it fails once the reading is stopped.
func (s stoppable) Headers(yield func(wire.RecordID, *wire.Record, bool) error) error {
	return s.Store.Headers(func(id wire.RecordID, h *wire.Record, body bool) error {
		if s.stopped.Load() {
			return errStopped
		}
		return yield(id, h, body)
	})
}

// load begins to read the store. The error is ErrClosed.
func (r *Room) load(cfg room.Config) error {
	n, l := r.node, &r.loading
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.ended {
		return ErrClosed
	}
	r.past.last = r
	cfg.Store = stoppable{cfg.Store, &l.stopped}
	n.loads.Go(func() {
		defer close(l.done)
		n.readers <- struct{}{}
		defer func() { <-n.readers }()
		l.engine, l.err = room.New(cfg, time.Now())
	})
	return nil
}

// awaitEngine waits until the room is read, and reports whether it is: as long
// as it takes, or, with a store that can show something meanwhile, not for long.
func (r *Room) awaitEngine(forever bool) bool {
	if _, ok := r.store.(Pager); forever || !ok {
		<-r.loading.done // which the node's end stops
		return true
	}
	wait := time.NewTimer(time.Until(r.node.graceEnd()))
	defer wait.Stop()
	select {
	case <-r.loading.done:
		return true
	case <-wait.C:
		return false
	}
}

// graceEnd is until when a room that is being joined may be waited for.
func (n *Node) graceEnd() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.running || n.graced.IsZero() {
		n.graced = time.Now().Add(grace)
	}
	return n.graced
}

// enter has the loop take a room that has its place, and is read or being read;
// tell: the front does not know of it yet.
func (n *Node) enter(r *Room, tell, read bool) error {
	if read {
		if err := r.loading.err; err != nil {
			n.drop(r)
			return err
		}
		if !n.mail.put(func(now time.Time) { r.begin(now, tell) }) {
			n.drop(r)
			return ErrClosed
		}
		return nil
	}
	if !n.mail.put(func(time.Time) {
		if tell {
			r.emit(RoomChanged{Room: r.name, State: RoomJoined, Direct: r.conversation != nil})
		}
	}) {
		n.drop(r)
		return ErrClosed
	}
	go func() { // it outlives Run by a moment at most, which ends the reading
		<-r.loading.done
		if !n.mail.put(r.loaded) {
			close(r.stored) // the loop has left the room
		}
	}()
	return nil
}

// drop gives up a room that the loop does not know of.
func (n *Node) drop(r *Room) {
	r.loading.stopped.Store(true)
	<-r.loading.done
	n.vacate(r)
	close(r.stored)
}

// loaded takes a room into the loop's care that took a while to read, or gives
// it up. Loop only.
func (r *Room) loaded(now time.Time) {
	err := r.loading.err
	if r.left || r.node.leaving || err == nil {
		r.begin(now, false)
		r.emit(RoomReady{Room: r.name})
		return
	}
	err = fmt.Errorf("cannot read the messages of %s: %w", r.name, err)
	r.emit(Notice{Room: r.name, Level: Failure, Code: CodeStore, Text: err.Error()})
	r.abandon(now, err)
	close(r.stored)
}

// abandon parts a room that is not read; why: it cannot be, nil: the user leaves
// it. Loop only.
func (r *Room) abandon(now time.Time, why error) {
	if r.left {
		return
	}
	if why == nil {
		r.closed()
	}
	if !r.hidden {
		r.put(RoomChanged{Room: r.name, State: RoomParted, Direct: r.conversation != nil, Err: why})
	}
	r.closeEvents()
	r.giveUp(now)
	r.node.setRooms(r.node.roomList())
	close(r.gone)
}

// giveUp ends a room that is not read, unless that is done. Loop only.
func (r *Room) giveUp(now time.Time) {
	if r.left {
		return
	}
	r.left = true
	r.loading.stopped.Store(true)
	r.settle(now)
}

// giveUpLoading ends all rooms that are not read. Loop's end only.
func (n *Node) giveUpLoading(now time.Time) {
	n.mu.Lock()
	n.ended = true
	rooms := slices.Clone(n.occupied)
	n.mu.Unlock()
	for _, r := range rooms {
		if !r.isReady() {
			r.giveUp(now)
		}
	}
}

// settle does what waited for the room to be read, or to be left. Loop only.
func (r *Room) settle(now time.Time) {
	close(r.ready)
	then := r.loading.then
	r.loading.then, r.loading.nicks = nil, nil
	for _, f := range then {
		f(now)
	}
	r.checkDrains()
}

// whenReady does something that needs the engine: now, or when the room is read
// or left. Loop only.
func (r *Room) whenReady(now time.Time, f func(now time.Time)) {
	if r.isReady() || r.left {
		f(now)
		return
	}
	r.loading.then = append(r.loading.then, f)
}

// Ready is closed once the room is read or left. Until then History and View
// show what was shown before, nobody is here, and what changes something waits.
func (r *Room) Ready() <-chan struct{} { return r.ready }

// isReady reports whether there is an engine. Loop only.
func (r *Room) isReady() bool { return r.engine != nil }

// doReady is Node.do for what needs the engine; without one the room was left
// before it was read.
func (r *Room) doReady(f func(now time.Time)) error {
	finished := make(chan struct{})
	if !r.node.mail.put(func(now time.Time) {
		r.whenReady(now, func(now time.Time) { f(now); close(finished) })
	}) {
		return ErrClosed
	}
	<-finished
	return nil
}

// pastNick is the nick that the room's past knows somebody by; cleaned, "" if
// none. Loop only.
func (r *Room) pastNick(key crypto.PublicKey) string {
	if r.isReady() {
		nick, _ := text.CleanNick(string(r.engine.Nick(key)))
		return nick
	}
	nick, known := r.loading.nicks[key]
	if pager, ok := r.store.(Pager); ok && !known {
		nick = pagedNick(pager, key)
		if r.loading.nicks == nil {
			r.loading.nicks = map[crypto.PublicKey]string{}
		}
		r.loading.nicks[key] = nick
	}
	return nick
}

func pagedNick(pager Pager, key crypto.PublicKey) string {
	raw, err := pager.Nick(key)
	if err != nil {
		return "" // what is wrong with the store the reading of it will tell
	}
	nick, _ := text.CleanNick(string(raw))
	return nick
}
