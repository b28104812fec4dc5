package bootnode

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
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
	// Reach sends to members' ports that their routers map; nobody sends to it.
	// nil: they are not told whether their mappings work.
	Reach udp.Conn
	Key   *crypto.RunKey
	// Streams take members over TCP, as WebSockets: for networks that let no UDP
	// through. StreamTLS is for TLS on them; nil: none.
	Streams   []net.Listener
	StreamTLS *tls.Config

	// Mail keeps objects for members who are away; nil: there is no mailbox. It is
	// the caller's to run and to end.
	Mail Mail

	// Mesh reaches other bootnodes; nil: there are none. It is the caller's to run
	// and to end.
	Mesh      Mesh
	Advertise string // HOST:PORT of this one for members, told to the others; "": not told
	Release   string // of the program, told to the others

	Heartbeat time.Duration // default 10 s, at least 100 ms
	Timeout   time.Duration // default 15 s, more than Heartbeat
	Limits    Limits
	Logger    *slog.Logger // default: none

	// AcceptSource says from which addresses packets are taken; nil: all.
	AcceptSource func(netip.Addr) bool
	// Serves reports whether newcomers are taken into a room; nil: into every
	// room. It is called by Run and must not block.
	Serves func(crypto.RoomTag) bool
	// Invited are those who alone are taken; nil: anybody.
	Invited Invitations
	Bans    []Ban  // in force from the beginning
	MOTD    string // greets members; "": nothing does
}

// Server runs a Directory on sockets.
type Server struct {
	cfg     Config
	conns   []udp.Conn // cfg.Conns, then cfg.STUN
	full    chan *batch
	free    chan *batch
	streams streams
	stun    stunCount
	log     changeLog
	running atomic.Bool
	orders  chan order
	ended   chan struct{}     // closed when no order is taken any more
	answers <-chan MailAnswer // nil: no mailbox
	refused []uint64          // requests that the Mail did not take in this step

	mu        sync.Mutex // guards those below: Run uses them, Stats reads
	directory *Directory
	fed       *federation // nil: there are no other nodes
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
	cfg.Limits = cfg.Limits.withDefaults()
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
	var keep time.Duration
	var answers <-chan MailAnswer
	if cfg.Mail != nil {
		keep, answers = cfg.Mail.Keep(), cfg.Mail.Answers()
	}
	s := &Server{
		answers: answers,
		cfg:     cfg,
		conns:   append(append([]udp.Conn(nil), cfg.Conns...), cfg.STUN...),
		full:    make(chan *batch, batches),
		streams: newStreams(),
		log:     changeLog{logger: cfg.Logger},
		orders:  make(chan order),
		ended:   make(chan struct{}),
		directory: NewDirectory(DirectoryConfig{
			Key:       cfg.Key,
			Heartbeat: cfg.Heartbeat,
			Timeout:   cfg.Timeout,
			STUNPort:  stunPort,
			Limits:    cfg.Limits,
			Federated: cfg.Mesh != nil,
			Reaches:   cfg.Reach != nil,
			Mail:      cfg.Mail != nil,
			MailKeep:  keep,
			Serves:    cfg.Serves,
			Invited:   cfg.Invited,
		}, time.Now()),
		paths: newPaths(),
	}
	s.fed = s.federate(time.Now())
	s.directory.Ban(time.Now(), cfg.Bans)
	s.directory.SetMOTD(cfg.MOTD)
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

// Run serves until ctx ends or a drain is over (nil), or a socket fails. It then tells the members
// that the bootnode goes and closes the sockets. It may be called once.
func (s *Server) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, len(s.conns)+len(s.cfg.Streams))
	var readers sync.WaitGroup
	defer readers.Wait()
	// Connections outlive ctx for as long as the farewell takes.
	streamCtx, cancelStreams := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelStreams()
	entrance := s.streamServer(ctx.Done())
	for _, l := range s.cfg.Streams {
		readers.Go(func() {
			if err := entrance.Serve(streamCtx, l); err != nil {
				failed <- fmt.Errorf("taking connections on %v: %w", l.Addr(), err)
				cancel()
			}
		})
		s.cfg.Logger.Info("bootnode listens for WebSockets", "address", l.Addr().String(), "path", StreamPath, "tls", s.cfg.StreamTLS != nil)
	}
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
	s.running.Store(true)
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
	defer close(s.ended)
	var received <-chan Message
	var frames <-chan []byte
	if s.fed != nil {
		received, frames = s.fed.received, s.fed.frames
		s.handle(nil, false)
		timer.Reset(s.untilDeadline())
	}
	for {
		select {
		case <-ctx.Done():
			s.farewell()
			return
		case b := <-s.full:
			s.handle(b, len(s.full) > batches/2)
			s.free <- b
		case e := <-s.streams.in:
			s.handleStreams(e)
		case m := <-received:
			s.handleMessages(m)
		case f := <-frames:
			s.handleFrames(f)
		case o := <-s.orders:
			s.obey(o)
		case a := <-s.answers:
			s.handleMail(a)
		case <-timer.C:
			s.handle(nil, false)
		}
		if s.directory.Drained() {
			s.farewell()
			return
		}
		timer.Reset(s.untilDeadline())
	}
}

// handle steps the directory through a batch, or through time alone, and sends
// what comes of it. Members' session frames go first and newcomers last; under
// overload newcomers are left out, and nobody is given up in haste.
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
				s.perform(s.directory.Step(now, Event{From: p.Addr, Path: path, Packet: p.Bytes(), Behind: overload}))
			}
		}
		s.directory.stats.Drops[DropSource] += b.refused
	}
	s.settle(now)
}

// handleMail steps the directory through an answer of the Mail.
func (s *Server) handleMail(a MailAnswer) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.perform(s.directory.Step(now, Event{Mail: &a}))
	s.settle(now)
}

// settle sends what was gathered and has the log told what has changed.
func (s *Server) settle(now time.Time) {
	for _, ref := range s.refused {
		s.perform(s.directory.Step(now, Event{Mail: &MailAnswer{Ref: ref, Status: wire.BoxBusy}}))
	}
	s.refused = s.refused[:0]
	s.catchUp(now)
	for i := range s.writers {
		s.directory.stats.SendErrors += s.writers[i].flush()
	}
	st := s.directory.Stats()
	if s.fed != nil {
		st.Presence = s.fed.core.Stats()
	}
	s.log.note(now, &st)
}

// perform puts packets on their way.
func (s *Server) perform(actions []Action) {
	for i := range actions {
		a := &actions[i]
		if a.Mail != nil {
			if !s.cfg.Mail.Ask(*a.Mail) {
				s.refused = append(s.refused, a.Mail.Ref)
			}
			continue
		}
		if a.Carry.Node != (NodeID{}) {
			s.carry(a)
			continue
		}
		if a.Reach {
			if _, err := s.cfg.Reach.WriteTo(a.Packet, a.To, netip.Addr{}); err != nil {
				s.directory.stats.SendErrors++
			}
			continue
		}
		if a.Path.isStream() {
			if !s.streams.send(a.Path, a.Packet) {
				s.directory.stats.SendErrors++
			}
			continue
		}
		p := s.paths.list[a.Path]
		s.directory.stats.SendErrors += s.writers[p.conn].add(a.Packet, a.To, p.local)
	}
}

func (s *Server) farewell() {
	s.running.Store(false)
	defer s.streams.end()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if s.fed != nil && s.directory.Drained() {
		// A bootnode that comes back at once, as after an update, says nothing: its
		// members are to be there again before others miss them.
		s.present(now, presence.Event{Leaving: true})
	}
	s.perform(s.directory.Shutdown(now))
	for i := range s.writers {
		s.writers[i].flush()
	}
	st := s.directory.Stats()
	s.cfg.Logger.Info("bootnode stops", "members", st.Members, "rooms", st.Rooms)
}

// untilDeadline is how long to wait for packets at most.
func (s *Server) untilDeadline() time.Duration {
	d := s.directory.NextDeadline()
	if s.fed != nil {
		if due := s.fed.core.NextDeadline(); d.IsZero() || due.Before(d) {
			d = due
		}
	}
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
	if s.cfg.Reach != nil {
		s.cfg.Reach.Close()
	}
}

// Stats returns the counts so far. It may be called at any time.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.directory.Stats()
	st.STUN = s.stun.answered.Load()
	st.Streams = s.streams.count()
	if s.fed != nil {
		st.Presence = s.fed.core.Stats()
	}
	return st
}

// Ready says why newcomers are not taken at present; nil: they are. It may be
// called at any time.
func (s *Server) Ready() error {
	if !s.running.Load() {
		return errors.New("the bootnode is not started yet, or stops")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if stop := s.directory.Draining(); !stop.IsZero() {
		return fmt.Errorf("the bootnode is being drained, and stops at %s", stop.UTC().Format(time.RFC3339))
	}
	return nil
}
