package bootnode

import (
	"context"
	"net/netip"
	"sync/atomic"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

const (
	// batches are on their way between the readers and the directory at most;
	// what they do not hold waits in the sockets' buffers.
	batches = 16
	// readSize shows packets that are too long by their length.
	readSize = wire.MaxPacket + 1
)

// urgency says what goes first when there is much to do.
type urgency byte

const (
	urgentNone     urgency = iota // nothing for the directory
	urgentSession                 // beats and other frames of members
	urgentRelay                   // packets between members, and the mailbox's
	urgentNewcomer                // HELLO and REGISTER
)

func urgencyOf(p []byte) urgency {
	if wire.Classify(p) == wire.ClassRelay {
		return urgentRelay
	}
	switch wire.RendezvousKind(p) {
	case wire.TypeHello, wire.TypeRegister:
		return urgentNewcomer
	case wire.TypeBoxPut, wire.TypeBoxGet, wire.TypeBoxFetch, wire.TypeBye:
		return urgentRelay // a goodbye not before what was asked ahead of it
	}
	return urgentSession
}

// batch is what one read brought.
type batch struct {
	packets []udp.Packet
	urgency []urgency
	n       int
	conn    int
	refused uint64 // packets from sources not served
}

func newBatch() *batch {
	b := &batch{packets: make([]udp.Packet, udp.MaxBatch), urgency: make([]urgency, udp.MaxBatch)}
	room := make([]byte, udp.MaxBatch*readSize)
	for i := range b.packets {
		b.packets[i].Buf = room[i*readSize : (i+1)*readSize : (i+1)*readSize]
	}
	return b
}

// stunCount counts across the readers.
type stunCount struct{ answered atomic.Uint64 }

// read brings packets from a socket to the directory. STUN needs nothing of
// the directory and is answered here.
func (s *Server) read(ctx context.Context, conn int, c udp.Conn) error {
	for {
		var b *batch
		select {
		case b = <-s.free:
		case <-ctx.Done():
			return nil
		}
		n, err := c.ReadBatch(b.packets)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		b.n, b.conn, b.refused = n, conn, 0
		if !s.sort(b, c) {
			s.free <- b
			continue
		}
		select {
		case s.full <- b:
		case <-ctx.Done():
			return nil
		}
	}
}

// sort answers STUN and notes what is how urgent. It reports whether anything
// is left for the directory.
func (s *Server) sort(b *batch, c udp.Conn) (left bool) {
	for i := range b.packets[:b.n] {
		p := &b.packets[i]
		b.urgency[i] = urgentNone
		switch {
		case s.cfg.AcceptSource != nil && !s.cfg.AcceptSource(p.Addr.Addr()):
			b.refused++
			left = true // to be counted
		case wire.Classify(p.Bytes()) == wire.ClassSTUN:
			if answer := answerSTUN(p.Bytes(), p.Addr); answer != nil {
				if by := s.answerBy(c, p.Bytes()); by != nil {
					by.WriteTo(answer, p.Addr, p.Local)
					s.stun.answered.Add(1)
				}
			}
		case b.conn < len(s.cfg.Conns):
			b.urgency[i] = urgencyOf(p.Bytes())
			left = true
		}
	}
	return left
}

// shed counts a newcomer's packet that was left out.
func (d *Directory) shed() {
	d.stats.Received++
	d.drop(DropOverload)
}

// writer gathers packets for one socket.
type writer struct {
	conn    udp.Conn
	packets []udp.Packet // grows to udp.MaxBatch; buffers stay
	n       int
}

// add takes a packet and returns how many earlier ones could not be sent.
func (w *writer) add(p []byte, to netip.AddrPort, local netip.Addr) (failed uint64) {
	if w.n == udp.MaxBatch {
		failed = w.flush()
	}
	if w.n == len(w.packets) {
		w.packets = append(w.packets, udp.Packet{})
	}
	q := &w.packets[w.n]
	q.Buf = append(q.Buf[:0], p...)
	q.N, q.Addr, q.Local = len(p), to, local
	w.n++
	return failed
}

// flush sends what was gathered and returns how many packets failed.
func (w *writer) flush() (failed uint64) {
	if w.n == 0 {
		return 0
	}
	sent, _ := w.conn.WriteBatch(w.packets[:w.n])
	failed = uint64(w.n - sent)
	w.n = 0
	return failed
}

// paths numbers the ways packets come by, so that a member needs only two
// bytes to remember its own.
type paths struct {
	list    []path
	numbers map[path]Path
}

type path struct {
	conn  int
	local netip.Addr
}

// maxPaths bounds the numbers: a host may take packets for a whole prefix.
const maxPaths = 1 << 15

func newPaths() paths { return paths{numbers: map[path]Path{}} }

func (t *paths) number(conn int, local netip.Addr) Path {
	k := path{conn, local}
	n, ok := t.numbers[k]
	if !ok {
		if len(t.list) >= maxPaths {
			// Let the system choose the address to answer from; that path
			// was numbered first.
			return t.numbers[path{conn: conn}]
		}
		n = Path(len(t.list))
		t.numbers[k] = n
		t.list = append(t.list, k)
	}
	return n
}
