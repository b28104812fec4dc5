package bootnode

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// memMesh is an engine in memory: what is sent arrives at once and in order, but
// not before it is known that somebody listens.
type memMesh struct {
	mu    sync.Mutex
	nodes []*memNode
	cut   func(a, b int) bool // nil: none
	tap   func(Message)       // who passes messages on; nil: nobody
}

// interest is how long it takes until others know that a room is watched.
const interest = 30 * time.Millisecond

type memNode struct {
	mesh     *memMesh
	index    int
	key      ed25519.PrivateKey
	watched  map[crypto.RoomSubject]time.Time
	received chan Message
	frames   chan []byte
	lost     int // messages for which there was no room
}

func (m *memMesh) node() *memNode {
	m.mu.Lock()
	defer m.mu.Unlock()
	seed := make([]byte, 32)
	seed[0] = byte(len(m.nodes) + 1)
	n := &memNode{mesh: m, index: len(m.nodes), key: ed25519.NewKeyFromSeed(seed)}
	n.reset()
	m.nodes = append(m.nodes, n)
	return n
}

// restart forgets what a node watched and what was on its way to it.
func (n *memNode) restart() {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	n.reset()
}

func (n *memNode) reset() {
	n.watched = map[crypto.RoomSubject]time.Time{}
	n.received, n.frames = make(chan Message, 16384), make(chan []byte, 1024)
}

func (n *memNode) Self() NodeID             { return NodeID(n.key.Public().(ed25519.PublicKey)) }
func (n *memNode) Sign(b []byte) [64]byte   { return [64]byte(ed25519.Sign(n.key, b)) }
func (n *memNode) Received() <-chan Message { return n.received }
func (n *memNode) Frames() <-chan []byte    { return n.frames }

func (n *memNode) Watch(s crypto.RoomSubject) {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	n.watched[s] = time.Now()
}

func (n *memNode) Unwatch(s crypto.RoomSubject) {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	delete(n.watched, s)
}

func (n *memNode) reaches(o *memNode) bool {
	return o != n && (n.mesh.cut == nil || !n.mesh.cut(n.index, o.index))
}

func (n *memNode) publish(s crypto.RoomSubject, b []byte) error {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	if n.mesh.tap != nil {
		n.mesh.tap(Message{s, bytes.Clone(b)})
	}
	for _, o := range n.mesh.nodes {
		since, watches := o.watched[s]
		if s != (crypto.RoomSubject{}) && (!watches || time.Since(since) < interest) || !n.reaches(o) {
			continue
		}
		select {
		case o.received <- Message{s, bytes.Clone(b)}:
		default:
			o.lost++
		}
	}
	return nil
}

func (n *memNode) PublishRoom(s crypto.RoomSubject, b []byte) error { return n.publish(s, b) }
func (n *memNode) PublishNode(b []byte) error                       { return n.publish(crypto.RoomSubject{}, b) }

func (n *memNode) SendFrame(to NodeID, b []byte) error {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	for _, o := range n.mesh.nodes {
		if o.Self() == to && n.reaches(o) {
			select {
			case o.frames <- bytes.Clone(b):
			default:
			}
		}
	}
	return nil
}

func (n *memNode) Links() (list []Link) {
	n.mesh.mu.Lock()
	defer n.mesh.mu.Unlock()
	for _, o := range n.mesh.nodes {
		if n.reaches(o) {
			list = append(list, Link{Node: o.Self(), Kind: LinkCluster, State: "up"})
		}
	}
	return list
}

// towns are bootnodes of one mesh on a simulated network, and members.
type towns struct {
	t    *testing.T
	net  *simnet.Network
	mesh *memMesh
	list []*town
	next int
}

type town struct {
	*towns
	host   *simnet.Host
	node   *memNode
	addr   netip.AddrPort
	limits Limits
	server *Server
	stop   func()
}

// newTowns must be called in a bubble.
func newTowns(t *testing.T, n int, limits Limits) *towns {
	w := &towns{t: t, net: simnet.New(1, simnet.Link{Latency: 5 * time.Millisecond}), mesh: &memMesh{}}
	for i := range n {
		ip := fmt.Sprintf("203.0.113.%d", i+1)
		b := &town{
			towns: w, host: w.net.Internet.Host("boot"+ip, ip), node: w.mesh.node(), limits: limits,
			addr: netip.AddrPortFrom(netip.MustParseAddr(ip), 9595),
		}
		b.start()
		w.list = append(w.list, b)
	}
	return w
}

func (b *town) start() {
	conn, err := b.host.ListenPacket(9595)
	if err != nil {
		b.t.Fatal(err)
	}
	b.server, b.stop = start(b.t, Config{
		Conns: []udp.Conn{udp.Wrap(conn)}, Mesh: b.node, Limits: b.limits, Advertise: b.addr.String(), Release: "test",
	})
}

func (w *towns) close() {
	for _, b := range w.list {
		b.stop()
	}
	w.net.Close()
}

// person is a member with a goroutine that keeps its roster.
type person struct {
	*remote
	mu   sync.Mutex
	got  []string // packets by the relay, behind their senders' sessions
	done chan struct{}
	bye  bool
}

// arrive registers somebody at a bootnode.
func (b *town) arrive(tag crypto.RoomTag) *person {
	b.t.Helper()
	p := b.person(tag)
	p.begin()
	return p
}

// person is somebody who has not registered yet.
func (b *town) person(tag crypto.RoomTag) *person {
	b.t.Helper()
	b.next++
	conn, err := b.net.Internet.Host(fmt.Sprint("p", b.next), fmt.Sprintf("198.51.%d.%d", b.next>>8, b.next&255)).ListenPacket(4000)
	if err != nil {
		b.t.Fatal(err)
	}
	p := &person{remote: newRemote(b.t, conn, net.UDPAddrFromAddrPort(b.addr)), done: make(chan struct{})}
	p.client.tag = tag
	p.client.newRun()
	p.announcement = fmt.Appendf(nil, "person %d", b.next)
	return p
}

func (p *person) begin() {
	p.register()
	p.roster = copyOfRoster{}
	p.roster.apply(&p.welcome.Roster)
	go p.listen()
	go p.beats()
}

func (p *person) listen() {
	defer close(p.done)
	p.conn.SetReadDeadline(time.Time{})
	buf := make([]byte, 2000)
	for {
		n, _, err := p.conn.ReadFrom(buf)
		if err != nil {
			return
		}
		p.take(bytes.Clone(buf[:n]))
	}
}

func (p *person) take(b []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if wire.Classify(b) == wire.ClassRelay {
		if from, packet, err := wire.OpenRelay(nil, b, p.session); err == nil {
			p.got = append(p.got, fmt.Sprintf("%d %s", from, packet))
		}
		return
	}
	kind := wire.RendezvousKind(b)
	body, err := wire.OpenSession(b, p.session)
	if err != nil {
		return
	}
	switch kind {
	case wire.TypeRoster:
		if page, err := wire.ParseRoster(body); err == nil {
			p.roster.apply(&page)
		}
	case wire.TypeProbe:
		p.write(p.beatFrame())
	case wire.TypeBeatAck:
		if f, err := wire.ParseBeatAck(body); err == nil && f.Version != p.roster.version {
			p.write(p.frame(wire.TypeRosterGet, wire.RosterGet{Since: p.roster.version}.Append(nil)))
		}
	case wire.TypeBye:
		p.bye = true
	}
}

func (p *person) write(b []byte) { p.conn.WriteTo(b, p.to) }

func (p *person) beats() {
	for {
		select {
		case <-p.done:
			return
		case <-time.After(5 * time.Second):
			p.mu.Lock()
			p.write(p.beatFrame())
			p.mu.Unlock()
		}
	}
}

// leave says BYE.
func (p *person) leave() {
	p.mu.Lock()
	p.write(p.frame(wire.TypeBye, nil))
	p.mu.Unlock()
	p.conn.Close()
	<-p.done
}

// vanish says nothing.
func (p *person) vanish() {
	p.conn.Close()
	<-p.done
}

// knows reports whether somebody is in the roster.
func (p *person) knows(o *person) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.roster.members[o.id]
	return ok
}

func (p *person) left(o *person) wire.RosterKind {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roster.how[o.id]
}

// channelOf is somebody's channel in p's roster.
func (p *person) channelOf(o *person) uint32 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.roster.channel(o.id)
}

// channel is that of a session: what its entry ends with.
func (r *copyOfRoster) channel(id crypto.SessionID) (ch uint32) {
	text := r.members[id]
	fmt.Sscan(text[strings.LastIndexByte(text, ' ')+1:], &ch)
	return ch
}

func (p *person) say(o *person, packet string) {
	ch := p.channelOf(o)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(wire.SealRelay(nil, p.welcome.Channel, ch, p.session, []byte(packet)))
}

func (p *person) heard() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.got...)
}
