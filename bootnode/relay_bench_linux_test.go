package bootnode

import (
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gochat/internal/udp"
	"gochat/internal/wire"
)

// relayWindow is how many packets are on their way at once.
const relayWindow = 4 * udp.MaxBatch

// BenchmarkRelayThroughput counts full packets that a whole server carries
// between members over loopback, and beside it, in the same run, those that a
// plain UDP echo with the same batches returns: what sockets alone can do here.
// The generator runs on the same cores. cpu is the processor time of all.
func BenchmarkRelayThroughput(b *testing.B) {
	b.Run("echo", func(b *testing.B) { pump(b, echo(b)) })
	b.Run("relay", func(b *testing.B) {
		pump(b, serve(b, Limits{}))
	})
	b.Run("relay, shared", func(b *testing.B) {
		pump(b, serve(b, Limits{RelayTotal: 1 << 40}))
	})
}

// target is what is measured.
type target struct {
	at  udp.Conn
	dir *Server // nil: an echo
}

func listen(b *testing.B) udp.Conn {
	c, err := udp.Listen("127.0.0.1:0")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	return c
}

// echo sends every packet back.
func echo(b *testing.B) *target {
	c := listen(b)
	go func() {
		ps := newBatch().packets
		for {
			n, err := c.ReadBatch(ps)
			if err != nil {
				return
			}
			if _, err := c.WriteBatch(ps[:n]); err != nil {
				return
			}
		}
	}()
	return &target{at: c}
}

func serve(b *testing.B, limits Limits) *target {
	c := listen(b)
	s, err := New(Config{Key: bootKey, Conns: []udp.Conn{c}, Limits: limits})
	if err != nil {
		b.Fatal(err)
	}
	return &target{c, s}
}

// pump sends full packets and takes them back. Made beforehand they would
// repeat counters; so sealing and opening at the members is part of the price,
// and of the echo's, too.
func pump(b *testing.B, t *target) {
	out, in := listen(b), listen(b)
	w := newWorld(b, Limits{})
	if t.dir != nil {
		w.d = t.dir.directory
	}
	cs := clients(w, 2)
	from, to := cs[0], cs[1]
	if t.dir != nil {
		t.dir.directory.move(t.dir.directory.sessions[from.id], out.LocalAddr())
		t.dir.directory.move(t.dir.directory.sessions[to.id], in.LocalAddr())
		go t.dir.Run(b.Context())
	} else {
		in = out
	}
	var arrived atomic.Int64
	go func() {
		ps := newBatch().packets
		for {
			n, err := in.ReadBatch(ps)
			if err != nil {
				return
			}
			arrived.Add(int64(n))
		}
	}()
	packet := string(make([]byte, wire.MaxPayload))
	ps := newBatch().packets
	b.SetBytes(wire.MaxPayload)
	began, cpu := time.Now(), processor(b)
	sent, lost := int64(0), int64(0)
	for b.Loop() {
		i := sent % udp.MaxBatch
		ps[i].Buf = from.relayFrame(to, packet)
		ps[i].N, ps[i].Addr = len(ps[i].Buf), t.at.LocalAddr()
		sent++
		if i != udp.MaxBatch-1 {
			continue
		}
		if _, err := out.WriteBatch(ps); err != nil {
			b.Fatal(err)
		}
		for stuck := time.Now(); sent-lost-arrived.Load() > relayWindow; {
			if runtime.Gosched(); time.Since(stuck) > 100*time.Millisecond { // loopback loses, too
				lost = sent - arrived.Load()
			}
		}
	}
	took := time.Since(began)
	b.ReportMetric(float64(arrived.Load())/took.Seconds(), "packets/s")
	b.ReportMetric(float64(arrived.Load()*wire.MaxPayload)/took.Seconds()/1e6, "MB/s")
	b.ReportMetric((processor(b)-cpu).Seconds()/float64(max(1, arrived.Load()))*1e6, "cpu-us/packet")
	b.ReportMetric(100*float64(lost)/float64(max(1, sent)), "%lost")
}

// processor is the processor time this process has used.
func processor(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
