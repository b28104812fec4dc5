package bootnode

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/internal/wsconn"
)

// over steps a packet that comes by a path.
func (w *world) over(path Path, from netip.AddrPort, p []byte) []Action {
	return keep(w.d.Step(w.now, Event{From: from, Path: path, Packet: p}))
}

// connect opens a connection of a client and returns the cookie it begins with.
func (c *client) connect(path Path) wire.CookieFrame {
	c.w.t.Helper()
	out := keep(c.w.d.Step(c.w.now, Event{From: c.addr, Path: path, Opened: true}))
	if len(out) != 1 || out[0].Path != path {
		c.w.t.Fatalf("greeted with %v", out)
	}
	f, err := wire.ParseCookieFrame(out[0].Packet)
	if err != nil || f.Nonce != [8]byte{} || f.Key != bootKey.Public() {
		c.w.t.Fatalf("greeted with %+v, %v", f, err)
	}
	return f
}

// joinBy registers over a connection with one round trip.
func (c *client) joinBy(path Path) {
	c.w.t.Helper()
	c.cookie = c.connect(path).Cookie
	c.register = c.registerFrame(c.cookie)
	for _, a := range c.w.over(path, c.addr, c.register) {
		if f, err := wire.OpenWelcome(a.Packet, c.keys, wire.RequestOf(c.register)); err == nil && a.Path == path {
			c.welcome, c.session = f, crypto.NewSession(f.Key, crypto.RoleClient)
			c.roster.apply(&f.Roster)
		}
	}
	if c.session == nil || c.welcome.Status != wire.StatusOK {
		c.w.t.Fatalf("not registered: %v", c.welcome.Status)
	}
}

const (
	stream1 = firstStream + 1
	stream2 = firstStream + 2
)

// A cookie is for one connection: neither another one from the same address nor
// UDP may use it.
func TestCookiesOfConnections(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	cookie := a.connect(stream1).Cookie
	for name, path := range map[string]Path{"UDP": 3, "another connection": stream2} {
		if out := w.over(path, a.addr, a.registerFrame(cookie)); len(out) != 0 {
			t.Errorf("%s: taken", name)
		}
	}
	if got := w.d.Stats().Drops[DropCookie]; got != 2 {
		t.Errorf("%d dropped", got)
	}
	a.greet() // by UDP
	if out := w.over(stream1, a.addr, a.register); len(out) != 0 {
		t.Error("a cookie of UDP was taken from a connection")
	}
	a.joinBy(stream1)
}

func TestRelayBetweenUDPAndTCP(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.joinBy(stream1)
	b.join()
	a.heal2(stream1)
	b.heal()
	if a.roster.members[b.id] == "" || b.roster.members[a.id] == "" {
		t.Fatal("they do not see each other")
	}
	if m := w.d.sessions[a.id]; m.observed().IsValid() {
		t.Errorf("the address of a connection is listed: %v", m.observed())
	}
	if a.welcome.Observed != a.addr {
		t.Errorf("its owner is not told: %v", a.welcome.Observed)
	}
	out := w.over(stream1, a.addr, a.relayFrame(b, "to UDP"))
	if _, p := b.relayed(out); p != "to UDP" || out[0].Path != 3 {
		t.Errorf("b got %q by path %d", p, out[0].Path)
	}
	out = w.step(b.addr, b.relayFrame(a, "to TCP"))
	if _, p := a.relayed(out); p != "to TCP" || out[0].Path != stream1 {
		t.Errorf("a got %q by path %d", p, out[0].Path)
	}
}

// heal2 fetches the roster over a connection.
func (c *client) heal2(path Path) {
	get := wire.RosterGet{Since: c.roster.version}.Append(nil)
	c.hear(c.w.over(path, c.addr, c.frame(wire.TypeRosterGet, get)))
}

// A member moves between UDP and connections only when it answers there: who
// passes on a frame he caught gets nothing moved.
func TestMovingBetweenUDPAndTCP(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	listed := func() bool { return w.d.sessions[a.id].observed().IsValid() }
	move := func(to Path) {
		t.Helper()
		before := w.d.sessions[a.id].path
		challenges := a.bodies(w.over(to, a.addr, a.beatFrame()), wire.TypeChallenge)
		if len(challenges) != 1 || w.d.sessions[a.id].path != before {
			t.Fatalf("%d challenges; moved without an echo: %v", len(challenges), w.d.sessions[a.id].path != before)
		}
		echo := a.frame(wire.TypeChallengeEcho, challenges[0])
		other := stream1 + stream2 + 3 - to - before
		if w.over(other, a.addr, echo); w.d.sessions[a.id].path != before {
			t.Fatal("an echo from elsewhere moved it")
		}
		w.over(to, a.addr, a.frame(wire.TypeChallengeEcho, challenges[0]))
		if w.d.sessions[a.id].path != to || listed() != !to.isStream() {
			t.Errorf("at %d, listed %v", w.d.sessions[a.id].path, listed())
		}
	}
	for _, to := range []Path{stream1, stream2, 3, stream2, stream1, 3} {
		move(to)
	}
}

// A member whose connection is gone stays until the timeout, and is back with a
// REGISTER over the next one.
func TestConnectionGoneAndBack(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.joinBy(stream1)
	w.wait(14 * time.Second)
	if w.d.Stats().Members != 1 {
		t.Fatal("gone too early")
	}
	a.joinBy(stream2)
	if ack := a.bodies(w.over(stream2, a.addr, a.beatFrame()), wire.TypeBeatAck); len(ack) != 1 {
		t.Error("no answer over the new connection")
	}
	w.wait(20 * time.Second)
	if w.d.Stats().Members != 0 {
		t.Error("the silent stay")
	}
}

func TestConnectionNumbers(t *testing.T) {
	s := newStreams()
	c := &wsconn.Conn{}
	first, _ := s.enter(c)
	if first != firstStream {
		t.Errorf("first %d", first)
	}
	s.last = ^Path(0) - 1
	last, _ := s.enter(c)
	again, _ := s.enter(c) // begins anew, not with numbers of UDP nor in use
	if last != ^Path(0) || again != firstStream+1 {
		t.Errorf("%d, then %d", last, again)
	}
	if s.count() != 3 || s.send(firstStream+7, nil) {
		t.Error("wrong connections")
	}
}

// The whole way over a real socket: greeting, REGISTER, a beat, and the farewell
// at the end.
func TestServerOverTCP(t *testing.T) {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, stop := start(t, Config{Conns: []udp.Conn{c}, Streams: []net.Listener{l}})
	defer stop()
	ws, err := (&wsconn.Dialer{Limits: wsconn.Limits{Packet: wire.MaxPacket}}).Dial(t.Context(), "ws://"+l.Addr().String()+StreamPath)
	if err != nil {
		t.Fatal(err)
	}
	packets, ended := make(chan []byte, 100), make(chan error, 1)
	go func() {
		ended <- ws.Run(context.Background(), func(p []byte) { packets <- append([]byte(nil), p...) })
		close(packets)
	}()
	next := func(want wire.RendezvousType) []byte {
		t.Helper()
		for p := range packets {
			if wire.RendezvousKind(p) == want {
				return p
			}
		}
		t.Fatalf("the connection ended without type %d: %v", want, <-ended)
		return nil
	}
	a := newWorld(t, Limits{}).client(testTag)
	f, err := wire.ParseCookieFrame(next(wire.TypeCookie))
	if err != nil {
		t.Fatal(err)
	}
	a.register = a.registerFrame(f.Cookie)
	ws.Send(a.register)
	a.welcome, err = wire.OpenWelcome(next(wire.TypeWelcome), a.keys, wire.RequestOf(a.register))
	if err != nil {
		t.Fatal(err)
	}
	a.session = crypto.NewSession(a.welcome.Key, crypto.RoleClient)
	ws.Send(a.beatFrame())
	next(wire.TypeBeatAck)
	if st := s.Stats(); st.Members != 1 || st.Streams != 1 {
		t.Errorf("%+v", st)
	}
	go stop()
	next(wire.TypeBye)
	<-ended
}

// A member over TCP may have a reverse proxy's address: no port of it is probed.
func TestNoReachOverTCP(t *testing.T) {
	w := newWorld(t, Limits{})
	w.d.cfg.Reaches = true
	a := w.client(testTag)
	a.joinBy(stream1)
	out := w.over(stream1, a.addr, a.frame(wire.TypeReach, wire.Reach{Port: 5000}.Append(nil)))
	acks := a.bodies(out, wire.TypeReachAck)
	if len(out) != 1 || out[0].Reach || len(acks) != 1 {
		t.Fatalf("answered with %v", kinds(out))
	}
	if f, err := wire.ParseReachAck(acks[0]); err != nil || f.Sent {
		t.Errorf("acknowledged with %+v, %v", f, err)
	}
}

type fakeConn struct{ closed bool }

func (c *fakeConn) Send([]byte) bool { return !c.closed }
func (c *fakeConn) Close() error     { c.closed = true; return nil }

// Whoever brings no member's packet is not to keep the place of one.
func TestConnectionsNeedMembers(t *testing.T) {
	streams := newStreams()
	in := func() Path {
		p, ok := streams.enter(&fakeConn{})
		if !ok {
			t.Fatal("not let in")
		}
		return p
	}
	closed := func(p Path) bool { return streams.byPath[p].conn.(*fakeConn).closed }
	garbage, mixed, silent := in(), in(), in()
	for i := range 4 * streamBad {
		streams.judge(garbage, false)
		streams.judge(mixed, i%streamBad == streamBad/2)
	}
	for _, p := range []Path{garbage, mixed, silent} {
		streams.late(p)
	}
	if !closed(garbage) || closed(mixed) || !closed(silent) {
		t.Errorf("closed: garbage %v, mixed %v, silent %v", closed(garbage), closed(mixed), closed(silent))
	}
	streams.judge(999, false) // gone meanwhile
}

// A reverse proxy on the bootnode's machine makes all come from loopback: that
// excuses nobody from his share.
func TestSharesOverTCPFromLoopback(t *testing.T) {
	for _, tcp := range []bool{false, true} {
		w := newWorld(t, Limits{RelayRate: 10_000, RelayBurst: 50_000})
		a, b := w.client(testTag), w.client(testTag)
		a.addr = netip.MustParseAddrPort("127.0.0.1:700")
		path := Path(3)
		if tcp {
			path = stream1
			a.joinBy(path)
		} else {
			a.join()
		}
		b.join()
		passed := 0
		for range 100 {
			passed += carried(w.over(path, a.addr, a.relayFrame(b, string(make([]byte, 1000)))))
		}
		if tcp == (passed > 60) {
			t.Errorf("over TCP %v: %d of 100 packets passed", tcp, passed)
		}
	}
}
