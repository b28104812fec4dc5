package bootnode

import (
	"net/netip"
	"runtime"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// populate adds n members in rooms of 50. Their registrations skip the
// handshake, whose price is BenchmarkRegister's to tell.
func populate(w *world, n int, each func(m *member, key crypto.SessionKey)) {
	at := len(w.d.sessions)
	for i := at; i < at+n; i++ {
		tag := crypto.RoomTag{byte(i / 50), byte(i / 50 >> 8), byte(i / 50 >> 16)}
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(i >> 16), byte(i >> 8), byte(i)}), 4000)
		id := crypto.SessionID{byte(i), byte(i >> 8), byte(i >> 16), 1}
		w.d.begin(w.now)
		m, key := w.d.join(id, Event{From: from}, &wire.Register{Tag: tag, Announcement: make([]byte, 260)})
		m.attempt = nil // as after its first beat
		each(m, key)
	}
}

func clients(w *world, n int) (cs []*client) {
	populate(w, n, func(m *member, key crypto.SessionKey) {
		c := &client{w: w, id: m.id, tag: m.room.tag, addr: m.addr}
		c.welcome.Channel, c.session = m.channel, crypto.NewSession(key, crypto.RoleClient)
		cs = append(cs, c)
	})
	return cs
}

func BenchmarkMemory(b *testing.B) {
	const n = 20_000
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	for b.Loop() {
		w := newWorld(b, Limits{})
		before := heap()
		populate(w, n, func(*member, crypto.SessionKey) {})
		b.ReportMetric(float64(heap()-before)/n, "B/member")
		runtime.KeepAlive(w)
	}
}

// steps measures Step on packets that are made, many at a time, while the
// clock of the benchmark stands.
func steps(b *testing.B, w *world, make func(i int) (from netip.AddrPort, p []byte)) {
	var from [4096]netip.AddrPort
	var packets [4096][]byte
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if i %= len(packets); i == 0 {
			b.StopTimer()
			for j := range packets {
				from[j], packets[j] = make(j)
			}
			b.StartTimer()
		}
		w.now = w.now.Add(time.Microsecond)
		if out := w.d.Step(w.now, Event{From: from[i], Packet: packets[i]}); len(out) != 1 {
			b.Fatal(len(out))
		}
	}
}

func BenchmarkBeat(b *testing.B) {
	w := newWorld(b, Limits{})
	cs := clients(w, 10_000)
	next := 0
	steps(b, w, func(int) (netip.AddrPort, []byte) {
		c := cs[next%len(cs)]
		next++
		return c.addr, c.beatFrame()
	})
}

func BenchmarkRelay(b *testing.B) {
	w := newWorld(b, Limits{})
	cs := clients(w, 2)
	packet := string(make([]byte, wire.MaxPayload))
	b.SetBytes(wire.MaxPayload)
	steps(b, w, func(int) (netip.AddrPort, []byte) {
		return cs[0].addr, cs[0].relayFrame(cs[1], packet)
	})
}

func BenchmarkRegister(b *testing.B) {
	w := newWorld(b, Limits{RegistersPerSec: 1 << 20})
	c := w.client(testTag)
	c.addr = netip.MustParseAddrPort("127.0.0.1:1000")
	c.join()
	b.ReportAllocs()
	for b.Loop() {
		w.now = w.now.Add(time.Microsecond)
		if out := w.d.Step(w.now, Event{From: c.addr, Packet: c.register}); len(out) == 0 {
			b.Fatal("no answer")
		}
	}
}

// BenchmarkServer counts beats answered over loopback by a whole server, with
// the generator on the same cores.
func BenchmarkServer(b *testing.B) {
	server, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	conn, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{server}})
	if err != nil {
		b.Fatal(err)
	}
	w := newWorld(b, Limits{})
	w.d = s.directory
	cs := clients(w, 10_000)
	for _, c := range cs {
		s.directory.move(s.directory.sessions[c.id], conn.LocalAddr())
	}
	go s.Run(b.Context())

	const window = udp.MaxBatch
	out, in := newBatch().packets, newBatch().packets
	sent, acked := 0, 0
	for b.Loop() {
		if sent-acked < window {
			for i := range window {
				out[i].Buf = cs[sent%len(cs)].beatFrame()
				out[i].N, out[i].Addr = len(out[i].Buf), server.LocalAddr()
				sent++
			}
			if _, err := conn.WriteBatch(out[:window]); err != nil {
				b.Fatal(err)
			}
		}
		for acked < sent-window+1 {
			n, err := conn.ReadBatch(in)
			if err != nil {
				b.Fatal(err)
			}
			acked += n
		}
	}
	b.ReportMetric(float64(acked)/b.Elapsed().Seconds(), "beats/s")
}
