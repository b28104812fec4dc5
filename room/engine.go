package room

import (
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Config says whose room it is.
type Config struct {
	Room  crypto.RoomID
	Self  *crypto.Identity
	Store Store
	// Chain is the own chain to write to: the one the store knows, or, with a
	// store that dies with the process, the run number. No (chain, seq) may
	// ever be begun twice.
	Chain uint64
	// Member says whose records are accepted; nil: everybody's (open room).
	Member func(crypto.PublicKey) bool
	// Rand is for jitter and the choice of links; nil: seeded at random.
	Rand *rand.Rand
	// Salt makes the salt of a body, which has to be unguessable; nil: crypto/rand.
	Salt func() [16]byte
}

// Engine is one member's view of one room. It is not safe for concurrent use.
type Engine struct {
	cfg  Config
	self crypto.PublicKey
	now  time.Time
	out  []Action

	log     log
	own     *chain
	refused recent[wire.RecordID] // invalid for ever

	links    []*link // in the order they came up
	session  *session
	wants    wants
	overlay  overlay
	partings []parting
	bans     []ban
	rumours  rumours
	digest   time.Time // when the next periodic digest may go
	changed  time.Time // when the index last changed

	queue    []*incoming
	writes   []Append
	deletes  []wire.RecordID
	batch    *batch
	batches  uint64
	failed   bool // the last commit failed
	cache    cache
	landing  map[wire.RecordID]*wire.Record // of the batch just committed
	tracker  tracker
	offset   time.Duration // of the room's clock from the own
	warned   bool
	leaving  bool
	replayed bool // the store's records have been read

	verify func(*wire.Record) error
}

// New reads the store and returns the engine. Records that were in the store
// are not delivered again; History has them.
func New(cfg Config, now time.Time) (*Engine, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if cfg.Salt == nil {
		cfg.Salt = func() (s [16]byte) {
			_, _ = crand.Read(s[:]) // never fails
			return s
		}
	}
	if cfg.Member == nil {
		cfg.Member = func(crypto.PublicKey) bool { return true }
	}
	e := &Engine{cfg: cfg, self: cfg.Self.Public(), now: now, log: newLog()}
	e.refused.limit = maxRefused
	e.wants.byHint = make(map[wire.Hint]*want)
	e.overlay.init()
	e.rumours.init()
	e.tracker.init()
	e.verify = func(r *wire.Record) error { return r.Verify(cfg.Room) }
	e.useChain(cfg.Chain)
	if err := e.replay(); err != nil {
		return nil, fmt.Errorf("read room: %w", err)
	}
	return e, nil
}

// replay puts the store's records, which were checked before they were
// stored, back in place.
func (e *Engine) replay() error {
	err := e.cfg.Store.Scan(func(r *wire.Record) error {
		id := r.ID()
		if e.log.get(id) == nil {
			e.hold(e.log.add(id, r))
		}
		return nil
	})
	e.out, e.replayed = nil, true
	return err
}

// Step takes one event at the given time and returns what is to be done.
func (e *Engine) Step(now time.Time, ev Event) []Action {
	e.now, e.out = now, nil
	switch ev := ev.(type) {
	case LinkUp:
		e.linkUp(ev)
	case LinkDown:
		if l := e.link(ev.Link); l != nil {
			e.linkDown(l)
		} else {
			e.parted(ev.Link)
		}
	case Frame:
		if l := e.link(ev.Link); l != nil {
			e.frame(l, ev.Data)
		}
	case Append:
		e.write(ev)
	case Committed:
		e.committed(ev)
	case Present:
		e.present(ev)
	case DialFailed:
		e.dialFailed(ev.Peer)
	case Left:
		e.absent(ev.Peer)
		e.tracker.left(e, ev.Peer)
	case Leave:
		e.leave()
	case Timer:
	}
	e.timers()
	e.flush()
	return e.out
}

// NextDeadline is when the engine wants a Timer; zero: not at all.
func (e *Engine) NextDeadline() time.Time {
	var next time.Time
	at := func(t time.Time) {
		if !t.IsZero() && (next.IsZero() || t.Before(next)) {
			next = t
		}
	}
	at(e.earlyDeadline())
	if e.leaving {
		return next
	}
	at(e.overlay.next)
	if e.overlay.due {
		at(e.now)
	}
	at(e.wants.deadline())
	if e.session != nil {
		at(e.session.deadline)
	} else {
		at(e.sessionDeadline())
	}
	at(e.digestDeadline())
	for _, l := range e.links {
		at(l.announceAt)
		at(l.ackDeadline(e.now))
	}
	return next
}

// timers does what has become due.
func (e *Engine) timers() {
	e.dueEarly()
	if e.leaving {
		return
	}
	e.dueRumours()
	e.dueWants()
	e.arrange()
	e.dueSessions()
	e.dueDigest()
}

// flush hands out what Step has gathered: one commit and each link's frames.
func (e *Engine) flush() {
	e.commit()
	for _, l := range e.links {
		e.flushLink(l)
	}
}

func (e *Engine) act(a Action) { e.out = append(e.out, a) }

func (e *Engine) link(id LinkID) *link {
	for _, l := range e.links {
		if l.id == id {
			return l
		}
	}
	return nil
}

// leave says goodbye.
func (e *Engine) leave() {
	for _, l := range e.links {
		e.send(l, wire.LinkBye{})
	}
	e.leaving, e.session = true, nil
}
