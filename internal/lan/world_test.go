package lan

import (
	"encoding/binary"
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
	testRoom  = crypto.NewRoomKeys(crypto.EpochKey{1})
	otherRoom = crypto.NewRoomKeys(crypto.EpochKey{2})
	worldZero = time.Unix(1_700_000_000, 0)
	homePort  = uint16(HomePort)
)

// maxSteps is more than any test here needs.
const maxSteps = 500_000

// world is a LAN of hosts with finders on them, and bootnodes as far as
// finders see them. A finder's packets reach its own host over loopback and by
// the host's address, and the other hosts a millisecond later.
type world struct {
	t       *testing.T
	now     time.Time
	rng     *rand.Rand
	nodes   []*node
	servers []*server
	queue   []delivery
	drop    func(from, to *node) bool // multicast and unicast between finders
	plain   map[int]crypto.RunPublic  // bootnodes at the home port of hosts, of no room
	trace   []string
}

type node struct {
	*Finder
	id      int
	host    int
	room    *crypto.RoomKeys
	targets []Target
	server  *server // nil: none
	dead    bool
	opens   int
	uses    [][]Target
	sent    int
	failAll bool // Open fails
}

type server struct {
	key  crypto.RunPublic
	port uint16
	host int
	room *crypto.RoomKeys
}

type delivery struct {
	at time.Time
	to *node
	ev Event
}

func newWorld(t *testing.T, seed uint64) *world {
	return &world{
		t: t, now: worldZero, rng: rand.New(rand.NewPCG(seed, 7)),
		drop:  func(_, _ *node) bool { return false },
		plain: map[int]crypto.RunPublic{},
	}
}

// start adds a finder on a host.
func (w *world) start(host int, room *crypto.RoomKeys) *node {
	n := &node{id: len(w.nodes), host: host, room: room}
	n.Finder = NewFinder(FinderConfig{Room: room, Home: homeAddr(HomePort),
		Rand: rand.New(rand.NewPCG(w.rng.Uint64(), w.rng.Uint64()))})
	w.nodes = append(w.nodes, n)
	w.step(n, Start{})
	return n
}

func hostAddr(host int) netip.Addr { return netip.AddrFrom4([4]byte{192, 168, 1, byte(host + 1)}) }

func (n *node) mouth() uint16 { return uint16(40000 + n.id) }

func (w *world) step(n *node, ev Event) {
	for queue := []Event{ev}; len(queue) > 0; queue = queue[1:] {
		for _, a := range n.Step(w.now, queue[0]) {
			w.trace = append(w.trace, fmt.Sprintf("%v %d %T%v", w.now.Sub(worldZero), n.id, a, a))
			switch a := a.(type) {
			case Multicast:
				n.sent++
				for _, to := range w.nodes {
					if to.host == n.host {
						w.transmit(n, to, netip.AddrFrom4([4]byte{127, 0, 0, 1}), a.Packet)
					}
					w.transmit(n, to, hostAddr(n.host), a.Packet)
				}
			case Send:
				n.sent++
				if to := w.at(n, a.To); to != nil {
					from := hostAddr(n.host)
					if a.To.Addr().IsLoopback() {
						from = a.To.Addr()
					}
					w.transmit(n, to, from, a.Packet)
				}
			case Probe:
				w.probe(n, a.Packet)
			case Open:
				n.opens++
				queue = append(queue, w.open(n, a.Port))
			case Close:
				w.close(n)
			case Use:
				n.use(w, a.Targets)
			}
		}
	}
}

// at is the finder that n reaches at an address.
func (w *world) at(n *node, a netip.AddrPort) *node {
	for _, to := range w.nodes {
		same := to.host == n.host && a.Addr().IsLoopback() || a.Addr() == hostAddr(to.host)
		if same && a.Port() == to.mouth() {
			return to
		}
	}
	return nil
}

func (w *world) transmit(n, to *node, from netip.Addr, p []byte) {
	if n != to && w.drop(n, to) {
		return
	}
	delay := time.Millisecond
	if n.host == to.host {
		delay = 50 * time.Microsecond
	}
	w.deliver(to, delay, Packet{netip.AddrPortFrom(from, n.mouth()), p})
}

func (w *world) deliver(to *node, delay time.Duration, ev Event) {
	w.queue = append(w.queue, delivery{w.now.Add(delay), to, ev})
}

// probe answers for whoever has the home port of the host.
func (w *world) probe(n *node, p []byte) {
	h, err := wire.ParseHello(p)
	if err != nil {
		w.t.Fatal(err)
	}
	key, ok := w.plain[n.host]
	for _, s := range w.servers {
		if s.host == n.host && s.port == homePort {
			key, ok = s.key, true
		}
	}
	if ok {
		w.deliver(n, 50*time.Microsecond, Cookie{homeAddr(HomePort), wire.CookieFrame{Nonce: h.Nonce, Key: key}.Append(nil)})
	}
}

func (w *world) open(n *node, port uint16) Event {
	if n.server != nil {
		w.t.Fatalf("%d opens a second bootnode", n.id)
	}
	_, taken := w.plain[n.host]
	taken = port == homePort && (taken || slices.ContainsFunc(w.servers, func(s *server) bool {
		return s.host == n.host && s.port == port
	}))
	if taken || n.failAll {
		return OpenFailed{}
	}
	if port == 0 {
		port = 50000 + uint16(w.rng.IntN(10000))
	}
	n.server = &server{key: w.newKey(), port: port, host: n.host, room: n.room}
	w.servers = append(w.servers, n.server)
	return Opened{n.server.key, port}
}

func (w *world) newKey() (k crypto.RunPublic) {
	for i := 0; i < len(k); i += 8 {
		binary.BigEndian.PutUint64(k[i:], w.rng.Uint64())
	}
	return k
}

// close ends a bootnode; it tells its members.
func (w *world) close(n *node) {
	if n.server == nil {
		w.t.Fatalf("%d closes what it does not have", n.id)
	}
	gone := n.server
	w.vanish(n)
	for _, m := range w.nodes {
		for _, t := range m.targets {
			if t.Key == gone.key {
				w.deliver(m, time.Millisecond, Unreachable{t.Address})
			}
		}
	}
}

// vanish ends a bootnode without a word.
func (w *world) vanish(n *node) {
	w.servers = slices.DeleteFunc(w.servers, func(s *server) bool { return s == n.server })
	n.server = nil
}

// use is the registering member: it cannot register where there is no
// bootnode, or one of another room.
func (n *node) use(w *world, targets []Target) {
	for _, t := range targets {
		if slices.Contains(n.targets, t) {
			continue
		}
		if s := w.serverAt(n, t); s == nil && w.plain[n.host] != t.Key {
			w.deliver(n, 5*time.Second, Unreachable{t.Address})
		} else if s != nil && s.room != n.room {
			w.deliver(n, time.Millisecond, Unreachable{t.Address})
		}
	}
	n.targets = targets
	n.uses = append(n.uses, targets)
	if len(targets) > maxUsed+1 {
		w.t.Fatalf("%d targets", len(targets))
	}
}

func (w *world) serverAt(n *node, t Target) *server {
	a := netip.MustParseAddrPort(t.Address)
	for _, s := range w.servers {
		if s.key == t.Key && s.port == a.Port() && (a.Addr() == hostAddr(s.host) || a.Addr().IsLoopback() && s.host == n.host) {
			return s
		}
	}
	return nil
}

// leave ends a member gracefully; kill does not.
func (w *world) leave(n *node) {
	w.step(n, Stop{})
	w.kill(n)
}

func (w *world) kill(n *node) {
	if n.server != nil {
		w.vanish(n)
	}
	n.dead = true
	w.nodes = slices.DeleteFunc(w.nodes, func(m *node) bool { return m == n })
}

// run goes on until a condition holds, and returns how long that took.
func (w *world) run(limit time.Duration, until func() bool) time.Duration {
	w.t.Helper()
	began := w.now
	for steps := 0; !until(); steps++ {
		if steps > maxSteps {
			w.t.Fatal("it spins")
		}
		if !w.advance(began.Add(limit)) {
			w.t.Fatalf("not within %v: %s", limit, w.state())
		}
	}
	return w.now.Sub(began)
}

// pass lets time pass.
func (w *world) pass(d time.Duration) {
	w.t.Helper()
	end := w.now.Add(d)
	for steps := 0; w.advance(end); steps++ {
		if steps > maxSteps {
			w.t.Fatal("it spins")
		}
	}
}

// advance does what comes next, or goes to end if that is later.
func (w *world) advance(end time.Time) bool {
	best, at := -1, end
	for i, d := range w.queue {
		if d.at.Before(at) {
			best, at = i, d.at
		}
	}
	var timer *node
	for _, n := range w.nodes {
		if d := n.NextDeadline(); !d.IsZero() && d.Before(at) {
			timer, at = n, d
		}
	}
	if at.Before(w.now) {
		at = w.now
	}
	w.now = at
	switch {
	case timer != nil:
		w.step(timer, Timer{})
	case best >= 0:
		d := w.queue[best]
		w.queue = slices.Delete(w.queue, best, best+1)
		if !d.to.dead {
			w.step(d.to, d.ev)
		}
	default:
		return false
	}
	return true
}

// met reports whether some living bootnode is used by all members of a room.
func (w *world) met(nodes ...*node) bool {
	for _, t := range nodes[0].targets {
		s := w.serverAt(nodes[0], t)
		all := s != nil
		for _, n := range nodes {
			all = all && slices.ContainsFunc(n.targets, func(t Target) bool { return w.serverAt(n, t) == s })
		}
		if all {
			return true
		}
	}
	return false
}

// agreed reports whether all use the same bootnodes, all of them living.
func (w *world) agreed() bool {
	for _, n := range w.nodes {
		if len(n.targets) == 0 || !slices.Equal(keys(n.targets), keys(w.nodes[0].targets)) {
			return false
		}
		if slices.ContainsFunc(n.targets, func(t Target) bool { return w.serverAt(n, t) == nil }) {
			return false
		}
	}
	return true
}

func (w *world) allMet() bool { return w.met(w.nodes...) }

func keys(ts []Target) (ks []crypto.RunPublic) {
	for _, t := range ts {
		ks = append(ks, t.Key)
	}
	return ks
}

func (w *world) state() (s string) {
	for _, n := range w.nodes {
		s += fmt.Sprintf("\n%d on %d:", n.id, n.host)
		for _, t := range n.targets {
			s += fmt.Sprintf(" %x@%s", t.Key[:3], t.Address)
		}
		if n.server != nil {
			s += fmt.Sprintf(" runs %x", n.server.key[:3])
		}
	}
	return s
}
