package punch

import (
	"context"
	"encoding/binary"
	"math/rand/v2"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// lab is two running Conns in two homes, a STUN server on the Internet, and a
// relay between them. It lives in a synctest bubble.
type lab struct {
	t            *testing.T
	further      bool // sockets can be opened
	net          *simnet.Network
	home1, home2 *simnet.Router
	a, b         *end
}

// end is one Conn with its Remote for the other, and all it has received.
type end struct {
	*Conn
	lab    *lab
	host   *simnet.Host
	remote *Remote
	run    chan error
	stop   context.CancelFunc

	relayUp atomic.Bool // what this end sends through the relay arrives
	relayed atomic.Int64

	mu    sync.Mutex
	got   map[uint64]int // numbered packets, how often
	froms map[string]bool
	kinds []Kind
}

const (
	stunAddress = "203.0.113.1:3478"
	relayDelay  = 30 * ms
)

// inLab runs f in a bubble with two ends behind NATs of the given kinds.
func inLab(t *testing.T, nat1, nat2 simnet.NAT, f func(*lab)) {
	t.Helper()
	inLabWith(t, nat1, nat2, false, f)
}

// inLabWith says besides whether the ends can open further sockets.
func inLabWith(t *testing.T, nat1, nat2 simnet.NAT, further bool, f func(*lab)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		l := &lab{t: t, further: further, net: simnet.New(1, simnet.Link{Latency: 12500 * time.Microsecond})}
		srv := l.net.Internet.Host("srv", "203.0.113.1")
		var sock *simnet.Socket
		sock, err := srv.Bind(3478, func(_ time.Time, d simnet.Datagram) {
			if id, err := wire.ParseSTUNRequest(d.Data); err == nil {
				sock.Send(wire.STUNResponse(id, d.From), d.From, netip.Addr{})
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		var second *simnet.Socket
		second, _ = srv.Bind(3479, func(_ time.Time, d simnet.Datagram) {
			if id, err := wire.ParseSTUNRequest(d.Data); err == nil {
				second.Send(wire.STUNResponse(id, d.From), d.From, netip.Addr{})
			}
		})
		l.home1 = l.net.Internet.Router("home1", nat1, "203.0.113.10")
		l.home2 = l.net.Internet.Router("home2", nat2, "203.0.113.20")
		ka, kb := probeKeys(t)
		l.a = l.end(l.home1.LAN.Host("a", "192.168.1.2"), ka, 1)
		l.b = l.end(l.home2.LAN.Host("b", "192.168.1.2"), kb, 2)
		l.a.relayTo(l.b)
		l.b.relayTo(l.a)
		f(l)
		for _, e := range []*end{l.a, l.b} {
			e.stop()
			if err := <-e.run; err != nil {
				t.Errorf("Run: %v", err)
			}
		}
		l.net.Close()
	})
}

// probeKeys are the keys of both ends of a pair.
func probeKeys(t testing.TB) (a, b *crypto.ProbeKeys) {
	t.Helper()
	ra, err := crypto.NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	rb, err := crypto.NewRunKey()
	if err != nil {
		t.Fatal(err)
	}
	room := &crypto.RoomKeys{Disco: crypto.Key{1}}
	if a, err = crypto.NewProbeKeys(ra, rb.Public(), room); err != nil {
		t.Fatal(err)
	}
	if b, err = crypto.NewProbeKeys(rb, ra.Public(), room); err != nil {
		t.Fatal(err)
	}
	return a, b
}

func (l *lab) end(h *simnet.Host, keys *crypto.ProbeKeys, seed uint64) *end {
	l.t.Helper()
	sock, err := h.ListenPacket(0)
	if err != nil {
		l.t.Fatal(err)
	}
	e := &end{lab: l, host: h, run: make(chan error, 1), got: map[uint64]int{}, froms: map[string]bool{}}
	var open func(uint16) (udp.Conn, error)
	if l.further {
		open = func(port uint16) (udp.Conn, error) {
			p, err := h.ListenPacket(port)
			if err != nil {
				return nil, err
			}
			return udp.Wrap(p), nil
		}
	}
	e.Conn = NewConn(Config{
		OpenSocket: open,
		Socket:     udp.Wrap(sock), LocalAddrs: h.Addrs, Rand: rand.New(rand.NewPCG(seed, seed)),
		OnPath: func(r *Remote) {
			kind := r.Info().Kind // a callback may use the Conn
			e.mu.Lock()
			defer e.mu.Unlock()
			last := None // before relayTo, there is no way yet
			if n := len(e.kinds); n > 0 {
				last = e.kinds[n-1]
			}
			if kind != last {
				e.kinds = append(e.kinds, kind)
			}
		},
	})
	e.relayUp.Store(true)
	ctx, stop := context.WithCancel(context.Background())
	e.stop = stop
	go func() { e.run <- e.Run(ctx) }()
	go e.read()
	e.AddSTUN(netip.MustParseAddrPort(stunAddress))
	e.remote = e.AddRemote(keys)
	return e
}

func (e *end) relayTo(other *end) {
	e.remote.SetRelay(func(p []byte) {
		e.relayed.Add(1)
		p = slices.Clone(p)
		time.AfterFunc(relayDelay, func() {
			if e.relayUp.Load() {
				other.remote.Deliver(p)
			}
		})
	})
}

func (e *end) read() {
	buf := make([]byte, 1500)
	for {
		n, from, err := e.ReadFrom(buf)
		if err != nil {
			return
		}
		e.mu.Lock()
		e.froms[from.String()] = true
		if n >= 9 {
			e.got[binary.BigEndian.Uint64(buf[1:])]++
		}
		e.mu.Unlock()
	}
}

// numbered is a packet that looks like QUIC and bears a number.
func numbered(n uint64) []byte {
	p := make([]byte, 1200)
	p[0] = 0x40
	binary.BigEndian.PutUint64(p[1:], n)
	return p
}

// talk has both ends send numbered packets for a while. It returns how many
// were sent each way.
func (l *lab) talk(every, d time.Duration, first uint64) (n uint64) {
	for end := time.Now().Add(d); time.Now().Before(end); n++ {
		l.a.WriteTo(numbered(first+n), l.a.remote.Addr())
		l.b.WriteTo(numbered(first+n), l.b.remote.Addr())
		time.Sleep(every)
	}
	return n
}

// lost counts the packets of a range that an end did not get.
func (e *end) lost(first, n uint64) (lost int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for i := range n {
		if e.got[first+i] == 0 {
			lost++
		}
	}
	return lost
}

// sendKeys are the keys a Remote probes under at the moment.
func (r *Remote) sendKeys() *crypto.ProbeKeys {
	r.conn.mu.Lock()
	defer r.conn.mu.Unlock()
	return r.send
}

// pass lets the bubble's time pass.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (l *lab) wantKind(want Kind) {
	l.t.Helper()
	for _, e := range []*end{l.a, l.b} {
		if i := e.remote.Info(); i.Kind != want {
			l.t.Errorf("%s: path %+v", e.host.Name, i)
		}
	}
}
