package room

import (
	"container/heap"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var (
	simEpoch = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	simRoom  = crypto.RoomID{1, 2, 3}
)

// sim is a deterministic network of engines: one queue of timed calls, one
// source of randomness. Streams are reliable and ordered while they are up;
// what is under way when they go down is lost.
type sim struct {
	t      testing.TB
	rng    *rand.Rand
	now    time.Time
	queue  callQueue
	calls  uint64
	nodes  []*node
	links  []*simLink
	trace  hash.Hash
	frames int
	// dup of 1000 frames arrive twice, maxDelay is the slowest path.
	dup      int
	maxDelay time.Duration
	// onAction sees every action before it is done.
	onAction func(n *node, a Action)
}

// node is one member; it may crash and start again with or without its store.
type node struct {
	*sim
	index    int
	id       *crypto.Identity
	store    *MemoryStore
	engine   *Engine
	chain    uint64
	run      int // counts starts; calls meant for an earlier run are void
	skew     time.Duration
	timer    time.Time
	failNext bool // the next commit fails
	slow     time.Duration

	shown     map[wire.RecordID]bool // in this run
	shownSeq  []Message
	appended  map[wire.RecordID]bool // own, in this run
	everOwned map[wire.RecordID]bool // ever accepted by its store
	errs      []error
	notes     []Action
}

type simLink struct {
	a, b   *node
	ids    [2]LinkID
	up     bool
	last   [2]time.Time // arrival of the last frame to each end
	serial uint64
}

type call struct {
	at    time.Time
	order uint64
	do    func()
}

type callQueue []*call

func (q callQueue) Len() int { return len(q) }
func (q callQueue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].order < q[j].order
}
func (q callQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *callQueue) Push(x any)   { *q = append(*q, x.(*call)) }
func (q *callQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func newSim(t testing.TB, seed uint64, n int) *sim {
	s := &sim{
		t: t, rng: rand.New(rand.NewPCG(seed, 7)), now: simEpoch,
		trace: sha256.New(), maxDelay: 80 * time.Millisecond,
	}
	for i := range n {
		nd := &node{sim: s, index: i, id: crypto.IdentityFromSeed([32]byte{1: byte(i), 2: byte(i >> 8)})}
		nd.store = &MemoryStore{}
		nd.everOwned = make(map[wire.RecordID]bool)
		s.nodes = append(s.nodes, nd)
		nd.start()
	}
	return s
}

func (s *sim) after(d time.Duration, do func()) {
	s.calls++
	heap.Push(&s.queue, &call{s.now.Add(d), s.calls, do})
}

// run goes on for a time.
func (s *sim) run(d time.Duration) {
	end := s.now.Add(d)
	for len(s.queue) > 0 && !s.queue[0].at.After(end) {
		c := heap.Pop(&s.queue).(*call)
		s.now = c.at
		c.do()
	}
	s.now = end
}

func (s *sim) record(v ...any) { fmt.Fprintln(s.trace, v...) }

// start begins a run; a store that is empty means a new chain.
func (n *node) start() {
	n.run++
	if len(n.store.records) == 0 {
		n.chain = uint64(1000*n.run + n.index)
	}
	n.shown, n.appended, n.shownSeq = make(map[wire.RecordID]bool), make(map[wire.RecordID]bool), nil
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
	n.engine, n.timer = e, time.Time{}
}

func (n *node) time() time.Time { return n.now.Add(n.skew) }

// crash ends the run at once: every link goes, what was not committed is lost.
func (n *node) crash(loseStore bool) {
	for _, l := range n.links {
		if l.up && (l.a == n || l.b == n) {
			l.down(n)
		}
	}
	if loseStore {
		n.store = &MemoryStore{}
	}
	n.record("crash", n.index, loseStore)
	n.start()
}

func (n *node) step(ev Event) {
	actions := n.engine.Step(n.time(), ev)
	for _, a := range actions {
		n.act(a)
	}
	n.arm()
}

func (n *node) arm() {
	at := n.engine.NextDeadline()
	if at.IsZero() || at.Equal(n.timer) {
		return
	}
	n.timer = at
	run := n.run
	n.after(max(0, at.Sub(n.time())), func() {
		if n.run == run && n.timer.Equal(at) {
			n.timer = time.Time{}
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
		n.frames++
		n.record(n.now.UnixNano(), n.index, a.Link, a.Frame)
		n.transmit(a)
	case Deliver:
		n.delivered(a)
	case Appended:
		if a.Err != nil {
			n.errs = append(n.errs, a.Err)
			return
		}
		n.appended[a.ID], n.everOwned[a.ID] = true, true
	case CloseLink:
		n.notes = append(n.notes, a)
		for _, l := range n.links {
			if l.up && (l.a == n && l.ids[0] == a.Link || l.b == n && l.ids[1] == a.Link) {
				l.down(n)
			}
		}
	default:
		n.notes = append(n.notes, a)
	}
}

func (n *node) commit(c Commit) {
	run := n.run
	d := time.Duration(n.rng.IntN(3000)) * time.Microsecond
	n.after(d+n.slow, func() {
		if n.run != run {
			return // crashed before it was durable
		}
		var err error
		if n.failNext {
			n.failNext, err = false, fmt.Errorf("disk full")
		} else {
			_ = n.store.Commit(c.Put, c.Delete)
			if n.rng.IntN(40) == 0 && n.crashy() {
				n.crash(false) // durable, but nobody was told
				return
			}
		}
		n.step(Committed{c.Batch, err})
	})
}

// crashy lets a few schedules crash between commit and everything after it.
func (n *node) crashy() bool { return n.dup > 0 && n.rng.IntN(20) == 0 }

func (n *node) delivered(d Deliver) {
	if n.shown[d.ID] {
		n.t.Fatalf("node %d shows %v twice", n.index, d.ID)
	}
	n.shown[d.ID] = true
	n.shownSeq = append(n.shownSeq, d.Message)
	n.record("show", n.index, d.ID)
	if _, err := n.store.Get(d.ID); err != nil {
		n.t.Fatalf("node %d shows what its store has not: %v", n.index, err)
	}
	for _, id := range cites(d.Record) {
		if en := n.engine.log.get(id); en == nil && !d.Gap || en != nil && !en.shown {
			n.t.Fatalf("node %d shows %v before its ancestor %v", n.index, d.ID, id)
		}
	}
}

// connect brings a link up at both ends.
func (s *sim) connect(a, b *node) *simLink {
	for _, l := range s.links {
		if l.up && (l.a == a && l.b == b || l.a == b && l.b == a) {
			return l
		}
	}
	s.calls++
	id := LinkID(s.calls)
	l := &simLink{a: a, b: b, ids: [2]LinkID{id, id}, up: true, serial: s.calls}
	s.links = append(s.links, l)
	var key [16]byte
	binary.BigEndian.PutUint64(key[:], s.calls)
	s.record("up", a.index, b.index)
	later := s.delay()
	l.last[1] = s.now.Add(later) // nothing can arrive before the link is there
	s.after(later, func() {
		if l.up {
			b.step(LinkUp{id, a.id.Public(), key})
		}
	})
	a.step(LinkUp{id, b.id.Public(), key})
	return l
}

func (l *simLink) down(by *node) {
	l.up = false
	s := by.sim
	for i, n := range []*node{l.a, l.b} {
		run := n.run
		id := l.ids[i]
		s.after(time.Duration(s.rng.IntN(500))*time.Millisecond, func() {
			if n.run == run {
				n.step(LinkDown{id})
			}
		})
	}
}

func (s *sim) delay() time.Duration { return time.Duration(1 + s.rng.Int64N(int64(s.maxDelay))) }

func (n *node) transmit(a Send) {
	for _, l := range n.links {
		if !l.up || l.a != n && l.b != n {
			continue
		}
		end, to := 1, l.b
		if l.b == n {
			end, to = 0, l.a
		}
		if l.ids[1-end] != a.Link {
			continue
		}
		times := 1
		if n.rng.IntN(1000) < n.dup {
			times = 2
		}
		for range times {
			at := n.now.Add(n.delay())
			if at.Before(l.last[end]) {
				at = l.last[end]
			}
			l.last[end] = at
			run := to.run
			n.after(at.Sub(n.now), func() {
				if l.up && to.run == run {
					to.step(Frame{l.ids[end], unframe(a.Frame)})
				}
			})
		}
		return
	}
}

// unframe takes the length off a frame and copies the rest.
func unframe(b []byte) []byte {
	_, n := binary.Uvarint(b)
	return append([]byte(nil), b[n:]...)
}

func (n *node) say(text string) {
	n.step(Append{Ref: 1, Type: wire.RecordText, Fields: []wire.Field{{Type: wire.FieldText, Value: []byte(text)}}})
}

func (s *sim) mesh() {
	for i, a := range s.nodes {
		for _, b := range s.nodes[i+1:] {
			s.connect(a, b)
		}
	}
}

// checkEqual demands that all hold, settle and order the same, and that what
// is not settled waits for what no store has.
func (s *sim) checkEqual() {
	s.t.Helper()
	count, digest := s.nodes[0].engine.Transcript()
	for _, n := range s.nodes {
		c, d := n.engine.Transcript()
		if c != count || d != digest {
			s.t.Fatalf("node %d has %d records, node 0 %d (stats %+v, %+v)", n.index, c, count,
				n.engine.Stats(), s.nodes[0].engine.Stats())
		}
		st := n.engine.Stats()
		if !maps.EqualFunc(n.store.records, s.nodes[0].store.records, func(a, b *wire.Record) bool { return true }) ||
			len(n.store.records) != st.Settled+st.Pending+st.Early {
			s.t.Fatalf("node %d: %+v, store %d, node 0 %d", n.index, st,
				len(n.store.records), len(s.nodes[0].store.records))
		}
		for id := range n.engine.log.waiting {
			if n.engine.log.get(id) == nil {
				for _, o := range s.nodes {
					if o.store.records[id] != nil {
						s.t.Fatalf("node %d waits for what node %d has", n.index, o.index)
					}
				}
			}
		}
		for id := range n.store.records {
			if !n.engine.log.get(id).shown {
				s.t.Fatalf("node %d never showed %v", n.index, id)
			}
		}
		s.checkOrder(n)
	}
}

// checkOrder demands that the order extends the causal one.
func (s *sim) checkOrder(n *node) {
	place := make(map[wire.RecordID]int)
	order := ""
	for i, m := range n.engine.History(1 << 20) {
		place[m.ID] = i
		if m.Order <= order {
			s.t.Fatal("history is out of order")
		}
		order = m.Order
		for _, id := range cites(m.Record) {
			if _, ok := place[id]; !ok && n.engine.log.get(id) != nil {
				s.t.Fatal("history shows a record before its ancestor")
			}
		}
	}
}
