package bootnode

import (
	"fmt"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/internal/wire"
)

// populate adds n members in rooms of the given size. Their registrations skip
// the handshake, whose price is BenchmarkRegister's to tell.
func populate(w *world, n, size int, each func(m *member, key crypto.SessionKey)) {
	at := len(w.d.sessions)
	for i := at; i < at+n; i++ {
		in := i / size
		tag := crypto.RoomTag{byte(in), byte(in >> 8), byte(in >> 16)}
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, byte(i >> 16), byte(i >> 8), byte(i)}), 4000)
		id := crypto.SessionID{byte(i), byte(i >> 8), byte(i >> 16), 1}
		w.d.begin(w.now)
		m, key := w.d.join(id, Event{From: from}, &wire.Register{Tag: tag, Announcement: make([]byte, 260)})
		m.used() // as after its first beat
		m.tidy(w.d.now)
		each(m, key)
	}
}

func clients(w *world, n int) (cs []*client) {
	populate(w, n, 50, func(m *member, key crypto.SessionKey) {
		c := &client{w: w, id: m.id, tag: m.room.tag, addr: m.addr}
		c.welcome.Channel, c.session = m.channel, crypto.NewSession(key, crypto.RoleClient)
		cs = append(cs, c)
	})
	return cs
}

// BenchmarkMemory tells what a member costs, everything included: after it has
// joined from an address of its own and changed its announcement once.
func BenchmarkMemory(b *testing.B) {
	const n = 200_000
	heap := func() uint64 {
		runtime.GC()
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	for _, size := range []int{2, 50, 1_000} {
		b.Run(fmt.Sprintf("rooms of %d", size), func(b *testing.B) {
			for b.Loop() {
				w := newWorld(b, Limits{})
				before := heap()
				populate(w, n, size, func(m *member, _ crypto.SessionKey) {
					m.announcement = make([]byte, 260)
					m.room.enter(m)
				})
				b.ReportMetric(float64(heap()-before)/n, "B/member")
				began := time.Now()
				runtime.GC()
				b.ReportMetric(float64(time.Since(began).Milliseconds()), "ms/GC")
				runtime.KeepAlive(w)
			}
		})
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
