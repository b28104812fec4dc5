package bootnode

import (
	"net/netip"
	"testing"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// sink is a socket that keeps what is written, in order.
type sink struct {
	udp.Conn
	kinds []wire.Class
}

func (s *sink) LocalAddr() netip.AddrPort { return netip.MustParseAddrPort("192.0.2.1:9595") }

func (s *sink) WriteBatch(ps []udp.Packet) (int, error) {
	for i := range ps {
		s.kinds = append(s.kinds, wire.Classify(ps[i].Bytes()))
	}
	return len(ps), nil
}

// In a batch full of relay frames beats are answered first, even if they came
// last: a flood of the relay takes nobody's presence.
func TestBeatsGoBeforeARelayFlood(t *testing.T) {
	out := &sink{}
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{out}})
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, Limits{})
	w.d, w.now = s.directory, time.Now()
	cs := clients(w, 3)
	b := newBatch()
	b.n = udp.MaxBatch
	for i := range b.n {
		c, p := cs[0], []byte(nil)
		if i == b.n-1 {
			c = cs[2]
			p = c.beatFrame()
		} else {
			p = c.relayFrame(cs[1], "a packet of a flood")
		}
		b.packets[i].N, b.packets[i].Addr = copy(b.packets[i].Buf, p), c.addr
		b.urgency[i] = urgencyOf(p)
	}
	s.handle(b, true)
	if len(out.kinds) != udp.MaxBatch || out.kinds[0] != wire.ClassRendezvous || out.kinds[1] != wire.ClassRelay {
		t.Errorf("%d packets left, the first of kind %v", len(out.kinds), out.kinds[:min(2, len(out.kinds))])
	}
}
