package bootnode

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"net/netip"
	"testing"
	"time"
	"unsafe"

	"gochat/bootnode/presence"
	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
	"gochat/internal/wsconn"
)

// newFederated is a world whose directory has other nodes.
func newFederated(t testing.TB, limits Limits) *world {
	w := newWorld(t, limits)
	w.d.abroad = newAbroad(true)
	return w
}

func (w *world) tell(changes ...presence.Change) []Action {
	return keep(w.d.Step(w.now, Event{Foreign: changes}))
}

func foreignIs(tag crypto.RoomTag, id crypto.SessionID, kind wire.RosterKind, text string) presence.Change {
	return presence.Change{
		Subject: tag.Subject(), Kind: kind, Node: NodeID{1},
		Record: wire.NodeRecord{Session: id, Announcement: []byte(text), Observed: netip.MustParseAddrPort("198.51.100.1:4000")},
	}
}

// truthAbroad is the roster as it should be, foreign members included.
func (d *Directory) truthAbroad(tag crypto.RoomTag) map[crypto.SessionID]string {
	t := d.truth(tag)
	for id, f := range d.rooms[tag].foreigners {
		if _, here := t[id]; !here {
			t[id] = fmt.Sprint(string(f.announcement), f.observed, f.channel)
		}
	}
	return t
}

// Whatever comes and goes here and elsewhere, under the same sessions too, a
// member that asks comes to the truth, and nothing of a room outlives it.
func TestForeignMembersInRosters(t *testing.T) {
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 3))
		w := newFederated(t, Limits{})
		a := w.client(testTag)
		a.join()
		var people []*client
		for range 8 {
			people = append(people, w.client(testTag))
		}
		here := map[int]bool{}
		for step := range 300 {
			i := rnd.IntN(len(people))
			p := people[i]
			var out []Action
			switch k := rnd.IntN(6); {
			case k < 2 && !here[i]:
				p.session = nil
				out, here[i] = p.join(), true
			case k < 2:
				out, here[i] = w.step(p.addr, p.frame(wire.TypeBye, nil)), false
			case k < 4:
				out = w.tell(foreignIs(testTag, p.id, wire.RosterPresent, fmt.Sprint(step)))
			default:
				out = w.tell(foreignIs(testTag, p.id, wire.RosterLeft, ""))
			}
			if rnd.IntN(3) > 0 { // else it is lost
				a.hear(out)
			}
			a.hear(w.wait(time.Duration(rnd.IntN(200)) * time.Millisecond))
			if ack, ok := a.beat(); !ok || ack.Version == a.roster.version && !maps.Equal(a.roster.members, w.d.truthAbroad(testTag)) {
				t.Fatalf("seed %d: a believes to know all, and knows %v instead of %v", seed, a.roster.members, w.d.truthAbroad(testTag))
			}
			if r := w.d.rooms[testTag]; len(r.foreigners) != w.d.abroad.members || len(r.foreigners) != len(w.d.abroad.channels) {
				t.Fatalf("seed %d: %d foreigners, %d counted, %d channels", seed, len(r.foreigners), w.d.abroad.members, len(w.d.abroad.channels))
			}
			for i, p := range people {
				if here[i] {
					p.beat()
				}
			}
		}
		a.heal()
		if want := w.d.truthAbroad(testTag); !maps.Equal(a.roster.members, want) {
			t.Fatalf("seed %d: %v instead of %v", seed, a.roster.members, want)
		}
		w.wait(time.Minute)
		if x := &w.d.abroad; len(w.d.rooms)+len(x.subjects)+len(x.channels)+x.members != 0 {
			t.Errorf("seed %d: something of the room is left", seed)
		}
	}
}

// What other nodes are told follows what happens here.
func TestNews(t *testing.T) {
	w := newFederated(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	b.hide = true
	a.join()
	news := w.d.takeNews()
	if len(news) != 2 || news[0].Kind != presence.Opened || news[0].Subject != testTag.Subject() || news[1].Kind != presence.Changed ||
		news[1].Entry.Session != a.id || news[1].Entry.Observed != a.addr || string(news[1].Entry.Announcement) != string(a.announcement) {
		t.Errorf("%+v", news)
	}
	w.wait(3 * time.Second)
	b.join()
	if news = w.d.takeNews(); len(news) != 1 || news[0].Entry.Observed.IsValid() || news[0].Entry.Since != uint64(epoch.Unix())+3 {
		t.Errorf("%+v", news)
	}
	if own := w.d.own(testTag.Subject()); len(own) != 2 || own[0].Session != a.id || own[1].Session != b.id || len(w.d.own(crypto.RoomSubject{})) != 0 {
		t.Errorf("%+v", own)
	}
	w.step(a.addr, a.frame(wire.TypeUpdate, []byte("new")))
	if news = w.d.takeNews(); len(news) != 1 || string(news[0].Entry.Announcement) != "new" || news[0].Entry.Kind != wire.RosterPresent {
		t.Errorf("%+v", news)
	}
	w.step(a.addr, a.frame(wire.TypeBye, nil))
	w.wait(time.Minute)
	news = w.d.takeNews()
	if len(news) != 3 || news[0].Entry.Kind != wire.RosterLeft || news[1].Entry.Kind != wire.RosterTimedOut || news[2].Kind != presence.Closed {
		t.Errorf("%+v", news)
	}
}

// A packet for a foreign member is subject to its sender's limits, one from
// another node to those of that node.
func TestForeignRelayLimits(t *testing.T) {
	w := newFederated(t, Limits{RelayRate: 1000, RelayBurst: 3000, NodeRelayRate: 1000, NodeRelayBurst: 5000})
	a := w.client(testTag)
	a.join()
	id := crypto.SessionID{9}
	w.tell(foreignIs(testTag, id, wire.RosterPresent, "x"))
	channel := w.d.rooms[testTag].foreigners[id].channel
	packet := make([]byte, 1000)
	carried := 0
	for range 10 {
		for _, out := range w.step(a.addr, wire.SealRelay(nil, a.welcome.Channel, channel, a.session, packet)) {
			if out.Carry == (Carry{Node: NodeID{1}, From: a.id, To: id}) && len(out.Packet) == 1000 {
				carried++
			}
		}
	}
	if st := w.d.Stats(); carried != 3 || st.Carried != 3 || st.Dropped(DropRelayRate) != 7 {
		t.Errorf("%d carried, %+v", carried, st)
	}
	arrive := func(n NodeID) {
		w.d.Step(w.now, Event{Carried: &Carried{n, id, a.id, packet}})
	}
	for range 10 {
		arrive(NodeID{1})
	}
	arrive(NodeID{2})
	if st := w.d.Stats(); st.Arrived != 6 || st.Dropped(DropNodeRate) != 5 || st.Relayed != 6 {
		t.Errorf("%+v", st)
	}
	for i := range 2 * maxSenders {
		w.wait(time.Second)
		a.beat()
		arrive(NodeID{3, byte(i), byte(i >> 8)})
	}
	if n := len(w.d.abroad.senders); n > maxSenders {
		t.Errorf("%d meters", n)
	}
}

// The memory of a member is that of the allocator's class of 256 bytes.
func TestSizeOfAMember(t *testing.T) {
	if n := unsafe.Sizeof(member{}); n > 256 {
		t.Errorf("%d bytes", n)
	}
	if n := unsafe.Sizeof(place{}); n > 24 {
		t.Errorf("a place in a log of %d bytes", n)
	}
}

// Two nodes over real sockets, one member on UDP and one on a WebSocket.
func TestAcrossNodesOverTCP(t *testing.T) {
	mesh := &memMesh{}
	var servers [2]*Server
	var udps [2]udp.Conn
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for i := range servers {
		if udps[i], err = udp.Listen("127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		cfg := Config{Conns: []udp.Conn{udps[i]}, Mesh: mesh.node()}
		if i == 1 {
			cfg.Streams = []net.Listener{l}
		}
		s, stop := start(t, cfg)
		defer stop()
		servers[i] = s
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	a := &person{remote: newRemote(t, conn, net.UDPAddrFromAddrPort(udps[0].LocalAddr())), done: make(chan struct{})}
	a.begin()
	defer a.vanish()

	ws, err := (&wsconn.Dialer{Limits: wsconn.Limits{Packet: wire.MaxPacket}}).Dial(t.Context(), "ws://"+l.Addr().String()+StreamPath)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	packets, ended := make(chan []byte, 1000), make(chan struct{})
	go func() {
		defer close(ended)
		ws.Run(ctx, func(p []byte) { packets <- append([]byte(nil), p...) })
	}()
	defer func() { cancel(); <-ended }()
	next := func(ok func(p []byte) bool) {
		t.Helper()
		for deadline := time.After(30 * time.Second); ; {
			select {
			case p := <-packets:
				if ok(p) {
					return
				}
			case <-deadline:
				t.Fatal("it does not come")
			}
		}
	}
	b := newWorld(t, Limits{}).client(testTag)
	next(func(p []byte) bool {
		f, err := wire.ParseCookieFrame(p)
		b.cookie = f.Cookie
		return err == nil
	})
	b.register = b.registerFrame(b.cookie)
	ws.Send(b.register)
	next(func(p []byte) (ok bool) {
		b.welcome, err = wire.OpenWelcome(p, b.keys, wire.RequestOf(b.register))
		return err == nil
	})
	b.session = crypto.NewSession(b.welcome.Key, crypto.RoleClient)
	b.roster.apply(&b.welcome.Roster)
	for len(b.roster.members) < 2 {
		next(func(p []byte) bool {
			body, err := wire.OpenSession(p, b.session)
			page, err2 := wire.ParseRoster(body)
			if err == nil && err2 == nil {
				b.roster.apply(&page)
			}
			return err == nil && err2 == nil
		})
	}
	p := &person{remote: &remote{client: *b}}
	within(t, 30*time.Second, "a knows b", func() bool { return a.knows(p) })
	within(t, 30*time.Second, "the nodes have each other's keys", func() bool {
		x, y := servers[0].Nodes(), servers[1].Nodes()
		return len(x) == 1 && len(y) == 1 && x[0].Key == bootKey.Public() && y[0].Key == bootKey.Public()
	})
	a.say(p, "to the WebSocket")
	next(func(packet []byte) bool {
		_, text, err := wire.OpenRelay(nil, packet, b.session)
		return err == nil && string(text) == "to the WebSocket"
	})
	ch := b.roster.channel(a.id)
	ws.Send(wire.SealRelay(nil, b.welcome.Channel, ch, b.session, []byte("from the WebSocket")))
	within(t, 30*time.Second, "b's packet is there", func() bool { return len(a.heard()) > 0 })
	if got, want := a.heard()[0], fmt.Sprintf("%d from the WebSocket", a.channelOf(p)); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
