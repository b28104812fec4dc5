package punch

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Config is what a Conn needs from outside. A callback may be nil. It comes
// from whichever goroutine caused it, a caller of the Conn's methods included,
// perhaps several at once, without any lock; it must not block.
type Config struct {
	Socket udp.Conn
	// LocalAddrs lists the host's addresses as of now, loopback included.
	LocalAddrs func() []netip.Addr
	// Hide has Remotes begin with SetDirect(false).
	Hide bool
	// OpenSocket opens a further IPv4 socket for the time that a hard NAT needs
	// it; nil: there are none, and such NATs mean the relay.
	OpenSocket func(port uint16) (udp.Conn, error)
	// NoBirthday forbids guessing of ports (see docs/decisions/019).
	NoBirthday bool
	// Rand jitters timers. Secrets never come from it.
	Rand *rand.Rand
	// OnRendezvous takes packets of the rendezvous, OnRelay relay frames.
	// The slices are valid only during the call.
	OnRendezvous, OnRelay func(p []byte, from netip.AddrPort)
	// OnReach says that the response of ExpectReach came.
	OnReach func()
	// OnPath says that a member's Info changed, RTT aside. It may still come
	// once while the Remote is being removed.
	OnPath func(*Remote)
	// OnCandidates says that the own candidates changed. Of two calls at once
	// the higher generation counts.
	OnCandidates func(generation uint32, cands []wire.Candidate)
	// OnNetwork says that the network is another one, or is back after an
	// outage or the host's sleep: whatever waits is worth a try now.
	OnNetwork func()
}

// Counters count what the socket saw and refused.
type Counters struct {
	Received, Sent, SentBytes, ReceivedBytes     atomic.Uint64
	Unknown, BadProbe, Gated, Overflow, BadReply atomic.Uint64
}

// readBatch is how many packets one read of the socket takes at most.
const readBatch = 32

// Conn is the socket that finds paths; to QUIC it is a net.PacketConn whose
// peers have virtual addresses. Locks: mu guards all agents and maps; queue
// has its own; callbacks run without any.
type Conn struct {
	cfg      Config
	Counters Counters
	queue    *packetQueue
	started  time.Time
	wake     chan struct{}
	closed   chan struct{}
	once     sync.Once
	hostsAt  time.Time // of the latest look at the interfaces; Run's alone

	mu      sync.Mutex
	armed   time.Time // when Run's timer fires
	heard   time.Time // when anything authentic last came from outside
	overTCP bool      // a bootnode answers by TCP, and none by UDP
	gather  gatherer
	stun    stunClient
	survey  survey
	reach   wire.TxID              // of a STUN response from anywhere; zero: none is waited for
	remotes map[netip.Addr]*Remote // by virtual address
	list    []*Remote              // in order of creation, for timers
	hints   map[crypto.Hint]keyOwner
	gate    gate
	free    buffers
	lastID  uint64
	turns   turns
	extras  map[extraKey]*extra
	// extrasClosed says that no further socket is opened any more.
	extrasClosed bool
	readers      sync.WaitGroup // of further sockets
}

// NewConn returns a Conn; nothing happens before Run. The socket becomes the
// Conn's.
func NewConn(cfg Config) *Conn {
	ignore := func([]byte, netip.AddrPort) {}
	if cfg.OnRendezvous == nil {
		cfg.OnRendezvous = ignore
	}
	if cfg.OnRelay == nil {
		cfg.OnRelay = ignore
	}
	if cfg.OnReach == nil {
		cfg.OnReach = func() {}
	}
	if cfg.OnPath == nil {
		cfg.OnPath = func(*Remote) {}
	}
	if cfg.OnNetwork == nil {
		cfg.OnNetwork = func() {}
	}
	if cfg.OnCandidates == nil {
		cfg.OnCandidates = func(uint32, []wire.Candidate) {}
	}
	return &Conn{
		cfg:     cfg,
		queue:   newPacketQueue(),
		started: time.Now(),
		wake:    make(chan struct{}, 1),
		closed:  make(chan struct{}),
		gather:  gatherer{port: cfg.Socket.LocalAddr().Port()},
		stun:    stunClient{txID: wire.NewTxID},
		remotes: map[netip.Addr]*Remote{},
		hints:   map[crypto.Hint]keyOwner{},
		gate:    gate{},
		extras:  map[extraKey]*extra{},
	}
}

// Run reads the socket and keeps the timers until ctx ends or Close is called;
// then it closes the socket. The error is nil unless the socket failed.
func (c *Conn) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- c.readLoop() }()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case err := <-failed:
			c.Close()
			c.readers.Wait()
			return err
		case <-c.wake:
		case <-timer.C:
		}
		timer.Reset(c.tick(time.Now()))
	}
}

// Close ends Run and all reads.
func (c *Conn) Close() error {
	c.once.Do(func() {
		close(c.closed)
		c.queue.close()
		c.cfg.Socket.Close()
		c.mu.Lock()
		defer c.mu.Unlock()
		c.extrasClosed = true
		for key := range c.extras {
			c.closeExtra(key)
		}
	})
	return nil
}

func (c *Conn) readLoop() error {
	batch := make([]udp.Packet, readBatch)
	for i := range batch {
		batch[i].Buf = make([]byte, 2048)
	}
	for {
		n, err := c.cfg.Socket.ReadBatch(batch)
		if err != nil {
			if errors.Is(err, net.ErrClosed) {
				return nil
			}
			return fmt.Errorf("read the UDP socket: %w", err)
		}
		c.Counters.Received.Add(uint64(n))
		for i := range n {
			p := &batch[i]
			c.Counters.ReceivedBytes.Add(uint64(p.N))
			c.handle(p.Bytes(), plain(p.Addr))
		}
	}
}

// tick does what is due and returns how long nothing will be.
func (c *Conn) tick(now time.Time) time.Duration {
	c.lookAround(now)
	var fx effects
	c.mu.Lock()
	now = time.Now() // what others did meanwhile came before
	for _, r := range c.stun.step(now) {
		fx.packet(wire.STUNRequest(r.id), r.to)
	}
	for _, x := range c.extras {
		c.ask(now, x, &fx)
	}
	c.dueSurvey(now, &fx)
	for _, r := range c.list {
		if isDue(r.agent.NextDeadline(), now) {
			c.step(now, r, Timer{}, &fx)
		}
	}
	// Only now: a step may have made another thing due.
	var d deadline
	d.add(c.hostsAt.Add(hostPoll))
	d.add(c.stun.nextDeadline())
	d.add(c.survey.at)
	d.add(c.survey.next)
	for _, x := range c.extras {
		d.add(x.asking.nextDeadline(now))
	}
	for _, r := range c.list {
		d.add(r.agent.NextDeadline())
	}
	c.armed, fx.wake = d.at, false
	c.mu.Unlock()
	c.run(&fx)
	return max(time.Until(d.at), time.Millisecond)
}

// regather tells everybody when the own candidates changed.
func (c *Conn) regather(now time.Time, fx *effects) {
	r := c.report(now)
	c.planSurvey(now, r.Mapping, fx)
	c.gather.nat = r.summary()
	if c.cfg.OpenSocket != nil && !c.survey.done && dependent(c.gather.nat) {
		c.gather.nat.Mapping = MappingUnknown // until it is known whether its ports count
	}
	if !c.gather.update() {
		return
	}
	ev := c.gather.event()
	fx.candidates = &ev
	for _, r := range c.list {
		c.step(now, r, ev, fx)
	}
}

// SetObserved notes that server (any stable name) sees this socket at addr.
func (c *Conn) SetObserved(server string, addr netip.AddrPort) {
	c.change(func(now time.Time, fx *effects) {
		c.gather.setObserved(server, addr)
		c.regather(now, fx)
	})
}

// AddSTUN asks a STUN server for our mapped address from now on.
func (c *Conn) AddSTUN(addr netip.AddrPort) {
	c.change(func(now time.Time, fx *effects) {
		c.stun.add(now, plain(addr))
		c.rearm(c.stun.nextDeadline(), fx)
	})
}

// Candidates are the own candidates and their generation, 0 before the first.
func (c *Conn) Candidates() (uint32, []wire.Candidate) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.gather.generation, c.gather.current
}

// Send writes a packet of the rendezvous or the relay to an address.
func (c *Conn) Send(p []byte, to netip.AddrPort) {
	c.sendBy(directPacket{p: p, to: to})
}
