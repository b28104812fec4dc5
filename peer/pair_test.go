package peer

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/rendezvous"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// pair is two nodes on the Internet that learn of each other by hand, since
// there is no bootnode. It lives in a synctest bubble.
type pair struct {
	t    *testing.T
	a, b *Node
	// told is what a told of b in each room, state by state.
	told map[string][]State
	// heard are the events of each; two goroutines write there.
	mu    sync.Mutex
	heard map[*Node][]Event
	cut   func() // the network between them
}

// events are those that a node has told so far.
func (p *pair) events(n *Node) []Event {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.heard[n])
}

// forget drops them.
func (p *pair) forget(n *Node) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.heard[n] = nil
}

func inPair(t *testing.T, f func(*testing.T, *pair)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		net := simnet.New(1, simnet.Link{Latency: 10 * time.Millisecond})
		p := &pair{t: t, told: map[string][]State{}, heard: map[*Node][]Event{}}
		ctx, stop := context.WithCancel(context.Background())
		ha, hb := net.Internet.Host("a", "203.0.113.1"), net.Internet.Host("b", "203.0.113.2")
		p.cut = func() { net.Cut(ha, hb) }
		p.a, p.b = p.node(ctx, ha, 1), p.node(ctx, hb, 2)
		hear := func(n *Node, e Event) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.heard[n] = append(p.heard[n], e)
		}
		go func() {
			for e := range p.a.Events() {
				hear(p.a, e)
				if m, ok := e.(MemberChanged); ok {
					if states := p.told[m.Room]; len(states) == 0 || states[len(states)-1] != m.State {
						p.told[m.Room] = append(states, m.State)
					}
				}
			}
		}()
		go func() {
			for e := range p.b.Events() {
				hear(p.b, e)
			}
		}()
		p.settle(time.Second) // for the own addresses
		f(t, p)
		stop()
		<-p.a.done
		<-p.b.done
		p.settle(2 * time.Second) // for stores that are being read
		net.Close()
	})
}

func (p *pair) node(ctx context.Context, h *simnet.Host, seed byte) *Node {
	p.t.Helper()
	sock, err := h.ListenPacket(4000)
	if err != nil {
		p.t.Fatal(err)
	}
	n, err := New(Config{Identity: crypto.IdentityFromSeed([32]byte{seed}), RunNumber: 1,
		Socket: udp.Wrap(sock), LocalAddrs: h.Addrs})
	if err != nil {
		p.t.Fatal(err)
	}
	go func() {
		if err := n.Run(ctx); err != nil {
			p.t.Error(err)
		}
	}()
	return n
}

func roomKeys(name string) *crypto.RoomKeys {
	var e crypto.EpochKey
	copy(e[:], name)
	return crypto.NewRoomKeys(e)
}

func (p *pair) join(n *Node, cfg RoomConfig) *Room {
	p.t.Helper()
	if cfg.Keys == nil {
		cfg.Keys = roomKeys(cfg.Name)
	}
	r, err := n.Join(cfg)
	if err != nil {
		p.t.Fatal(err)
	}
	return r
}

// both has both join rooms and announces each to the other.
func (p *pair) both(names ...string) {
	p.t.Helper()
	for _, name := range names {
		ra, rb := p.join(p.a, RoomConfig{Name: name}), p.join(p.b, RoomConfig{Name: name})
		p.announce(rb, ra)
		p.announce(ra, rb)
	}
	p.settle(3 * time.Second)
}

// announce lets a room learn of another node's in it.
func (p *pair) announce(of, to *Room) {
	p.t.Helper()
	p.do(to.node, func(now time.Time) {
		m := to.announced(now, rendezvous.MemberPresent{Announcement: wire.Announcement{
			Peer: of.node.Key(), Run: of.node.run.Public(), RunNumber: of.node.cfg.RunNumber, Generation: 1, Nick: "x",
		}})
		if m == nil {
			return
		}
		_, cands := of.node.conn.Candidates()
		m.contact.remote.AddCandidates(cands)
		m.setNick(time.Now(), "x")
		m.list(now, true)
		to.callRoll(now)
	})
}

func (p *pair) do(n *Node, f func(now time.Time)) {
	p.t.Helper()
	if err := n.do(f); err != nil {
		p.t.Fatal(err)
	}
}

func (p *pair) settle(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// conn is b's connection with a.
func (p *pair) conn() (cn *conn) {
	p.t.Helper()
	p.do(p.b, func(time.Time) { cn = p.b.contacts[p.a.Key()].conn })
	if cn == nil {
		p.t.Fatal("no connection")
	}
	return cn
}

func (p *pair) want(room string, states ...State) {
	p.t.Helper()
	synctest.Wait()
	if got := p.told[room]; !slices.Equal(got, states) {
		p.t.Errorf("in %s a told %v of b, want %v", room, got, states)
	}
}
