package room

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var errDisk = errors.New("disk full")

// node is one member; it may crash and start again with or without its store.
type node struct {
	*sim
	index  int
	id     *crypto.Identity
	store  *MemoryStore
	engine *Engine
	shape  shape
	rogue  rogue
	chain  uint64
	run    int // counts starts; calls meant for an earlier run are void
	down   bool
	skew   time.Duration
	timer  time.Time // the call that is under way for it
	links  map[LinkID]*simLink
	outbox []parcel
	dials  map[crypto.PublicKey]uint64 // by the number of the Dial
	meter  meter
	uplink time.Time // busy until

	slow      time.Duration // of its disk
	failNext  bool          // the next commit fails
	crashNext bool          // the next commit is durable, but nobody is told
	shown     map[wire.RecordID]bool
	before    map[wire.RecordID]bool // stored when the run began: shown then?
	shownSeq  []Message
	appended  map[wire.RecordID]bool // own, in this run
	everOwned map[wire.RecordID]bool // ever accepted by its store
	had       map[wire.RecordID]bool // ever in its store
	losses    int                    // of its store
	errs      []error
	notes     []Action
}

func (s *sim) addNode() *node { return s.addNodeAs(defaultShape, 0) }

func (s *sim) addNodeAs(sh shape, skew time.Duration) *node {
	i := len(s.nodes)
	n := &node{
		sim: s, index: i, id: simIdentity(i), shape: sh, skew: skew,
		store: &MemoryStore{}, everOwned: make(map[wire.RecordID]bool), had: make(map[wire.RecordID]bool),
	}
	s.nodes = append(s.nodes, n)
	s.byKey[n.id.Public()] = n
	n.start()
	return n
}

var simIdentities sync.Map // by index; a key takes longer to make than much of a simulation

func simIdentity(i int) *crypto.Identity {
	id, ok := simIdentities.Load(i)
	if !ok {
		id, _ = simIdentities.LoadOrStore(i, crypto.IdentityFromSeed([32]byte{1: byte(i), 2: byte(i >> 8)}))
	}
	return id.(*crypto.Identity)
}

// start begins a run; a store that is empty means a new chain.
func (n *node) start() {
	n.run++
	if len(n.store.records) == 0 {
		n.chain = uint64(1000*n.run + n.index)
	}
	n.shown, n.appended, n.shownSeq = make(map[wire.RecordID]bool), make(map[wire.RecordID]bool), nil
	n.links, n.dials, n.outbox = make(map[LinkID]*simLink), make(map[crypto.PublicKey]uint64), nil
	salt := rand.NewPCG(uint64(n.index), uint64(n.run))
	e, err := New(Config{
		Room: simRoom, Self: n.id, Store: n.store, Chain: n.chain,
		Rand: rand.New(rand.NewPCG(uint64(n.index), uint64(n.run)+99)),
		Salt: func() (b [16]byte) {
			binary.BigEndian.PutUint64(b[:], salt.Uint64())
			return b
		},
	}, n.time())
	if err != nil {
		n.t.Fatal(err)
	}
	// What our nodes have signed verifies; to check that a thousand times over
	// would take most of the time.
	e.verify = func(r *wire.Record) error {
		if n.signed[r.ID()] {
			return nil
		}
		return r.Verify(simRoom)
	}
	e.overlay.shape = n.shape
	n.before = make(map[wire.RecordID]bool)
	for id := range n.store.records {
		n.before[id] = e.log.get(id).shown
	}
	n.engine, n.timer, n.down = e, time.Time{}, false
	if n.roster.open {
		n.register()
	}
}

func (n *node) time() time.Time { return n.now.Add(n.skew) }

// stop ends the run at once: every link goes, what was not committed is lost.
func (n *node) stop() {
	n.down = true
	n.run++
	for _, l := range n.sim.links {
		if l.up && (l.a == n || l.b == n) {
			l.down(n)
		}
	}
	n.trace("stop", n.index)
	if n.roster.open {
		n.unregister()
	}
}

// crash is a stop and a new start.
func (n *node) crash(loseStore bool) {
	n.stop()
	if loseStore {
		n.store = &MemoryStore{}
		n.losses++
	}
	n.start()
}

func (n *node) step(ev Event) {
	if n.down {
		return
	}
	if up, ok := ev.(LinkUp); ok {
		delete(n.dials, up.Peer)
	}
	for _, a := range n.engine.Step(n.time(), ev) {
		n.act(a)
	}
	out := n.outbox
	n.outbox = nil
	for _, p := range out {
		if l := n.links[p.link]; l != nil {
			l.carry(n, p)
		}
	}
	n.arm()
}

// arm sees to it that the engine's deadline is kept; an earlier timer that is
// under way does.
func (n *node) arm() {
	at := n.engine.NextDeadline()
	if at.IsZero() || !n.timer.IsZero() && !n.timer.After(at) {
		return
	}
	n.timer = at
	run := n.run
	n.after(max(0, at.Sub(n.time())), func() {
		if n.run != run || !n.timer.Equal(at) {
			return
		}
		n.timer = time.Time{}
		if next := n.engine.NextDeadline(); next.After(n.time()) || next.IsZero() {
			n.arm()
		} else {
			n.step(Timer{})
		}
	})
}

func (n *node) act(a Action) {
	if n.onAction != nil {
		n.onAction(n, a)
	}
	switch a := a.(type) {
	case Commit:
		n.commit(a)
	case Send:
		n.send(a)
	case Deliver:
		n.delivered(a)
	case Appended:
		if a.Err != nil {
			n.errs = append(n.errs, a.Err)
			return
		}
		n.appended[a.ID], n.everOwned[a.ID] = true, true
	case Dial:
		n.dial(a.Peer)
	case Undial:
		delete(n.dials, a.Peer)
	case CloseLink:
		n.notes = append(n.notes, a)
		if l := n.links[a.Link]; l != nil && l.up {
			l.down(n)
		}
	default:
		n.notes = append(n.notes, a)
	}
}

func (n *node) commit(c Commit) {
	for _, r := range c.Put {
		if r.Author == n.id.Public() {
			n.signed[r.ID()] = true
		}
	}
	run := n.run
	d := time.Duration(n.rng.IntN(3000)) * time.Microsecond
	n.after(d+n.slow, func() {
		if n.run != run {
			return // crashed before it was durable
		}
		if n.failNext {
			n.failNext = false
			n.step(Committed{c.Batch, errDisk})
			return
		}
		_ = n.store.Commit(c.Put, c.Delete)
		for _, r := range c.Put {
			n.had[r.ID()] = true
		}
		if n.crashNext {
			n.crashNext = false
			n.crash(false)
			return
		}
		n.step(Committed{c.Batch, nil})
	})
}

// delivered checks what can be checked at once: each record once, from the
// store, after its ancestors.
func (n *node) delivered(d Deliver) {
	if n.shown[d.ID] || n.before[d.ID] {
		n.t.Fatalf("node %d shows %v twice", n.index, d.ID)
	}
	n.shown[d.ID] = true
	n.shownSeq = append(n.shownSeq, d.Message)
	n.trace("show", n.index, int(d.ID[0]))
	if _, err := n.store.Get(d.ID); err != nil {
		n.t.Fatalf("node %d shows what its store has not: %v", n.index, err)
	}
	for _, id := range cites(d.Record) {
		if en := n.engine.log.get(id); en == nil && !d.Gap || en != nil && !en.shown {
			n.t.Fatalf("node %d shows %v before its ancestor %v", n.index, d.ID, id)
		}
	}
}

func (n *node) say(text string) {
	n.step(Append{Ref: 1, Type: wire.RecordText, Fields: []wire.Field{{Type: wire.FieldText, Value: []byte(text)}}})
}
