package simnet

import (
	"container/heap"
	"maps"
	"net/netip"
	"sync"
	"time"
)

// Network is a simulated Internet. All its methods, and those of its hosts
// and routers, may be called from several goroutines.
type Network struct {
	// Internet is the segment with the public addresses.
	Internet *Segment

	seed uint64
	live bool // driven by timers; otherwise by Step

	mu      sync.Mutex // guards all below and every segment, host and router
	now     time.Time  // stepped networks: the time of the last event or Step
	queue   eventQueue
	timer   *time.Timer
	running bool // somebody is in drain; new timers leave the work to him
	closed  bool
	nics    int
	hosts   []*Host
	cuts    map[[2]*Host]bool
	groups  map[*Host]int // partition; nil when whole
	stats   map[Verdict]int
	trace   func(Trace)
}

// Verdict is what became of a packet.
type Verdict string

// The fates of a packet.
const (
	Delivered Verdict = "delivered"
	Lost      Verdict = "lost"       // Link.Loss
	Down      Verdict = "down"       // Link.Down, Cut or Partition
	TooBig    Verdict = "too big"    // Link.MTU
	NoRoute   Verdict = "no route"   // nobody has that address here
	NoSocket  Verdict = "no socket"  // the host has no such port open
	Overflow  Verdict = "overflow"   // the receiver's queue was full
	Filtered  Verdict = "filtered"   // a NAT did not let it in
	Blocked   Verdict = "blocked"    // a router that drops all UDP
	NoMapping Verdict = "no mapping" // a NAT ran out of ports
	Expired   Verdict = "expired"    // the TTL was used up
)

// Trace describes one packet at the end of its way. The addresses are those
// it bore there.
type Trace struct {
	At       time.Time
	Origin   *Host
	Src, Dst netip.AddrPort
	Size     int // bytes of UDP payload
	Verdict  Verdict
}

// internetHops is how many routers a packet crosses between two interfaces on
// the Internet, and so what a TTL must be to get there.
const internetHops = 6

// New makes a network that runs by itself on package time. Each interface on
// the Internet segment gets the given link, so the one-way delay between two
// public hosts is twice its latency.
func New(seed uint64, link Link) *Network {
	n := newNetwork(seed, link)
	n.live = true
	return n
}

// NewStepped makes a network that moves only when Step is called.
func NewStepped(seed uint64, link Link, start time.Time) *Network {
	n := newNetwork(seed, link)
	n.now = start
	return n
}

func newNetwork(seed uint64, link Link) *Network {
	n := &Network{
		seed:  seed,
		cuts:  map[[2]*Host]bool{},
		stats: map[Verdict]int{},
	}
	n.Internet = newSegment(n, link)
	n.Internet.hops = internetHops
	return n
}

// Step delivers everything due until now, in order. Handlers are called
// from here and may send. Only for networks made by NewStepped.
func (n *Network) Step(now time.Time) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drain(func() time.Time { return now })
	if now.After(n.now) {
		n.now = now
	}
}

// NextDeadline is when Step has something to do; false if nothing is under way.
func (n *Network) NextDeadline() (time.Time, bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.queue) == 0 {
		return time.Time{}, false
	}
	return n.queue[0].at, true
}

// OnPacket has f told the end of every packet. f must not call the network.
func (n *Network) OnPacket(f func(Trace)) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.trace = f
}

// Stats counts the packets by what became of them.
func (n *Network) Stats() map[Verdict]int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return maps.Clone(n.stats)
}

// Close stops the network and closes every socket on it.
func (n *Network) Close() {
	n.mu.Lock()
	n.closed = true
	n.queue = nil
	if n.timer != nil {
		n.timer.Stop()
	}
	var open []*Socket
	for _, h := range n.hosts {
		for _, s := range h.sockets {
			open = append(open, s)
		}
	}
	n.mu.Unlock()
	for _, s := range open {
		s.Close()
	}
}

func (n *Network) clock() time.Time {
	if n.live {
		return time.Now()
	}
	return n.now
}

// push queues a packet's arrival. Called with n.mu held.
func (n *Network) push(e *event) {
	if n.closed {
		return
	}
	heap.Push(&n.queue, e)
	if n.queue[0] == e {
		n.arm()
	}
}

// arm sets the timer to the next arrival. Called with n.mu held.
func (n *Network) arm() {
	if !n.live || n.running || n.closed || len(n.queue) == 0 {
		return
	}
	d := time.Until(n.queue[0].at)
	if n.timer == nil {
		n.timer = time.AfterFunc(d, n.onTimer)
		return
	}
	n.timer.Reset(d)
}

func (n *Network) onTimer() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.drain(time.Now)
	n.arm()
}

// drain handles all arrivals that are due. Called with n.mu held, which it
// gives up while a handler runs.
func (n *Network) drain(now func() time.Time) {
	if n.running {
		return
	}
	n.running = true
	defer func() { n.running = false }()
	for len(n.queue) > 0 && !n.queue[0].at.After(now()) {
		e := heap.Pop(&n.queue).(*event)
		n.now = e.at
		if e.to.seg != e.seg { // unplugged while the packet was under way
			n.end(e.at, e.packet, NoRoute)
			continue
		}
		e.to.node.receive(e.at, e.to, e.packet)
	}
}

// end records a packet's fate. Called with n.mu held.
func (n *Network) end(at time.Time, p packet, v Verdict) {
	n.stats[v]++
	if n.trace != nil {
		n.trace(Trace{At: at, Origin: p.origin, Src: p.src, Dst: p.dst, Size: len(p.data), Verdict: v})
	}
}

// event is the arrival of a packet at an interface.
type event struct {
	at     time.Time
	sender int    // number of the sending interface and
	seq    uint64 // of its packet: they break ties the same way in every run
	to     *nic
	seg    *Segment
	packet packet
}

type eventQueue []*event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	a, b := q[i], q[j]
	if !a.at.Equal(b.at) {
		return a.at.Before(b.at)
	}
	if a.sender != b.sender {
		return a.sender < b.sender
	}
	return a.seq < b.seq
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(*event)) }
func (q *eventQueue) Pop() any {
	old := *q
	e := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return e
}
