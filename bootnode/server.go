package bootnode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
)

// Intervals unless configured otherwise.
const (
	DefaultHeartbeat = 10 * time.Second
	DefaultTimeout   = 15 * time.Second
	minHeartbeat     = 100 * time.Millisecond
)

// Config is what a Server is made of.
type Config struct {
	Conns []udp.Conn // members' sockets; STUN is answered on them too
	STUN  []udp.Conn // sockets for STUN alone, all on one port, which members are told
	Key   *crypto.RunKey

	Heartbeat time.Duration // default 10 s, at least 100 ms
	Timeout   time.Duration // default 15 s, more than Heartbeat
	Limits    Limits
	Logger    *slog.Logger // default: none

	// AcceptSource says from which addresses packets are taken; nil: all.
	AcceptSource func(netip.Addr) bool
	// Serves reports whether newcomers are taken into a room; nil: into every
	// room. It is called by Run and must not block.
	Serves func(crypto.RoomTag) bool
}

// Server runs a Directory on sockets.
type Server struct {
	cfg   Config
	conns []udp.Conn // cfg.Conns, then cfg.STUN
	full  chan *batch
	free  chan *batch
	stun  stunCount
	log   changeLog

	mu        sync.Mutex // guards the three below: Run uses them, Stats reads
	directory *Directory
	paths     paths
	writers   []writer // one for each of cfg.Conns
}

// New makes a server and takes the sockets over: Run closes them.
func New(cfg Config) (*Server, error) {
	if cfg.Heartbeat == 0 {
		cfg.Heartbeat = DefaultHeartbeat
	}
	if cfg.Timeout == 0 {
		cfg.Timeout = DefaultTimeout
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	switch {
	case len(cfg.Conns) == 0:
		return nil, errors.New("a bootnode needs at least one socket to listen on")
	case cfg.Key == nil:
		return nil, errors.New("a bootnode needs a key")
	case cfg.Heartbeat < minHeartbeat:
		return nil, fmt.Errorf("the heartbeat of %v is too short; at least %v", cfg.Heartbeat, minHeartbeat)
	case cfg.Timeout <= cfg.Heartbeat:
		return nil, fmt.Errorf("the timeout of %v must be longer than the heartbeat of %v, or every member would be dropped between two beats",
			cfg.Timeout, cfg.Heartbeat)
	}
	var stunPort uint16
	if len(cfg.STUN) > 0 {
		stunPort = cfg.STUN[0].LocalAddr().Port()
	}
	s := &Server{
		cfg:   cfg,
		conns: append(append([]udp.Conn(nil), cfg.Conns...), cfg.STUN...),
		full:  make(chan *batch, batches),
		log:   changeLog{logger: cfg.Logger},
		directory: NewDirectory(DirectoryConfig{
			Key:       cfg.Key,
			Heartbeat: cfg.Heartbeat,
			Timeout:   cfg.Timeout,
			STUNPort:  stunPort,
			Limits:    cfg.Limits,
			Serves:    cfg.Serves,
		}, time.Now()),
		paths: newPaths(),
	}
	for i, c := range cfg.Conns {
		s.writers = append(s.writers, writer{conn: c})
		s.paths.number(i, netip.Addr{})
	}
	// Every reader holds one while it waits.
	s.free = make(chan *batch, batches+len(s.conns))
	for range cap(s.free) {
		s.free <- newBatch()
	}
	return s, nil
}

// Run serves until ctx ends (nil) or a socket fails. It then tells the members
// that the bootnode goes and closes the sockets. It may be called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, len(s.conns))
	var readers sync.WaitGroup
	defer readers.Wait()
	defer s.close()
	defer cancel()
	for i, c := range s.conns {
		readers.Go(func() {
			if err := s.read(ctx, i, c); err != nil {
				failed <- fmt.Errorf("reading from %v: %w", c.LocalAddr(), err)
				cancel()
			}
		})
		s.cfg.Logger.Info("bootnode listens", "address", c.LocalAddr(), "stun_only", i >= len(s.cfg.Conns))
	}
	s.serve(ctx)
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// serve owns the directory.
func (s *Server) serve(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.farewell()
			return
		case b := <-s.full:
			s.handle(b, len(s.full) > batches/2)
			s.free <- b
		case <-timer.C:
			s.handle(nil, false)
		}
		timer.Reset(s.untilDeadline())
	}
}

// handle steps the directory through a batch, or through time alone, and sends
// what comes of it. Members' session frames go first and newcomers last; under
// overload newcomers are left out.
func (s *Server) handle(b *batch, overload bool) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if b == nil {
		s.perform(s.directory.Step(now, Event{}))
	} else {
		for _, u := range []urgency{urgentSession, urgentRelay, urgentNewcomer} {
			for i := range b.packets[:b.n] {
				if b.urgency[i] != u {
					continue
				}
				if overload && u == urgentNewcomer {
					s.directory.shed()
					continue
				}
				p := &b.packets[i]
				path := s.paths.number(b.conn, p.Local)
				s.perform(s.directory.Step(now, Event{From: p.Addr, Path: path, Packet: p.Bytes()}))
			}
		}
		s.directory.stats.Drops[DropSource] += b.refused
	}
	for i := range s.writers {
		s.directory.stats.SendErrors += s.writers[i].flush()
	}
	st := s.directory.Stats()
	s.log.note(now, &st)
}

// perform puts packets on their way.
func (s *Server) perform(actions []Action) {
	for i := range actions {
		a := &actions[i]
		p := s.paths.list[a.Path]
		s.directory.stats.SendErrors += s.writers[p.conn].add(a.Packet, a.To, p.local)
	}
}

func (s *Server) farewell() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perform(s.directory.Shutdown(time.Now()))
	for i := range s.writers {
		s.writers[i].flush()
	}
	st := s.directory.Stats()
	s.cfg.Logger.Info("bootnode stops", "members", st.Members, "rooms", st.Rooms)
}

// untilDeadline is how long to wait for packets at most.
func (s *Server) untilDeadline() time.Duration {
	d := s.directory.NextDeadline()
	if due := s.log.deadline(); d.IsZero() || !due.IsZero() && due.Before(d) {
		d = due
	}
	if d.IsZero() {
		return time.Hour
	}
	return time.Until(d)
}

func (s *Server) close() {
	for _, c := range s.conns {
		c.Close()
	}
}

// Stats returns the counts so far. It may be called at any time.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.directory.Stats()
	st.STUN = s.stun.answered.Load()
	return st
}
