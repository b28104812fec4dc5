package rendezvous

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var (
	testRoom  = crypto.NewRoomKeys(crypto.EpochKey{1, 2, 3})
	worldZero = time.Unix(1_700_000_000, 0)
)

// world is a bootnode and its clients on a simulated network: 20 ms one way,
// losses by the test's choice.
type world struct {
	t     *testing.T
	now   time.Time
	rng   *rand.Rand
	boot  *fakeBoot
	nodes []*node
	queue []packet
	count int // packets sent
	drop  func(n int, up bool, p []byte) bool
}

type packet struct {
	at   time.Time
	to   int // node; -1: the bootnode
	from netip.AddrPort
	data []byte
}

// node is one client and what it told.
type node struct {
	*Client
	id      *crypto.Identity
	addr    netip.AddrPort
	silent  bool // receives and sends nothing, its timers stand
	gone    bool
	members map[crypto.SessionID]MemberPresent
	seen    []Action // all but Send
	sent    []sent
}

type sent struct {
	at   time.Time
	kind wire.RendezvousType
}

func newWorld(t *testing.T, seed uint64) *world {
	w := &world{t: t, now: worldZero, rng: rand.New(rand.NewPCG(seed, 1)), boot: newFakeBoot()}
	w.boot.send = func(to netip.AddrPort, p []byte) {
		for i, n := range w.nodes {
			if n.addr == to {
				w.transmit(packet{to: i, data: p}, false)
			}
		}
	}
	return w
}

func (w *world) transmit(p packet, up bool) {
	if len(p.data) > wire.MaxPacket {
		w.t.Fatalf("packet of %d bytes", len(p.data))
	}
	w.count++
	if w.drop != nil && w.drop(w.count, up, p.data) {
		return
	}
	p.at = w.now.Add(20 * time.Millisecond)
	w.queue = append(w.queue, p)
}

func (w *world) addConfig(cfg Config) *node {
	id, _ := crypto.NewIdentity()
	cfg.Room = testRoom
	cfg.Run, _ = crypto.NewRunKey()
	cfg.Rand = w.rng
	n := &node{
		Client: NewClient(cfg), id: id,
		addr:    netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(len(w.nodes) >> 8), byte(len(w.nodes))}), 1000),
		members: map[crypto.SessionID]MemberPresent{},
	}
	w.nodes = append(w.nodes, n)
	w.step(n, Announce{n.announcementOf(1)})
	w.step(n, Start{})
	return n
}

func (w *world) add() *node { return w.addConfig(Config{}) }

func (n *node) announcementOf(generation uint32) []byte {
	return wire.SealAnnouncement(wire.Announcement{
		Run: n.cfg.Run.Public(), RunNumber: 1, Generation: generation, Nick: "nick",
	}, n.id, testRoom)
}

func (w *world) step(n *node, ev Event) {
	for _, a := range n.Step(w.now, ev) {
		switch a := a.(type) {
		case Send:
			n.sent = append(n.sent, sent{w.now, wire.RendezvousKind(a.Packet)})
			w.transmit(packet{to: -1, from: n.addr, data: a.Packet}, true)
			continue
		case MemberPresent:
			n.members[a.Session] = a
		case MemberLeft:
			if _, ok := n.members[a.Session]; !ok {
				w.t.Errorf("member left who was not there")
			}
			delete(n.members, a.Session)
		}
		n.seen = append(n.seen, a)
	}
	if d := n.NextDeadline(); !d.IsZero() && d.Before(w.now) {
		w.t.Fatalf("deadline %v in the past", w.now.Sub(d))
	}
}

func (w *world) leave(n *node) {
	w.step(n, Leave{})
	n.gone = true
}

// run lets simulated time pass.
func (w *world) run(d time.Duration) {
	end := w.now.Add(d)
	for nextBoot := w.now; ; {
		next, who := nextBoot, -1
		for i, n := range w.nodes {
			if t := n.NextDeadline(); !n.gone && !n.silent && !t.IsZero() && t.Before(next) {
				next, who = t, i
			}
		}
		var p *packet
		if len(w.queue) > 0 && !w.queue[0].at.After(next) {
			p = &w.queue[0]
			next = p.at
		}
		if next.After(end) {
			w.now = end
			return
		}
		w.now = later(w.now, next)
		switch {
		case p != nil:
			got := *p
			w.queue = w.queue[1:]
			w.deliver(got)
		case who >= 0:
			w.step(w.nodes[who], Timer{})
		default:
			w.boot.tick(w.now)
			nextBoot = nextBoot.Add(100 * time.Millisecond)
		}
	}
}

func (w *world) deliver(p packet) {
	if p.to < 0 {
		w.boot.receive(w.now, p.from, p.data)
	} else if n := w.nodes[p.to]; !n.gone && !n.silent {
		w.step(n, Packet{Data: p.data})
	}
}

// agreed tells what is wrong, if anything: all there are registered, see all
// others that are there with the right channel, and nobody else.
func (w *world) agreed() error {
	var want []crypto.SessionID
	for _, n := range w.nodes {
		if !n.gone {
			want = append(want, n.Session())
		}
	}
	for i, n := range w.nodes {
		if n.gone {
			continue
		}
		if n.state != Registered {
			return fmt.Errorf("node %d is %v (%s)", i, n.state, n.reason)
		}
		if len(n.members) != len(want)-1 {
			return fmt.Errorf("node %d sees %d of %d", i, len(n.members), len(want)-1)
		}
		for _, id := range want {
			m, ok := n.members[id]
			if id == n.Session() {
				continue
			}
			if s := w.boot.sessions[id]; !ok || s == nil || m.Channel != s.channel {
				return fmt.Errorf("node %d is wrong about %x", i, id)
			}
			if n.session.byChannel[m.Channel] != id {
				return fmt.Errorf("node %d: channel %d maps wrong", i, m.Channel)
			}
		}
	}
	return nil
}

func (w *world) mustAgree() {
	w.t.Helper()
	if err := w.agreed(); err != nil {
		w.t.Fatal(err)
	}
}

func has[A Action](n *node) bool {
	return slices.ContainsFunc(n.seen, func(a Action) bool { _, ok := a.(A); return ok })
}

func count[A Action](n *node) (c int) {
	for _, x := range n.seen {
		if _, ok := x.(A); ok {
			c++
		}
	}
	return c
}

func last[A Action](n *node) (a A) {
	for _, x := range n.seen {
		if v, ok := x.(A); ok {
			a = v
		}
	}
	return a
}

func (n *node) times(k wire.RendezvousType) (ts []time.Duration) {
	for _, s := range n.sent {
		if s.kind == k {
			ts = append(ts, s.at.Sub(worldZero))
		}
	}
	return ts
}

func (n *node) states() (s []State) {
	for _, a := range n.seen {
		if a, ok := a.(StateChanged); ok {
			s = append(s, a.State)
		}
	}
	return s
}
