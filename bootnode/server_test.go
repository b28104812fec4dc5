package bootnode

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gochat/crypto"
	"gochat/internal/netspace"
	"gochat/internal/simnet"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// remote is a client at the other end of a connection.
type remote struct {
	t    *testing.T
	conn net.PacketConn
	to   net.Addr
	client
}

func newRemote(t *testing.T, conn net.PacketConn, to net.Addr) *remote {
	w := newWorld(t, Limits{})
	r := &remote{t: t, conn: conn, to: to, client: *w.client(testTag)}
	return r
}

// ask sends a packet and returns the first answer of a type.
func (r *remote) ask(p []byte, want wire.RendezvousType) []byte {
	r.t.Helper()
	if _, err := r.conn.WriteTo(p, r.to); err != nil {
		r.t.Fatal(err)
	}
	return r.wait(want)
}

func (r *remote) wait(want wire.RendezvousType) []byte {
	r.t.Helper()
	r.conn.SetReadDeadline(time.Now().Add(30 * time.Second))
	buf := make([]byte, 2000)
	for {
		n, _, err := r.conn.ReadFrom(buf)
		if err != nil {
			r.t.Fatalf("waiting for type %d: %v", want, err)
		}
		if wire.RendezvousKind(buf[:n]) == want {
			return buf[:n]
		}
	}
}

func (r *remote) register() {
	r.t.Helper()
	f, err := wire.ParseCookieFrame(r.ask(wire.Hello{}.Append(nil), wire.TypeCookie))
	if err != nil {
		r.t.Fatal(err)
	}
	request := r.registerFrame(f.Cookie)
	r.welcome, err = wire.OpenWelcome(r.ask(request, wire.TypeWelcome), r.keys, wire.RequestOf(request))
	if err != nil || r.welcome.Status != wire.StatusOK {
		r.t.Fatal(err, r.welcome.Status)
	}
	r.session = crypto.NewSession(r.welcome.Key, crypto.RoleClient)
}

func (r *remote) open(p []byte) []byte {
	r.t.Helper()
	b, err := wire.OpenSession(p, r.session)
	if err != nil {
		r.t.Fatal(err)
	}
	return b
}

// start runs a server; stop ends it and waits.
func start(t *testing.T, cfg Config) (s *Server, stop func()) {
	t.Helper()
	cfg.Key = bootKey
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	return s, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestServerOnASimulatedNetwork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(1, simnet.Link{Latency: 20 * time.Millisecond})
		defer n.Close()
		host := n.Internet.Host("boot", "203.0.113.1")
		listen := func(h *simnet.Host, port uint16) net.PacketConn {
			c, err := h.ListenPacket(port)
			if err != nil {
				t.Fatal(err)
			}
			return c
		}
		var log bytes.Buffer
		s, stop := start(t, Config{
			Conns:  []udp.Conn{udp.Wrap(listen(host, 9595))},
			STUN:   []udp.Conn{udp.Wrap(listen(host, 9596))},
			Logger: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		defer stop()
		to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.1:9595"))
		a := newRemote(t, listen(n.Internet.Host("a", "198.51.100.1"), 1111), to)
		b := newRemote(t, listen(n.Internet.Host("b", "198.51.100.2"), 2222), to)
		defer a.conn.Close()
		defer b.conn.Close()
		a.register()
		b.register()
		if p, err := wire.ParseRoster(a.open(a.wait(wire.TypeRoster))); err != nil || len(p.Entries) != 1 || p.Entries[0].Session != b.id {
			t.Errorf("a was told %+v, %v", p, err)
		}
		if b.welcome.STUNPort != 9596 || b.welcome.Observed != netip.MustParseAddrPort("198.51.100.2:2222") {
			t.Errorf("%+v", b.welcome)
		}

		began := time.Now()
		a.open(a.wait(wire.TypeProbe)) // nothing but the timer wakes the server
		if d := time.Since(began).Round(time.Second); d != 11*time.Second {
			t.Errorf("probed after %v", d)
		}
		a.open(a.ask(a.beatFrame(), wire.TypeBeatAck))
		if p, err := wire.ParseRoster(a.open(a.wait(wire.TypeRoster))); err != nil || len(p.Entries) != 1 || p.Entries[0].Kind != wire.RosterTimedOut {
			t.Errorf("a was told %+v, %v", p, err)
		}
		if st := s.Stats(); st.Members != 1 || st.TimedOut != 1 || st.Joined != 2 {
			t.Errorf("%+v", st)
		}

		for _, port := range []uint16{9595, 9596} {
			a.conn.WriteTo(wire.STUNRequest(wire.TxID{7}), net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr("203.0.113.1"), port)))
			buf := make([]byte, 100)
			for {
				m, from, err := a.conn.ReadFrom(buf)
				if err != nil {
					t.Fatal(err)
				}
				if id, addr, err := wire.ParseSTUNResponse(buf[:m]); err == nil {
					if id != (wire.TxID{7}) || addr.String() != "198.51.100.1:1111" || from.(*net.UDPAddr).Port != int(port) {
						t.Errorf("STUN: %v %v from %v", id, addr, from)
					}
					break
				}
			}
		}
		stop()
		a.open(a.wait(wire.TypeBye))
		for _, secret := range []string{"198.51.100", "announcement", string(a.id[:])} {
			if strings.Contains(log.String(), secret) {
				t.Errorf("the log tells %q: %s", secret, log.String())
			}
		}
		if !strings.Contains(log.String(), `"timed_out":1`) {
			t.Errorf("the log does not tell that one timed out: %s", log.String())
		}
	})
}

func TestServerOnLoopback(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0", ":0"} {
		t.Run(addr, func(t *testing.T) {
			c, err := udp.Listen(addr)
			if err != nil {
				if strings.HasPrefix(addr, "[") {
					netspace.Skip(t, "IPv6 on this host: "+err.Error())
				}
				t.Fatal(err)
			}
			s, stop := start(t, Config{Conns: []udp.Conn{c}})
			defer stop()
			to := c.LocalAddr()
			if to.Addr().IsUnspecified() {
				to = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), to.Port())
			}
			dial := func() *remote {
				conn, err := net.ListenPacket("udp", netip.AddrPortFrom(to.Addr(), 0).String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { conn.Close() })
				return newRemote(t, conn, net.UDPAddrFromAddrPort(to))
			}
			a, b := dial(), dial()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			if rtt, key, err := Check(ctx, a.conn, a.to); err != nil || rtt <= 0 || key != bootKey.Public() {
				t.Errorf("check: %v %v %v", rtt, key, err)
			}
			a.register()
			b.register()
			a.open(a.ask(a.beatFrame(), wire.TypeBeatAck))
			b.conn.WriteTo(b.relayFrame(&a.client, "over loopback"), b.to)
			buf := make([]byte, 2000)
			for {
				n, _, err := a.conn.ReadFrom(buf)
				if err != nil {
					t.Fatal(err)
				}
				if _, p, err := wire.OpenRelay(nil, buf[:n], a.session); err == nil {
					if string(p) != "over loopback" {
						t.Errorf("got %q", p)
					}
					break
				}
			}
			rnd := rand.New(rand.NewPCG(5, 6))
			for i := range 200 {
				p := make([]byte, rnd.IntN(1500))
				for i := range p {
					p[i] = byte(rnd.Uint32())
				}
				if len(p) > 3 {
					copy(p, [][]byte{{0x28, 1}, {0x30}, {0, 1}, {}}[rnd.IntN(4)])
				}
				a.conn.WriteTo(p, a.to)
				if i%20 == 19 { // more at once than its socket holds would take a beat with them
					a.open(a.ask(a.beatFrame(), wire.TypeBeatAck))
				}
			}
			if st := s.Stats(); st.Members != 2 || st.Relayed != 1 {
				t.Errorf("%+v", st)
			}
		})
	}
}

func TestAcceptSource(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := simnet.New(1, simnet.Link{})
		defer n.Close()
		host := n.Internet.Host("boot", "203.0.113.1")
		c, _ := host.ListenPacket(9595)
		s, stop := start(t, Config{
			Conns:        []udp.Conn{udp.Wrap(c)},
			AcceptSource: func(a netip.Addr) bool { return a.IsPrivate() },
		})
		defer stop()
		conn, _ := n.Internet.Host("a", "198.51.100.1").ListenPacket(1)
		defer conn.Close()
		to := net.UDPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.1:9595"))
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		conn.WriteTo(wire.STUNRequest(wire.TxID{}), to)
		if _, _, err := Check(ctx, conn, to); !errors.Is(err, ErrNoAnswer) {
			t.Errorf("a source outside was answered: %v", err)
		}
		if st := s.Stats(); st.Dropped(DropSource) < 3 || st.STUN != 0 {
			t.Errorf("%+v", st)
		}
	})
}

// brokenConn fails as a socket does whose interface goes away.
type brokenConn struct{ udp.Conn }

func (brokenConn) ReadBatch([]udp.Packet) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestRunReportsAFailingSocket(t *testing.T) {
	good, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	bad, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{good, brokenConn{bad}}})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Run(t.Context()); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v", err)
	}
}

func TestNewRefusesBadConfigurations(t *testing.T) {
	conns := []udp.Conn{brokenConn{}}
	for name, cfg := range map[string]Config{
		"no socket":       {Key: bootKey},
		"no key":          {Conns: conns},
		"short timeout":   {Key: bootKey, Conns: conns, Heartbeat: 20 * time.Second},
		"short heartbeat": {Key: bootKey, Conns: conns, Heartbeat: time.Millisecond},
	} {
		if _, err := New(cfg); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// countingConn takes what is sent and has nothing to read.
type countingConn struct {
	udp.Conn
	sent [][]byte
}

func (c *countingConn) WriteBatch(ps []udp.Packet) (int, error) {
	for i := range ps {
		c.sent = append(c.sent, bytes.Clone(ps[i].Bytes()))
	}
	return len(ps), nil
}

func TestOverloadShedsNewcomersFirst(t *testing.T) {
	conn := &countingConn{}
	var said bytes.Buffer
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{conn}, Logger: slog.New(slog.NewTextHandler(&said, nil))})
	if err != nil {
		t.Fatal(err)
	}
	hello, beat := wire.Hello{}.Append(nil), wire.Gone{}.Append(nil)
	beat = append(beat[:2], append([]byte{byte(wire.TypeBeat)}, make([]byte, 40)...)...)
	for _, c := range []struct {
		overload bool
		want     []wire.RendezvousType
	}{
		{false, []wire.RendezvousType{wire.TypeGone, wire.TypeCookie, wire.TypeCookie}},
		{true, []wire.RendezvousType{wire.TypeGone}},
	} {
		b := newBatch()
		for i, p := range [][]byte{hello, beat, hello} {
			b.packets[i].N, b.packets[i].Addr = copy(b.packets[i].Buf, p), stranger
		}
		b.n = 3
		if !s.sort(b, conn) {
			t.Fatal("nothing left to do")
		}
		conn.sent = nil
		s.handle(b, c.overload)
		var got []wire.RendezvousType
		for _, p := range conn.sent {
			got = append(got, wire.RendezvousKind(p))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("overload %v: answers %v, want %v", c.overload, got, c.want)
		}
	}
	if st := s.Stats(); st.Dropped(DropOverload) != 2 || st.Received != 6 {
		t.Errorf("%+v", st)
	}
	if !strings.Contains(said.String(), "limits reached") || !strings.Contains(said.String(), "shed=2") {
		t.Errorf("the operator reads %q", said.String())
	}
}
