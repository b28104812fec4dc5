package room

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// pipes is a small deterministic network whose links have a delay and a rate:
// what is sent first is in the way of what is sent next.
type pipes struct {
	t     testing.TB
	now   time.Time
	queue pipeQueue
	serial,
	lastLink uint64
	nodes []*pipeNode
	delay time.Duration
	rate  int // bytes a second and direction
}

type pipeNode struct {
	*pipes
	id     *crypto.Identity
	engine *Engine
	store  *MemoryStore
	ends   map[LinkID]*pipeEnd
	got    []Action
	at     []time.Time // of got
	bytes  int         // sent
	mute   bool        // what it sends is lost
	run    int

	// Crashes: every write has a point before and one after it.
	screen  []wire.RecordID // what the user's side has taken; durable
	points  int
	crashAt map[int]bool
	down    bool
	peers   []*pipeNode // to be linked with again
}

type pipeEnd struct {
	to   *pipeNode
	free time.Time // when the line has carried all before
}

type pipeEvent struct {
	at     time.Time
	serial uint64
	do     func()
}

type pipeQueue []pipeEvent

func (q pipeQueue) Len() int { return len(q) }
func (q pipeQueue) Less(i, j int) bool {
	if !q[i].at.Equal(q[j].at) {
		return q[i].at.Before(q[j].at)
	}
	return q[i].serial < q[j].serial
}
func (q pipeQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *pipeQueue) Push(x any)   { *q = append(*q, x.(pipeEvent)) }
func (q *pipeQueue) Pop() any {
	old := *q
	x := old[len(old)-1]
	*q = old[:len(old)-1]
	return x
}

func newPipes(t testing.TB, delay time.Duration, rate int) *pipes {
	return &pipes{t: t, now: simEpoch, delay: delay, rate: rate}
}

func (p *pipes) after(d time.Duration, do func()) {
	p.serial++
	heap.Push(&p.queue, pipeEvent{p.now.Add(d), p.serial, do})
}

func (p *pipes) run(d time.Duration) {
	for end := p.now.Add(d); ; {
		if len(p.queue) == 0 || p.queue[0].at.After(end) {
			p.now = end
			return
		}
		ev := heap.Pop(&p.queue).(pipeEvent)
		p.now = ev.at
		ev.do()
	}
}

func (p *pipes) node(records ...*wire.Record) *pipeNode {
	n := &pipeNode{pipes: p, id: memberN(700 + len(p.nodes)), store: &MemoryStore{}, ends: make(map[LinkID]*pipeEnd)}
	n.store.Self = n.id.Public()
	_ = n.store.Commit(records, nil)
	for _, r := range records {
		_ = n.store.MarkShown(r.ID())
	}
	p.nodes = append(p.nodes, n)
	n.start()
	return n
}

func (n *pipeNode) start() {
	n.run++
	e, err := New(Config{
		Room: simRoom, Self: n.id, Store: n.store, Chain: uint64(n.run), Durable: true,
		Rand: rand.New(rand.NewPCG(1, uint64(len(n.nodes)))), Salt: func() [16]byte { return [16]byte{} },
	}, n.now)
	if err != nil {
		n.t.Fatal(err)
	}
	n.engine = e
}

func (p *pipes) link(a, b *pipeNode) LinkID {
	p.lastLink++
	id := LinkID(p.lastLink)
	a.ends[id], b.ends[id] = &pipeEnd{to: b, free: p.now}, &pipeEnd{to: a, free: p.now}
	a.step(LinkUp{Link: id, Peer: b.id.Public()})
	b.step(LinkUp{Link: id, Peer: a.id.Public()})
	return id
}

func (p *pipes) cut(id LinkID) {
	for _, n := range p.nodes {
		if n.ends[id] != nil {
			delete(n.ends, id)
			n.step(LinkDown{id})
		}
	}
}

func (n *pipeNode) step(ev Event) {
	if n.down {
		return
	}
	for _, a := range n.engine.Step(n.now, ev) {
		n.act(a)
		if n.down {
			return // what it had not done yet is lost
		}
	}
	if at := n.engine.NextDeadline(); !at.IsZero() {
		run := n.run
		n.after(max(0, at.Sub(n.now)), func() {
			if due := n.engine.NextDeadline(); n.run == run && !due.IsZero() && !due.After(n.now) {
				n.step(Timer{})
			}
		})
	}
}

func (n *pipeNode) act(a Action) {
	switch a := a.(type) {
	case Commit:
		run := n.run
		n.after(3*time.Millisecond, func() {
			if n.run == run {
				n.write(func() { _ = n.store.Commit(a.Put, a.Delete) })
				n.step(Committed{Batch: a.Batch})
			}
		})
	case Send:
		n.send(a)
	case Deliver:
		n.note(a)
		n.write(func() {
			n.screen = append(n.screen, a.ID)
			_ = n.store.MarkShown(a.ID)
		})
	case Delivered:
		n.note(a)
		n.write(func() { n.store.delivered(a) })
	default:
		n.note(a)
	}
}

func (n *pipeNode) note(a Action) { n.got, n.at = append(n.got, a), append(n.at, n.now) }

// write does what is durable once done, and crashes before or after it where
// that is asked for.
func (n *pipeNode) write(do func()) {
	if n.point(); n.down {
		return
	}
	do()
	n.point()
}

func (n *pipeNode) point() {
	if n.points++; n.crashAt[n.points] {
		n.crash()
	}
}

// crash ends the run at once. Half a second later it starts again, with the
// same neighbours.
func (n *pipeNode) crash() {
	n.down = true
	n.run++
	for id := LinkID(1); id <= LinkID(n.lastLink); id++ {
		if end := n.ends[id]; end != nil {
			n.peers = append(n.peers, end.to)
			delete(n.ends, id)
			delete(end.to.ends, id)
			end.to.after(0, func() { end.to.step(LinkDown{id}) })
		}
	}
	n.after(500*time.Millisecond, func() {
		n.down = false
		n.start()
		for len(n.peers) > 0 && !n.down {
			peer := n.peers[0]
			n.peers = n.peers[1:]
			n.link(n, peer)
		}
	})
}

func (n *pipeNode) send(a Send) {
	end := n.ends[a.Link]
	if end == nil || n.mute {
		return
	}
	n.bytes += len(a.Frame)
	if end.free.Before(n.now) {
		end.free = n.now
	}
	end.free = end.free.Add(time.Duration(len(a.Frame)) * time.Second / time.Duration(n.rate))
	n.after(end.free.Add(n.delay).Sub(n.now), func() {
		if end.to.ends[a.Link] != nil {
			end.to.step(Frame{a.Link, unframe(a.Frame)})
		}
	})
}

func (n *pipeNode) say(text string) {
	n.step(Append{Type: wire.RecordText, Fields: textFields(text)})
}

// arrival is when a text was delivered; zero: not yet.
func (n *pipeNode) arrival(text string) time.Time {
	for i, a := range n.got {
		if d, ok := a.(Deliver); ok && string(d.Text) == text {
			return n.at[i]
		}
	}
	return time.Time{}
}

// chat is a room's past: n records of so many authors, the last one a while ago.
func chat(n, authors int, ended time.Duration) (out []*wire.Record) {
	writers := make([]*scribe, authors)
	for i := range writers {
		writers[i] = newScribe(100 + i)
		writers[i].chain = uint64(ended / time.Second)
	}
	const pause = 2000 // ms
	clk := clkOf(simEpoch.Add(-ended)) - wire.Clk(n*pause)
	for i := range n {
		w := writers[(i*7)%authors]
		clk += pause
		w.clk = clk
		var parents []*wire.Record
		if i > 0 && out[i-1].Author != w.id.Public() {
			parents = append(parents, out[i-1])
		}
		out = append(out, w.write(fmt.Sprint("a line of what was said, number ", i), parents...))
	}
	return out
}
