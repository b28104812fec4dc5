// Package mesh tests whole members and a real bootnode together on simulated
// networks in virtual time: NATs, loss, duplication, reordering, partitions and
// restarts, without a socket or a sleep.
package mesh

import (
	"context"
	"fmt"
	"math/rand/v2"
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
}

func newWorld(t *testing.T, link simnet.Link) *world {
	key, err := crypto.RunKeyFromSeed([32]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, net: simnet.New(1, link), bootKey: key, epoch: crypto.EpochKey{7}}
	w.srv = w.net.Internet.Host("srv", "203.0.113.1")
	w.startBootnode()
	return w
}

func (w *world) startBootnode() {
	w.t.Helper()
	c, err := w.srv.ListenPacket(9595)
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := bootnode.New(bootnode.Config{Conns: []udp.Conn{udp.Wrap(c)}, Key: w.bootKey})
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
	w.stop = func() { cancel(); <-done }
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
	room   *peer.Room
	cancel context.CancelFunc
	done   chan struct{}

	mu     sync.Mutex
	texts  []string // in the order shown
	orders map[string]string
	states map[crypto.PublicKey]peer.Member
	acks   map[string]peer.Delivered
	told   map[string]int // notices by code
}

// join starts a member on a host; the identity comes from its name.
func (w *world) join(name string, host *simnet.Host, run uint64) *member {
	w.t.Helper()
	var seed [32]byte
	copy(seed[:], name)
	m := &member{w: w, name: name, id: crypto.IdentityFromSeed(seed), host: host, done: make(chan struct{}),
		orders: map[string]string{}, states: map[crypto.PublicKey]peer.Member{}, acks: map[string]peer.Delivered{}, told: map[string]int{}}
	c, err := host.ListenPacket(0)
	if err != nil {
		w.t.Fatal(err)
	}
	m.node, err = peer.New(peer.Config{
		Identity: m.id, RunNumber: run, Nick: name, Socket: udp.Wrap(c), LocalAddrs: host.Addrs,
		Rand: rand.New(rand.NewPCG(uint64(len(w.members)), run)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if m.room, err = m.node.Join(peer.RoomConfig{Name: "r", Keys: crypto.NewRoomKeys(w.epoch)}); err != nil {
		w.t.Fatal(err)
	}
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

func (m *member) watch() {
	for e := range m.node.Events() {
		m.mu.Lock()
		switch e := e.(type) {
		case peer.MessageEvent:
			m.texts = append(m.texts, e.Text)
			m.orders[e.Text] = e.Order
		case peer.MemberChanged:
			m.states[e.Key] = e.Member
		case peer.Delivered:
			m.acks[e.ID] = e
		case peer.Notice:
			m.told[e.Code]++
		}
		m.mu.Unlock()
	}
}

// leave ends the member gracefully.
func (m *member) leave() {
	m.cancel()
	<-m.done
}

func (m *member) send(text string) string {
	m.w.t.Helper()
	id, err := m.room.Send(peer.Text, text)
	if err != nil {
		m.w.t.Fatalf("%s: send: %v", m.name, err)
	}
	return id
}

func (m *member) state(of *member) peer.Member {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.states[of.id.Public()]
}

func (m *member) shown() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]string(nil), m.texts...)
}

// notices counts the notices of a code.
func (m *member) notices(code string) int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.told[code]
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
	return w.eventually(limit, "everybody joined", func() bool {
		for _, a := range ms {
			for _, b := range ms {
				if a != b && a.state(b).State != peer.Joined {
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
	w.eventually(limit, fmt.Sprintf("%d messages at %d members", len(texts), len(ms)), func() bool {
		for _, m := range ms {
			if len(m.shown()) < len(texts) {
				return false
			}
		}
		return true
	})
	want := append([]string(nil), texts...)
	sort.Strings(want)
	for _, m := range ms {
		got := m.shown()
		sort.Strings(got)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			w.t.Fatalf("%s shows %d messages, want %d, each once", m.name, len(got), len(want))
		}
		for text, order := range ms[0].orders {
			if m.orders[text] != order {
				w.t.Fatalf("%s sorts %q at %s, %s at %s", m.name, text, m.orders[text], ms[0].name, order)
			}
		}
	}
}
