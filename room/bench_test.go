package room

import (
	"fmt"
	"testing"
	"time"

	"gochat/internal/wire"
)

// BenchmarkIngest is what one received record costs: parse, verify, commit to
// memory, settle, deliver and acknowledge.
func BenchmarkIngest(b *testing.B) {
	s := newSolo(b, nil)
	s.link(1)
	w := newScribe(1)
	w.clk -= 20 * 24 * 3600 * 1000
	var frames [][]byte
	for range b.N {
		w.clk += paceLongSpan/paceLongCount + 1
		frames = append(frames, unframe(wire.AppendLinkFrame(nil, wire.LinkPush{Hop: 1, Record: w.write("a message of sixty bytes, as people write them all the day").Append(nil)})))
	}
	b.ReportAllocs()
	b.ResetTimer()
	for _, f := range frames {
		s.now = s.now.Add(time.Millisecond)
		s.step(Frame{1, f})
		s.got, s.frames = s.got[:0], s.frames[:0]
	}
	b.StopTimer()
	if s.e.Stats().Settled != b.N {
		b.Fatalf("%+v", s.e.Stats())
	}
}

// BenchmarkPushRound is one message in a mesh of ten: sent, stored everywhere
// and acknowledged, with the simulator around it.
func BenchmarkPushRound(b *testing.B) {
	s := newSim(b, 1, 10)
	s.mesh()
	s.run(20 * time.Second)
	s.frames = 0
	b.ResetTimer()
	for range b.N {
		s.nodes[0].say("round")
		s.run(400 * time.Millisecond)
	}
	b.ReportMetric(float64(s.frames)/float64(b.N), "frames/op")
}

// BenchmarkSpread is a room in which somebody speaks each second: what a member
// sends for a message, with all acknowledgements and overheads, and how long
// until the last has it. One round simulates a minute and more.
func BenchmarkSpread(b *testing.B) {
	for _, n := range []int{10, 50, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var r result
			for range b.N {
				r = trials(n, 1)[0].run(b)
			}
			b.ReportMetric(float64(r.bytes), "B/message")
			b.ReportMetric(float64(r.all99.Milliseconds()), "ms-to-all-p99")
		})
	}
}

// BenchmarkDigest is the salted sum over a room of 100,000 records: the first on
// a link, and one after a record has come.
func BenchmarkDigest(b *testing.B) {
	s := newSolo(b, nil)
	s.link(1)
	for i := range 100_000 {
		e := &entry{clk: clkOf(simEpoch) + wire.Clk(i)}
		e.id[0], e.id[1], e.id[2] = byte(i), byte(i>>8), byte(i>>16)
		s.e.log.index.insert(e)
	}
	l := s.e.link(1)
	b.Run("first", func(b *testing.B) {
		for range b.N {
			l.sums = nil
			l.sum(s.e, s.e.piece(l, zeroBound, endBound))
		}
	})
	b.Run("next", func(b *testing.B) {
		for range b.N {
			s.e.log.index.touch(s.e.log.index.chunks[7])
			l.sum(s.e, s.e.piece(l, zeroBound, endBound))
		}
	})
}
