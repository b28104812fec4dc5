package room

import (
	"encoding/binary"
	"runtime"
	"testing"

	"gochat/crypto"
	"gochat/internal/wire"
)

// headerStore hands out a room of many headers from memory; making them is no
// part of what is measured.
type headerStore struct {
	MemoryStore
	ids     []wire.RecordID
	headers []wire.Record
}

func (s *headerStore) Headers(yield func(wire.RecordID, *wire.Record, bool) error) error {
	for i := range s.headers {
		if err := yield(s.ids[i], &s.headers[i], true); err != nil {
			return err
		}
	}
	return nil
}

func (s *headerStore) EachUnshown(wire.Clk, func(wire.RecordID) error) error { return nil }

func (s *headerStore) EachUndelivered(func(wire.RecordID, []crypto.PublicKey) error) error {
	return nil
}

// bigRoom is a room of n records of so many authors over 80 days, each citing
// the one before it in its chain and the one before it in the room; every
// twentieth is about another.
func bigRoom(n, authors int) *headerStore {
	s := &headerStore{ids: make([]wire.RecordID, n), headers: make([]wire.Record, n)}
	last := make([]int, authors)
	for i := range last {
		last[i] = -1
	}
	start := clkOf(simEpoch.Add(-80 * day))
	step := wire.Clk(80*day/1e6) / wire.Clk(n)
	for i := range n {
		a := (i * 7919) % authors
		h := &s.headers[i]
		*h = wire.Record{Type: wire.RecordText, Chain: 1, Seq: 1, Clk: start + wire.Clk(i)*step, BodyLen: 60, HasBody: true}
		binary.BigEndian.PutUint32(h.Author[:], uint32(a+1))
		binary.BigEndian.PutUint64(s.ids[i][:], uint64(i+1)*0x9e3779b97f4a7c15)
		binary.BigEndian.PutUint64(s.ids[i][8:], uint64(i+1)*0xbf58476d1ce4e5b9)
		if p := last[a]; p >= 0 {
			h.Seq, h.Prev = s.headers[p].Seq+1, s.ids[p]
		}
		if i > 0 && last[a] != i-1 {
			h.Parents = []wire.RecordID{s.ids[i-1]}
		}
		if i%20 == 19 {
			h.Type, h.Target = wire.RecordReact, s.ids[i-10]
		}
		last[a] = i
	}
	return s
}

// BenchmarkStart is New on a room of a million records, without the store's own
// time, and what each record takes in memory.
func BenchmarkStart(b *testing.B) {
	const n = 1_000_000
	store := bigRoom(n, 200)
	b.ResetTimer()
	var bytes uint64
	for range b.N {
		runtime.GC()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		e, err := New(Config{Self: member0(), Store: store, Chain: 1}, simEpoch)
		if err != nil || e.Stats().Settled != n {
			b.Fatal(err, e.Stats())
		}
		b.StopTimer()
		runtime.GC()
		runtime.ReadMemStats(&after)
		bytes = after.HeapAlloc - before.HeapAlloc
		if h := e.log.heads; len(h) != 1 {
			b.Fatalf("%d heads", len(h))
		}
		runtime.KeepAlive(e)
		b.StartTimer()
	}
	b.ReportMetric(float64(bytes)/n, "B/record")
}
