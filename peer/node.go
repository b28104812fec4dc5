package peer

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/quic-go/quic-go"

	"gochat/crypto"
	"gochat/internal/text"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/punch"
	"gochat/room"
)

// Node is one member: identity, socket, links and rooms.
type Node struct {
	cfg    Config
	log    *slog.Logger
	run    *crypto.RunKey
	conn   *punch.Conn
	tr     *transport
	mail   *mailbox
	events *feed
	// abandon is closed a moment after the end, when nobody is waited for who
	// might still read events.
	abandon chan struct{}

	// Of a Node that Dial made:
	stop     context.CancelFunc // ends Run
	finished chan struct{}      // closed when Run has returned
	err      error              // of Run, once finished is closed
	ctx      context.Context    // of Run, for goroutines of links
	tasks    sync.WaitGroup     // goroutines of Run
	loads    sync.WaitGroup     // goroutines that read stores
	done     chan struct{}      // closed when the loop has ended
	// readers holds a token for each store that is being read.
	readers chan struct{}
	direct  direct

	mu       sync.Mutex // guards what is below, which others than the loop use, too
	running  bool       // Run has begun
	ended    bool       // no store is read any more
	graced   time.Time  // until when rooms that are being joined are waited for
	typing   TypingUse
	occupied []*Room // whose name and keys are taken
	pasts    map[crypto.RoomID]*past
	rooms    []*Room // a new slice with each change; changed by the loop alone
	sessions map[crypto.SessionID]*contact
	remotes  map[*punch.Remote]*contact
	regs     map[netip.AddrPort][]*registration

	// owned by the loop
	nick     string
	away     Away
	wasAway  bool    // in this run: those who heard of it are to hear of the end, too
	parting  []*Room // said goodbye to a moment ago
	contacts map[crypto.PublicKey]*contact
	boots    []*boot
	nextLink room.LinkID
	// handshakes counts connections that were taken into use.
	handshakes uint64
	requesters map[crypto.PublicKey]*requester
	hosts      []wire.Candidate
	mapped     netip.AddrPort // by the router; invalid: none
	reach      reach
	leaving    bool
}

// New returns a Node; nothing happens before Run. The socket becomes the
// Node's.
func New(cfg Config) (*Node, error) {
	if cfg.Rand == nil {
		cfg.Rand = rand.New(rand.NewPCG(rand.Uint64(), rand.Uint64()))
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.LocalAddrs == nil {
		cfg.LocalAddrs = udp.HostAddrs
	}
	if cfg.Names == nil {
		cfg.Names = newMemoryNames()
	}
	if cfg.Meta == nil {
		cfg.Meta = &MemoryMeta{}
	}
	if cfg.Resolve == nil {
		cfg.Resolve = resolve
	}
	if cfg.TCPOnly {
		cfg.Socket, cfg.OpenSocket, cfg.PortMap, cfg.STUN = mute{cfg.Socket}, nil, nil, nil
	}
	run, err := crypto.NewRunKey()
	if err != nil {
		return nil, err
	}
	n := &Node{
		cfg: cfg, log: cfg.Logger, run: run, nick: cfg.Nick, typing: cfg.Typing,
		mail: newMailbox(), abandon: make(chan struct{}), finished: make(chan struct{}), done: make(chan struct{}), readers: make(chan struct{}, maxReaders),
		pasts:    map[crypto.RoomID]*past{},
		sessions: map[crypto.SessionID]*contact{},
		remotes:  map[*punch.Remote]*contact{},
		contacts: map[crypto.PublicKey]*contact{}, requesters: map[crypto.PublicKey]*requester{},
		regs: map[netip.AddrPort][]*registration{},
	}
	if cfg.RoomEvents {
		n.events = newFeed(maxUnasked)
	} else {
		n.events = newFeed(0)
	}
	if n.nick == "" {
		n.nick = cfg.Identity.Public().Nickname()
	}
	if err := n.loadConversations(); err != nil {
		return nil, err
	}
	n.conn = punch.NewConn(punch.Config{
		Socket: cfg.Socket, OpenSocket: cfg.OpenSocket, NoBirthday: cfg.NoBirthday,
		LocalAddrs: cfg.LocalAddrs, Rand: rand.New(rand.NewPCG(cfg.Rand.Uint64(), cfg.Rand.Uint64())),
		OnRendezvous: n.onRendezvous, OnRelay: n.onRelay,
		Hide:         cfg.Disclose != ToEverybody,
		OnPath:       n.onPath,
		OnReach:      n.onReach,
		OnCandidates: n.onCandidates,
		OnNetwork:    n.onNetwork,
	})
	n.tr, err = newTransport(cfg.Identity, n.conn, n.expectedKey)
	if err != nil {
		return nil, err
	}
	return n, nil
}

// Key is the own public key.
func (n *Node) Key() crypto.PublicKey { return n.cfg.Identity.Public() }

// Events is the one stream of events of all rooms, or, with Config.RoomEvents, of
// what concerns no single room; it is closed after Run.
func (n *Node) Events() <-chan Event { return n.events.ask(n.abandon) }

// Notify puts a notice into the stream of events, for whoever runs the Node.
func (n *Node) Notify(x Notice) { n.events.Put(x) }

// Mark puts a Mark into the stream of events.
func (n *Node) Mark() { n.MarkFor(nil) }

// MarkFor is Mark for one of several readers.
func (n *Node) MarkFor(reader any) { n.events.Put(Mark{reader}) }

// Run is the member's life: it returns after ctx ended and a graceful leave
// was sent, or with an error when the socket fails.
func (n *Node) Run(ctx context.Context) error {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	n.ctx = inner
	n.mu.Lock()
	n.running = true
	n.mu.Unlock()
	if len(n.cfg.Bootnodes) > 0 {
		n.mail.put(func(now time.Time) { n.setBootnodes(now, n.cfg.Bootnodes) })
	}

	socket := make(chan error, 1)
	n.tasks.Go(func() { socket <- n.conn.Run(inner) })
	n.tasks.Go(func() {
		n.tr.serve(inner, func(q *quic.Conn, r *punch.Remote) { n.tasks.Go(func() { n.accept(q, r) }) })
	})
	if n.cfg.Disclose != ToNobody {
		n.tasks.Go(func() { n.askSTUN(inner) })
	}
	mapCtx, unmap := context.WithCancel(inner)
	if n.cfg.PortMap != nil {
		n.tasks.Go(func() { n.cfg.PortMap.Run(mapCtx, n.onMapped) })
	}
	err := n.loop(ctx, socket)
	unmap() // while we say goodbye
	n.leave(time.Now())
	cancel()
	n.tr.close()
	n.conn.Close()
	for _, f := range n.mail.close() {
		f(time.Now()) // whoever waits for an answer gets it
	}
	close(n.done)
	n.tasks.Wait()
	n.loads.Wait()
	n.events.end()
	for _, r := range n.everyRoom() {
		r.closeEvents()
	}
	// The front may have stopped reading: do not wait for it for ever.
	time.AfterFunc(time.Second, func() { close(n.abandon) })
	n.events.done.Wait()
	return err
}

// loop owns all state of the node until ctx ends or the socket fails.
func (n *Node) loop(ctx context.Context, socket <-chan error) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-socket:
			return err
		case <-n.mail.ready:
			for _, f := range n.mail.take() {
				f(time.Now())
			}
		case <-timer.C:
		}
		timer.Reset(n.tick(time.Now()))
	}
}

// tick does what is due and returns how long nothing will be.
func (n *Node) tick(now time.Time) time.Duration {
	for _, b := range slices.Clone(n.boots) {
		if slices.Contains(n.boots, b) { // one may let another go
			b.tick(now)
		}
	}
	for _, r := range n.rooms {
		r.tick(now)
	}
	for _, r := range slices.Clone(n.parting) {
		r.checkParted(now)
	}
	for _, c := range n.contacts {
		c.rest(now)
		if at := c.alive.nextDeadline(); !at.IsZero() && !now.Before(at) {
			c.tick(now)
		}
	}
	n.tickReach(now)
	next := earliest(now.Add(time.Minute), n.reach.next, n.tickRequests(now))
	for _, b := range n.boots {
		next = earliest(next, b.nextDeadline())
	}
	for _, r := range n.rooms {
		next = earliest(next, r.nextDeadline())
	}
	for _, r := range n.parting {
		next = earliest(next, r.partedAt)
	}
	for _, c := range n.contacts {
		next = earliest(next, c.nextDeadline())
	}
	return max(next.Sub(now), 0)
}

// roomList are the rooms we are in. Any goroutine; the slice is the caller's.
func (n *Node) roomList() []*Room {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.rooms)
}

// setRooms takes the rooms we are in from now on. Loop only.
func (n *Node) setRooms(rooms []*Room) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.rooms = rooms
	n.occupied = slices.DeleteFunc(n.occupied, func(r *Room) bool { return r.left })
}

// Stats says how much a Node has to do with.
type Stats struct {
	Contacts    int    // runs of other members, in whatever rooms
	Connections int    // with them
	Links       int    // rooms that these carry
	Handshakes  uint64 // connections that came up so far
}

// Stats counts.
func (n *Node) Stats() (s Stats) {
	_ = n.do(func(time.Time) {
		s = Stats{Contacts: len(n.contacts), Handshakes: n.handshakes}
		for _, c := range n.contacts {
			if c.conn != nil {
				s.Connections++
				s.Links += len(c.conn.links)
			}
		}
	})
	return s
}

// Nick is the own nick.
func (n *Node) Nick() (nick string) {
	if n.do(func(time.Time) { nick = n.nick }) != nil {
		<-n.done // the loop has ended: nobody changes it
		return n.nick
	}
	return nick
}

// SetNick changes the own nick in all rooms. The error says what a nick may be.
func (n *Node) SetNick(nick string) error {
	if err := text.ValidNick(nick); err != nil {
		return err
	}
	return n.do(func(now time.Time) {
		n.nick = nick
		for _, r := range n.rooms {
			r.announce(now)
			r.writeProfile(now)
		}
	})
}

// do runs f on the loop and waits for it; the error is ErrClosed when the
// loop has ended.
func (n *Node) do(f func(now time.Time)) error {
	finished := make(chan struct{})
	if !n.mail.put(func(now time.Time) { f(now); close(finished) }) {
		return ErrClosed
	}
	<-finished
	return nil
}

// leave says goodbye everywhere.
func (n *Node) leave(now time.Time) {
	n.leaving = true
	n.giveUpLoading(now)
	for _, r := range n.rooms {
		r.goodbye(now)
	}
	var conns []*conn
	for _, c := range n.contacts {
		if c.conn != nil && len(c.conn.links) > 0 {
			conns = append(conns, c.conn)
		}
	}
	leave(conns)
	for _, b := range n.boots {
		b.leave(now)
	}
	n.linger()
	for _, b := range n.boots {
		b.hangUp()
	}
}

// byeWait is how long the end waits for answers to registrations under way, which
// are taken back then.
const byeWait = 300 * time.Millisecond

// linger does what comes in as long as a goodbye waits to be said.
func (n *Node) linger() {
	stop := time.NewTimer(byeWait)
	defer stop.Stop()
	for slices.ContainsFunc(n.boots, (*boot).leaving) {
		select {
		case <-stop.C:
			return
		case <-n.mail.ready:
			for _, f := range n.mail.take() {
				f(time.Now())
			}
		}
	}
}
