// Package mesh tests whole members and a real bootnode together on simulated
// networks in virtual time: NATs, loss, duplication, reordering, partitions and
// restarts, without a socket or a sleep.
package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sort"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/peer"
)

const bootAddr = "203.0.113.1:9595"

// delay is one way between any two sites: two links.
var delay = simnet.Link{Latency: 12500 * time.Microsecond}

// world is an Internet with one bootnode.
type world struct {
	t       *testing.T
	net     *simnet.Network
	srv     *simnet.Host
	bootKey *crypto.RunKey
	stop    func() // the bootnode
	members []*member
	epoch   crypto.EpochKey
	listen  func() net.Listener                 // of the bootnode's WebSockets; nil: none
	tune    func(name string, cfg *peer.Config) // nil: nothing is changed
	boot    func(cfg *bootnode.Config)          // of bootnodes started from now on; nil: nothing is changed
}

func newWorld(t *testing.T, link simnet.Link) *world {
	w := emptyWorld(t, link)
	w.startBootnode()
	return w
}

// emptyWorld is a world whose bootnode does not run yet.
func emptyWorld(t *testing.T, link simnet.Link) *world {
	key, err := crypto.RunKeyFromSeed([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, net: simnet.New(1, link), bootKey: key, epoch: crypto.EpochKey{7}}
	w.srv = w.net.Internet.Host("srv", "203.0.113.1")
	return w
}

func (w *world) startBootnode() { w.stop = w.serve(w.srv, w.bootKey, nil) }

// bootnodeAt starts a further bootnode, for some rooms.
func (w *world) bootnodeAt(addr string, serves func(crypto.RoomTag) bool) (stop func()) {
	w.t.Helper()
	key, err := crypto.RunKeyFromSeed([32]byte{2})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.serve(w.net.Internet.Host("srv "+addr, addr), key, serves)
}

func (w *world) serve(host *simnet.Host, key *crypto.RunKey, serves func(crypto.RoomTag) bool) (stop func()) {
	w.t.Helper()
	c, err := host.ListenPacket(9595)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := bootnode.Config{Conns: []udp.Conn{udp.Wrap(c)}, Key: key, Serves: serves}
	if w.listen != nil {
		cfg.Streams = append(cfg.Streams, w.listen())
	}
	if w.boot != nil {
		w.boot(&cfg)
	}
	s, err := bootnode.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := s.Run(ctx); err != nil {
			w.t.Errorf("bootnode: %v", err)
		}
	}()
	return func() { cancel(); <-done }
}

// end stops everything, so that the bubble can end.
func (w *world) end() {
	for _, m := range w.members {
		m.leave()
	}
	w.stop()
	w.net.Close()
}

// member is one node and what its front was told.
type member struct {
	w      *world
	name   string
	id     *crypto.Identity
	host   *simnet.Host
	node   *peer.Node
	room   *peer.Room            // r
	rooms  map[string]*peer.Room // by name
	cancel context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	seen    map[string]*seen // by room
	changes []peer.RoomChanged
	notices []peer.Notice
	failed  []string // registrations that failed
	way     peer.Via // to the bootnode
	boots   []bootSeen
}

// bootSeen is what was told of a bootnode, and when.
type bootSeen struct {
	at time.Time
	peer.BootnodeChanged
}

// seen is what a front was told of one room.
type seen struct {
	texts  []string          // in the order shown
	orders map[string]string // by text
	states map[crypto.PublicKey]peer.Member
	left   map[crypto.PublicKey]int // how often somebody left
	parted bool
}

// join starts a member of the room r on a host; the identity comes from its
// name.
func (w *world) join(name string, host *simnet.Host, run uint64) *member {
	w.t.Helper()
	return w.joinAll(name, host, run, "r")
}

// joinAll starts a member of several rooms.
func (w *world) joinAll(name string, host *simnet.Host, run uint64, rooms ...string) *member {
	w.t.Helper()
	var seed [32]byte
	copy(seed[:], name)
	m := &member{w: w, name: name, id: crypto.IdentityFromSeed(seed), host: host, done: make(chan struct{}),
		rooms: map[string]*peer.Room{}, seen: map[string]*seen{}}
	c, err := host.ListenPacket(0)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := peer.Config{
		Identity: m.id, RunNumber: run, Nick: name, Socket: udp.Wrap(c), LocalAddrs: host.Addrs,
		Rand: rand.New(rand.NewPCG(uint64(len(w.members)), run)),
		OnUnregistered: func(room, bootnode string) {
			m.mu.Lock()
			defer m.mu.Unlock()
			m.failed = append(m.failed, room+" at "+bootnode)
		},
	}
	if w.tune != nil {
		w.tune(name, &cfg)
	}
	m.node, err = peer.New(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, r := range rooms {
		m.enter(r)
	}
	m.room = m.rooms["r"]
	ctx, cancel := context.WithCancel(context.Background())
	m.cancel = cancel
	go func() {
		defer close(m.done)
		if err := m.node.Run(ctx); err != nil {
			w.t.Errorf("%s: %v", name, err)
		}
	}()
	go m.watch()
	if err := m.node.SetBootnodes([]peer.Bootnode{{Address: bootAddr, Key: w.bootKey.Public(), Strict: true}}); err != nil {
		w.t.Fatal(err)
	}
	w.members = append(w.members, m)
	return m
}

// keys are a room's keys; another secret makes another room of the same name.
func (w *world) keys(room, secret string) *crypto.RoomKeys {
	e := w.epoch
	copy(e[1:], room+" "+secret)
	return crypto.NewRoomKeys(e)
}

// enter joins one room more, without a secret.
func (m *member) enter(room string) *peer.Room {
	m.w.t.Helper()
	return m.enterAs(peer.RoomConfig{Name: room, Keys: m.w.keys(room, "")})
}

func (m *member) enterAs(cfg peer.RoomConfig) *peer.Room {
	m.w.t.Helper()
	r, err := m.node.Join(cfg)
	if err != nil {
		m.w.t.Fatalf("%s: join %s: %v", m.name, cfg.Name, err)
	}
	m.rooms[cfg.Name] = r
	return r
}

// in is what was told of a room. With mu held.
func (m *member) in(room string) *seen {
	if m.seen[room] == nil {
		m.seen[room] = &seen{orders: map[string]string{}, states: map[crypto.PublicKey]peer.Member{}, left: map[crypto.PublicKey]int{}}
	}
	return m.seen[room]
}

func (m *member) watch() {
	for e := range m.node.Events() {
		m.mu.Lock()
		m.take(e)
		m.mu.Unlock()
	}
}

func (m *member) take(e peer.Event) {
	room := ""
	switch e := e.(type) {
	case peer.MessageEvent:
		e.Show()
		room = e.Room
		s := m.in(room)
		s.texts = append(s.texts, e.Text)
		s.orders[e.Text] = e.Order
	case peer.MemberChanged:
		room = e.Room
		s := m.in(room)
		s.states[e.Key] = e.Member
		if e.State == peer.Left {
			s.left[e.Key]++
		}
	case peer.BootnodeChanged:
		m.boots = append(m.boots, bootSeen{time.Now(), e})
		if e.State == peer.BootnodeRegistered {
			m.way = e.Via
		}
	case peer.Delivered:
		room = e.Room
	case peer.Notice:
		room = e.Room
		m.notices = append(m.notices, e)
	case peer.RoomChanged:
		m.changes = append(m.changes, e)
		m.in(e.Room).parted = e.State == peer.RoomParted
		return
	}
	if room != "" && m.in(room).parted {
		m.w.t.Errorf("%s was told of the room %s that it had left: %+v", m.name, room, e)
	}
}

// leave ends the member gracefully.
func (m *member) leave() {
	m.cancel()
	<-m.done
}

func (m *member) send(text string) string {
	m.w.t.Helper()
	return m.sendTo("r", text)
}

func (m *member) sendTo(room, text string) string {
	m.w.t.Helper()
	id, err := m.rooms[room].Send(peer.Text, text)
	if err != nil {
		m.w.t.Fatalf("%s: send: %v", m.name, err)
	}
	return id
}

func (m *member) state(of *member) peer.Member { return m.stateIn("r", of) }

// via is how the bootnode was last reached.
func (m *member) via() peer.Via {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.way
}

func (m *member) stateIn(room string, of *member) peer.Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.in(room).states[of.id.Public()]
}

// lost counts how often a member was told to have left a room.
func (m *member) lost(room string, of *member) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.in(room).left[of.id.Public()]
}

func (m *member) shownIn(room string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.in(room).texts...)
}

// noticed counts the notices of a code.
func (m *member) noticed(code string) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, x := range m.notices {
		if x.Code == code {
			n++
		}
	}
	return n
}

// eventually lets virtual time pass until cond holds.
func (w *world) eventually(limit time.Duration, what string, cond func() bool) time.Duration {
	w.t.Helper()
	begin := time.Now()
	for time.Since(begin) < limit {
		synctest.Wait()
		if cond() {
			return time.Since(begin)
		}
		time.Sleep(10 * time.Millisecond)
	}
	w.t.Fatalf("not within %v: %s", limit, what)
	return 0
}

// meet waits until each of ms has joined each other.
func (w *world) meet(limit time.Duration, ms ...*member) time.Duration {
	w.t.Helper()
	return w.meetIn("r", limit, ms...)
}

func (w *world) meetIn(room string, limit time.Duration, ms ...*member) time.Duration {
	w.t.Helper()
	return w.eventually(limit, "everybody joined "+room, func() bool {
		for _, a := range ms {
			for _, b := range ms {
				if a != b && a.stateIn(room, b).State != peer.Joined {
					return false
				}
			}
		}
		return true
	})
}

// agree waits until all of ms have shown exactly the texts, each once, and
// checks that all sort them alike.
func (w *world) agree(limit time.Duration, texts []string, ms ...*member) {
	w.t.Helper()
	w.agreeIn("r", limit, texts, ms...)
}

func (w *world) agreeIn(room string, limit time.Duration, texts []string, ms ...*member) {
	w.t.Helper()
	w.eventually(limit, fmt.Sprintf("%d messages at %d members", len(texts), len(ms)), func() bool {
		for _, m := range ms {
			if len(m.shownIn(room)) < len(texts) {
				return false
			}
		}
		return true
	})
	want := append([]string(nil), texts...)
	sort.Strings(want)
	for _, m := range ms {
		got := m.shownIn(room)
		sort.Strings(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			w.t.Fatalf("%s shows %d messages, want %d, each once", m.name, len(got), len(want))
		}
		for text, order := range ms[0].in(room).orders {
			if other := m.in(room).orders[text]; other != order {
				w.t.Fatalf("%s sorts %q at %s, %s at %s", m.name, text, other, ms[0].name, order)
			}
		}
	}
}
