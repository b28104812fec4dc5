package lan

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/netspace"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

const patience = time.Minute

var none crypto.RunPublic

// stub is a bootnode that answers HELLO and nothing else.
type stub struct {
	key   crypto.RunPublic
	conn  udp.Conn
	ended sync.WaitGroup
}

func openStub(port uint16) (Server, error) {
	k, err := crypto.NewRunKey()
	if err != nil {
		return nil, err
	}
	c, err := udp.Listen(fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, err
	}
	s := &stub{key: k.Public(), conn: c}
	s.ended.Go(func() {
		p := []udp.Packet{{Buf: make([]byte, 200)}}
		for {
			if _, err := c.ReadBatch(p); err != nil {
				return
			}
			if h, err := wire.ParseHello(p[0].Bytes()); err == nil {
				c.WriteTo(wire.CookieFrame{Nonce: h.Nonce, Key: s.key}.Append(nil), p[0].Addr, netip.Addr{})
			}
		}
	})
	return s, nil
}

func (s *stub) Key() crypto.RunPublic { return s.key }
func (s *stub) Port() uint16          { return s.conn.LocalAddr().Port() }
func (s *stub) Close()                { s.conn.Close(); s.ended.Wait() }

// member is a running shell.
type member struct {
	cancel      context.CancelFunc
	done        chan struct{}
	unreachable chan string
}

// party is the members and what they use.
type party struct {
	t       *testing.T
	at      place
	mu      sync.Mutex
	targets map[*member][]Target
	changed chan struct{}
}

// newParty picks ports of its own, so that tests of several checkouts, and
// gochat itself, do not hear each other.
func newParty(t *testing.T, groups []netip.Addr) *party {
	return &party{t: t, at: place{freePort(t), homeAddr(freePort(t)), groups},
		targets: map[*member][]Target{}, changed: make(chan struct{}, 1)}
}

func freePort(t *testing.T) uint16 {
	c, err := udp.Listen("0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().Port()
}

func (p *party) join() *member {
	ctx, cancel := context.WithCancel(p.t.Context())
	m := &member{cancel: cancel, done: make(chan struct{}), unreachable: make(chan string, 10)}
	use := func(ts []Target) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.targets[m] = ts
		select {
		case p.changed <- struct{}{}:
		default:
		}
	}
	use(nil)
	go func() {
		defer close(m.done)
		cfg := Config{Room: testRoom, Open: openStub, Use: use, Unreachable: m.unreachable}
		if err := run(ctx, cfg, p.at); err != nil {
			p.t.Error(err)
		}
	}()
	p.t.Cleanup(func() { p.leave(m) })
	return m
}

func (p *party) leave(m *member) {
	m.cancel()
	<-m.done
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.targets, m)
}

// meet waits until all use a common bootnode, another than before, and returns
// it.
func (p *party) meet(before crypto.RunPublic) crypto.RunPublic {
	p.t.Helper()
	late := time.After(patience)
	for {
		if k, ok := p.common(); ok && k != before {
			return k
		}
		select {
		case <-p.changed:
		case <-late:
			p.t.Fatal("not met")
		}
	}
}

func (p *party) common() (crypto.RunPublic, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	count := map[crypto.RunPublic]int{}
	for _, ts := range p.targets {
		for _, t := range ts {
			if count[t.Key]++; count[t.Key] == len(p.targets) {
				return t.Key, true
			}
		}
	}
	return crypto.RunPublic{}, false
}

func TestMain(m *testing.M) { os.Exit(netspace.Run(m)) }

// needMulticast skips where a host does not hear its own multicast.
func needMulticast(t *testing.T) {
	t.Helper()
	netspace.Need(t)
	m, err := udp.ListenMulticast(freePort(t), groups()...)
	if err == nil {
		err = m.Send([]byte("echo"))
		if err == nil {
			timer := time.AfterFunc(10*time.Second, func() { m.Close() })
			_, _, _, err = m.ReadFrom(make([]byte, 10))
			timer.Stop()
		}
		m.Close()
	}
	if err != nil {
		netspace.Skip(t, "multicast: "+err.Error())
	}
}

func TestRunMeets(t *testing.T) {
	needMulticast(t)
	for _, count := range []int{2, 10} {
		p := newParty(t, groups())
		began := time.Now()
		var ms []*member
		for range count {
			ms = append(ms, p.join())
		}
		p.meet(none)
		t.Logf("%d met after %v", count, time.Since(began))
		began = time.Now()
		late := p.join()
		p.meet(none)
		t.Logf("one more after %v", time.Since(began))
		for _, m := range append(ms, late) {
			p.leave(m)
		}
	}
}

// The bootnode's owner leaves; the others, once they noticed, meet at another.
func TestRunOwnerLeaves(t *testing.T) {
	needMulticast(t)
	p := newParty(t, groups())
	owner := p.join()
	first := p.meet(none)
	rest := []*member{p.join(), p.join()}
	p.meet(none)
	p.leave(owner)
	for _, m := range rest {
		for _, a := range p.addresses(m, first) {
			m.unreachable <- a
		}
	}
	p.meet(first)
}

// addresses are where a member uses a bootnode.
func (p *party) addresses(m *member, key crypto.RunPublic) (as []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.targets[m] {
		if t.Key == key {
			as = append(as, t.Address)
		}
	}
	return as
}

// Without multicast the home port is where the members of a host meet.
func TestRunWithoutMulticast(t *testing.T) {
	p := newParty(t, nil)
	for range 3 {
		p.join()
	}
	p.meet(none)
}

func TestRunNeedsItsConfig(t *testing.T) {
	open := func(uint16) (Server, error) { return nil, errors.New("no") }
	for _, cfg := range []Config{{}, {Room: testRoom, Open: open}, {Room: testRoom, Use: func([]Target) {}}} {
		if Run(t.Context(), cfg) == nil {
			t.Errorf("%+v was taken", cfg)
		}
	}
}

func TestPlace(t *testing.T) {
	gs := groups()
	if len(gs) != 2 || !gs[0].Is4() || !gs[1].Is6() || slices.ContainsFunc(gs, func(a netip.Addr) bool { return !a.IsMulticast() }) {
		t.Errorf("groups %v", gs)
	}
	if Port == HomePort || homeAddr(HomePort).String() != "127.0.0.1:9595" {
		t.Error("ports")
	}
	doc, err := os.ReadFile("../../docs/PROTOCOL.md")
	if want := fmt.Sprintf("%s and %s, port %d", Group4, Group6, Port); err != nil || !strings.Contains(string(doc), want) {
		t.Errorf("docs/PROTOCOL.md does not say %q: %v", want, err)
	}
}

func TestNeighbourhood(t *testing.T) {
	var n Neighbourhood
	for a, want := range map[string]bool{
		"127.0.0.1": true, "::1": true, "::ffff:127.0.0.1": true, "10.1.2.3": true, "192.168.1.1": true, "169.254.1.1": true,
		"fe80::1%eth0": true, "fd00::1": true, "198.51.100.77": false, "2001:db8:ffff::1": false, "0.0.0.0": false, "239.255.95.95": false,
	} {
		if got := n.Contains(netip.MustParseAddr(a)); got != want {
			t.Errorf("%s: %v", a, got)
		}
	}
	if n.Contains(netip.Addr{}) {
		t.Error("no address is near")
	}
	for _, a := range udp.HostAddrs() {
		if !n.Contains(a) {
			t.Errorf("the own address %v is far", a)
		}
	}
}
