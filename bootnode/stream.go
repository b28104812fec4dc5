package bootnode

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"gochat/internal/wire"
	"gochat/internal/wsconn"
)

// StreamPath is the path of the URL at which a bootnode takes WebSockets.
const StreamPath = "/gochat"

const (
	streamQueue = 256              // packets from connections that wait for the directory at most
	streamTurn  = 64               // of them that are handled before anything else gets its turn
	streamFirst = 10 * time.Second // in which a new connection has to bring a packet of a member
	streamBad   = 64               // packets in a row that are none: the connection is closed
	streamIdle  = time.Minute      // without a packet, and not less than two timeouts
)

// streams are the connections over TCP.
type streams struct {
	in chan streamEvent

	mu     sync.Mutex
	ended  bool
	last   Path
	byPath map[Path]*stream
	served sync.WaitGroup
}

// packetConn is what a stream needs of a *wsconn.Conn.
type packetConn interface {
	Send(p []byte) bool
	Close() error
}

// stream is one connection.
type stream struct {
	conn   packetConn
	member bool // it has brought a packet of a member
	bad    int  // packets since then, or from the first on, that were none
}

// streamEvent is a packet from a connection, or, without one, its beginning.
type streamEvent struct {
	path   Path
	from   netip.AddrPort
	packet []byte
}

func newStreams() streams {
	return streams{in: make(chan streamEvent, streamQueue), byPath: map[Path]*stream{}, last: firstStream - 1}
}

// enter numbers a connection; false: none is taken any more.
func (t *streams) enter(c packetConn) (Path, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return 0, false
	}
	// A number is used once in four thousand million connections: a member that
	// still has the number of one that ended must not get another's packets.
	for t.last++; !t.last.isStream() || t.byPath[t.last] != nil; t.last++ {
	}
	t.byPath[t.last] = &stream{conn: c}
	t.served.Add(1)
	return t.last, true
}

func (t *streams) leave(p Path) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.byPath, p)
	t.served.Done()
}

// send reports whether the connection is still there.
func (t *streams) send(p Path, packet []byte) bool {
	t.mu.Lock()
	c := t.byPath[p]
	t.mu.Unlock()
	return c != nil && c.conn.Send(packet)
}

// judge notes whether a packet was a member's. Whoever brings nothing else than
// others is not to keep the place of one.
func (t *streams) judge(p Path, member bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	c := t.byPath[p]
	if c == nil {
		return
	}
	if member {
		c.member, c.bad = true, 0
		return
	}
	if c.bad++; c.bad >= streamBad {
		c.conn.Close()
	}
}

// late closes a connection that has brought no packet of a member by now.
func (t *streams) late(p Path) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if c := t.byPath[p]; c != nil && !c.member {
		c.conn.Close()
	}
}

// next takes another event if one waits.
func (t *streams) next(e *streamEvent) bool {
	select {
	case *e = <-t.in:
		return true
	default:
		return false
	}
}

func (t *streams) count() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.byPath)
}

// end lets no more in, and waits until what is queued for those that are here
// was written, or a moment has passed.
func (t *streams) end() {
	t.mu.Lock()
	t.ended = true
	for _, c := range t.byPath {
		c.conn.Close()
	}
	t.mu.Unlock()
	t.served.Wait()
}

// streamServer accepts WebSockets for as long as done is open.
func (s *Server) streamServer(done <-chan struct{}) *wsconn.Server {
	l := &s.cfg.Limits
	return &wsconn.Server{
		Path: StreamPath, TLS: s.cfg.StreamTLS,
		Limits: wsconn.Limits{Packet: wire.MaxPacket, First: streamFirst, Idle: max(streamIdle, 2*s.cfg.Timeout)},
		Total:  l.Streams, PerSite: l.StreamsPerAddress, Exempt: l.exempt, Accept: s.cfg.AcceptSource,
		Handle: func(ctx context.Context, c *wsconn.Conn) { s.stream(ctx, c, done) },
	}
}

// stream brings the packets of one connection to the directory. While they
// wait, nothing more is read from it.
func (s *Server) stream(ctx context.Context, c *wsconn.Conn, done <-chan struct{}) {
	path, ok := s.streams.enter(c)
	if !ok {
		return
	}
	defer s.streams.leave(path)
	late := time.AfterFunc(streamFirst, func() { s.streams.late(path) })
	defer late.Stop()
	put := func(p []byte) {
		select {
		case s.streams.in <- streamEvent{path, c.Remote(), p}:
		case <-done:
		}
	}
	put(nil)
	_ = c.Run(ctx, func(p []byte) { put(append([]byte(nil), p...)) }) // why it ended is the client's to know
}

// handleStreams steps the directory through packets from connections. Under
// overload newcomers are left out.
func (s *Server) handleStreams(e streamEvent) {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for turn := 1; ; turn++ {
		if len(s.streams.in) > streamQueue/2 && e.packet != nil && urgencyOf(e.packet) == urgentNewcomer {
			s.directory.shed()
		} else {
			s.perform(s.directory.Step(now, Event{From: e.from, Path: e.path, Packet: e.packet, Opened: e.packet == nil}))
			if e.packet != nil {
				s.streams.judge(e.path, s.directory.took)
			}
		}
		if turn == streamTurn || !s.streams.next(&e) {
			break
		}
	}
	s.settle(now)
}
