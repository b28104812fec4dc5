package lan

import (
	"context"
	crand "crypto/rand"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// Server is a running bootnode.
type Server interface {
	Key() crypto.RunPublic
	Port() uint16
	// Close ends it, having told its members.
	Close()
}

// Config is what Run needs.
type Config struct {
	Room *crypto.RoomKeys
	// Open starts a bootnode for this room alone on all addresses of the host,
	// at a port (0: any).
	Open func(port uint16) (Server, error)
	// Use is told the bootnodes to register with, the whole list whenever it
	// changes. Open and Use are called one at a time and must not block.
	Use func([]Target)
	// Unreachable tells addresses of targets at which registering fails.
	Unreachable <-chan string
	Logger      *slog.Logger // default: none
	// Rand draws waits and nonces; default: seeded by the system.
	Rand *rand.Rand
}

// Run finds bootnodes, and runs one where there is none, until ctx ends (nil).
// Without multicast it makes do with the home port of this host.
func Run(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, place{port: Port, home: homeAddr(HomePort), groups: groups()})
}

// place is where members meet; tests have their own.
type place struct {
	port   uint16
	home   netip.AddrPort
	groups []netip.Addr
}

func run(ctx context.Context, cfg Config, at place) error {
	switch {
	case cfg.Room == nil:
		return errors.New("looking for bootnodes on the LAN needs the keys of a room")
	case cfg.Open == nil || cfg.Use == nil:
		return errors.New("looking for bootnodes on the LAN needs a way to open one and to use them")
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	if cfg.Rand == nil {
		var seed [32]byte
		crand.Read(seed[:])
		cfg.Rand = rand.New(rand.NewChaCha8(seed))
	}
	s := &shell{cfg: cfg, home: at.home, events: make(chan Event)}
	s.finder = NewFinder(FinderConfig{Room: cfg.Room, Rand: cfg.Rand, Home: at.home})
	var err error
	if s.multicast, err = udp.ListenMulticast(at.port, at.groups...); err != nil {
		s.multicast = nil
		cfg.Logger.Warn("no multicast here: only bootnodes on this host can be found", "error", err)
	}
	if s.prober, err = udp.Listen(netip.AddrPortFrom(at.home.Addr(), 0).String()); err != nil {
		s.prober = nil
		cfg.Logger.Warn("cannot look for a bootnode on this host", "error", err)
	}
	s.run(ctx)
	return nil
}

// shell runs a Finder on sockets and the clock. One goroutine owns it; the
// readers only hand in what comes.
type shell struct {
	cfg       Config
	finder    *Finder
	home      netip.AddrPort
	multicast *udp.Multicast // nil: none
	prober    udp.Conn       // nil: none
	server    Server         // nil: none
	events    chan Event
	sendError string // told last
	openError string // told last
}

func (s *shell) run(ctx context.Context) {
	ctx, cancel := context.WithCancel(ctx)
	var readers sync.WaitGroup
	defer readers.Wait()
	defer cancel()
	if s.multicast != nil {
		defer s.multicast.Close()
		readers.Go(func() { s.hear(ctx) })
	}
	if s.prober != nil {
		defer s.prober.Close()
		readers.Go(func() { s.collect(ctx) })
	}
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	unreachable := s.cfg.Unreachable
	s.step(Start{})
	for {
		if at := s.finder.NextDeadline(); !at.IsZero() {
			timer.Reset(time.Until(at))
		}
		select {
		case <-ctx.Done():
			s.step(Stop{})
			return
		case ev := <-s.events:
			s.step(ev)
		case a, ok := <-unreachable:
			if !ok {
				unreachable = nil
				continue
			}
			s.step(Unreachable{a})
		case <-timer.C:
			s.step(Timer{})
		}
	}
}

// step tells the finder what happened and does what it wants. What comes of
// that is an event of its own, after all that was wanted before.
func (s *shell) step(ev Event) {
	for queue := []Event{ev}; len(queue) > 0; queue = queue[1:] {
		for _, a := range s.finder.Step(time.Now(), queue[0]) {
			if open, ok := a.(Open); ok {
				queue = append(queue, s.open(open.Port))
			} else {
				s.perform(a)
			}
		}
	}
}

func (s *shell) perform(a Action) {
	switch a := a.(type) {
	case Multicast:
		if s.multicast != nil {
			s.sent(s.multicast.Send(a.Packet))
		}
	case Send:
		if s.multicast != nil {
			_, err := s.multicast.WriteTo(a.Packet, a.To)
			s.sent(err)
		}
	case Probe:
		if s.prober != nil {
			// Nobody there shows as an error here on some systems.
			_, _ = s.prober.WriteTo(a.Packet, s.home, netip.Addr{})
		}
	case Close:
		s.cfg.Logger.Info("the embedded bootnode closes", "port", s.server.Port())
		s.server.Close()
		s.server = nil
	case Use:
		s.cfg.Logger.Debug("bootnodes of this LAN", "count", len(a.Targets))
		s.cfg.Use(a.Targets)
	}
}

func (s *shell) open(port uint16) Event {
	srv, err := s.cfg.Open(port)
	if err != nil {
		if err.Error() != s.openError && port == 0 {
			s.cfg.Logger.Warn("cannot open an embedded bootnode; trying again", "error", err)
			s.openError = err.Error()
		}
		return OpenFailed{}
	}
	s.server, s.openError = srv, ""
	s.cfg.Logger.Info("an embedded bootnode opened", "port", srv.Port())
	return Opened{Key: srv.Key(), Port: srv.Port()}
}

// sent logs a failure to send once, until another kind follows.
func (s *shell) sent(err error) {
	text := ""
	if err != nil {
		text = err.Error()
	}
	if text != "" && text != s.sendError {
		s.cfg.Logger.Debug("sending on the LAN failed", "error", err)
	}
	s.sendError = text
}

// hear reads the multicast socket.
func (s *shell) hear(ctx context.Context) {
	var near Neighbourhood
	b := make([]byte, wire.LANSize+1) // longer ones show as such
	for {
		n, from, _, err := s.multicast.ReadFrom(b)
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil: // one of its sockets; the others go on
			s.cfg.Logger.Warn("hearing less of the LAN", "error", err)
		case n == wire.LANSize && near.Contains(from.Addr()):
			s.pass(ctx, Packet{from, append([]byte(nil), b[:n]...)})
		}
	}
}

// collect reads the socket of the probes.
func (s *shell) collect(ctx context.Context) {
	p := []udp.Packet{{Buf: make([]byte, wire.HelloSize)}}
	for {
		n, err := s.prober.ReadBatch(p)
		if err != nil {
			if !errors.Is(err, net.ErrClosed) {
				s.cfg.Logger.Warn("no longer looking for a bootnode on this host", "error", err)
			}
			return
		}
		if n > 0 {
			s.pass(ctx, Cookie{p[0].Addr, append([]byte(nil), p[0].Bytes()...)})
		}
	}
}

func (s *shell) pass(ctx context.Context, ev Event) {
	select {
	case s.events <- ev:
	case <-ctx.Done():
	}
}
