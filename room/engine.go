package room

import (
	crand "crypto/rand"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// Config says whose room it is.
type Config struct {
	Room  crypto.RoomID
	Self  *crypto.Identity
	Store Store
	// Chain is the own chain to write to where the store names none: a number
	// never used before, such as the run number. No (chain, seq) may ever be
	// begun twice.
	Chain uint64
	// Durable says that the store outlives the process: it then keeps the number
	// of the own chain.
	Durable bool
	// Retention says how much is kept.
	Retention Retention
	// Recent is how long before this store first met anybody news begins; 0: an
	// hour. What is older is history.
	Recent time.Duration
	// Member says whose records are accepted; nil: everybody's (open room).
	Member func(crypto.PublicKey) bool
	// Unheard says whose messages no page of the history has, though they are
	// stored and passed on as all are; nil: nobody's. It may change.
	Unheard func(crypto.PublicKey) bool
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

	queue   []*incoming
	writes  []Append
	deletes []wire.RecordID
	batch   *batch
	batches uint64
	failed  bool // the last commit failed
	cache   cache
	landing map[wire.RecordID]*wire.Record // of the batch just committed
	tracker tracker
	offset  time.Duration // of the room's clock from the own
	warned  bool
	leaving bool

	verify   func(*wire.Record) error
	holesNew bool // Holes has something else to tell

	// What follows from records that are about others, and their bodies.
	notes     notes
	targets   map[*entry]wire.RecordID
	expiries  expiries
	bodyWants []*bodyWant
	bodyDrops []*entry // to be stored without their bodies
	changes   changes

	// The past.
	horizon     wire.Clk // older repairs are history; 0: nobody was met yet
	floor       wire.Clk // nothing older is kept
	stale       bool     // something older is still stored
	sizeDirty   bool     // something was stored since the size was looked at
	sizeAt      time.Time
	backfill    backfill
	undelivered []*entry              // stored, but not shown before the restart
	sunk        recent[wire.RecordID] // older than what is kept
	dropped     recent[wire.RecordID] // shown, and then without a place

	typing typing

	askUntil time.Time // own words wait for others to tell the own chain; zero: no
	askedOwn bool
}

// New reads the store's headers and returns the engine. Records that were in the
// store and marked as shown are not delivered again; History has them.
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
	if cfg.Unheard == nil {
		cfg.Unheard = func(crypto.PublicKey) bool { return false }
	}
	if cfg.Member == nil {
		cfg.Member = func(crypto.PublicKey) bool { return true }
	}
	if cfg.Recent == 0 {
		cfg.Recent = recentPast
	}
	cfg.Retention = cfg.Retention.normal()
	e := newEngine(cfg, cfg.Self.Public(), now)
	if err := e.load(); err != nil {
		return nil, fmt.Errorf("read room: %w", err)
	}
	return e, nil
}

// newEngine makes an engine that knows of nothing.
func newEngine(cfg Config, self crypto.PublicKey, now time.Time) *Engine {
	e := &Engine{
		cfg: cfg, self: self, now: now, log: newLog(),
		notes: newNotes(), targets: make(map[*entry]wire.RecordID),
		changes:   changes{set: make(map[*entry]bool)},
		sizeDirty: true, sizeAt: now,
	}
	e.refused.limit, e.sunk.limit, e.dropped.limit = maxRefused, maxSunk, maxDropped
	e.wants.byHint = make(map[wire.Hint]*want)
	e.overlay.init()
	e.rumours.init()
	e.tracker.init()
	e.verify = func(r *wire.Record) error { return r.Verify(cfg.Room) }
	return e
}

// load reads the store.
func (e *Engine) load() error {
	horizon, _, err := e.loadMeta(metaHorizon)
	if err != nil {
		return err
	}
	floor, _, err := e.loadMeta(metaFloor)
	if err != nil {
		return err
	}
	number, found, err := e.loadMeta(metaChain)
	if err != nil {
		return err
	}
	e.horizon, e.floor = wire.Clk(horizon), max(wire.Clk(floor), e.agedFloor())
	if !found || !e.cfg.Durable {
		number = e.cfg.Chain
	}
	e.useChain(number)
	if e.cfg.Durable && !found {
		e.saveMeta(metaChain, number)
	}
	if v, err := e.cfg.Store.Meta(MetaRestored); err != nil {
		return err
	} else if v != nil {
		e.askUntil = e.now.Add(askOwnFor)
	}
	if err := e.replay(); err != nil {
		return err
	}
	return e.tracker.resume(e)
}

// Step takes one event at the given time and returns what is to be done.
func (e *Engine) Step(now time.Time, ev Event) []Action {
	e.now, e.out = now, nil
	e.deliverStored()
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
	case Import:
		e.takeFile(ev)
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
	case Compare:
		e.compareAll()
	case Typing:
		e.tellTyping()
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
	at(e.expiryDeadline())
	at(e.floorDeadline())
	at(e.changesDeadline())
	if len(e.undelivered) > 0 || e.stale {
		at(e.now)
	}
	if e.leaving {
		return next
	}
	at(e.overlay.next)
	if e.overlay.due {
		at(e.now)
	}
	at(e.askUntil)
	at(e.bodyDeadline())
	at(e.missedDeadline())
	at(e.sameDeadline())
	at(e.typing.deadline())
	at(e.wants.deadline())
	if e.session != nil {
		at(e.session.deadline)
	} else {
		at(e.sessionDeadline())
	}
	at(e.digestDeadline())
	for _, l := range e.links {
		if l.left {
			continue
		}
		at(l.announceAt)
		at(l.ackDeadline(e.now))
	}
	return next
}

// timers does what has become due.
func (e *Engine) timers() {
	e.dueExpiries()
	e.dueFloor()
	e.dueEarly()
	if e.leaving {
		return
	}
	e.dueRumours()
	e.dueOwn()
	e.dueMissed()
	e.dueWants()
	e.dueBodies()
	e.dueSame()
	e.dueTyping()
	e.arrange()
	e.dueSessions()
	e.dueDigest()
}

// flush hands out what Step has gathered: what is to be shown, one commit and
// each link's frames.
func (e *Engine) flush() {
	e.flushFilled()
	e.flushChanges()
	if e.holesNew {
		e.act(HolesChanged{})
		e.holesNew = false
	}
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

// linked reports whether there is a link with a member.
func (e *Engine) linked(k crypto.PublicKey) bool {
	return slices.ContainsFunc(e.links, func(l *link) bool { return l.peer == k })
}

// leave says goodbye.
func (e *Engine) leave() {
	for _, l := range e.links {
		e.send(l, wire.LinkBye{})
	}
	e.leaving, e.session = true, nil
}
