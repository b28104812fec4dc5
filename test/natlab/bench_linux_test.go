package natlab

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"gochat/test/proc"
)

// BenchmarkFirstMessage measures, at a one-way delay of 25 ms and with the
// room key cached, the time from the start of the second member's process
// until it shows a message typed before by the first (ms-to-receive), and
// until the first shows one piped into the second at its start (ms-to-send).
// Both are medians. Run it with -benchtime=5x or so.
func BenchmarkFirstMessage(b *testing.B) {
	for _, pair := range [][2]string{
		{PortRestricted, PortRestricted},
		{Symmetric, PortRestricted},
		{Symmetric, Symmetric},
	} {
		b.Run(pair[0]+"×"+pair[1], func(b *testing.B) {
			w := newWorld(b, Flat, Delay(25*time.Millisecond), Hops(6))
			nodeA, nodeB := w.place("A", pair[0]), w.place("B", pair[1])
			homeA, homeB := b.TempDir(), b.TempDir()
			const room = "bench"
			first := w.client(nodeB, "bob", room, homeB) // caches the room key
			first.Wait(patience, "bob to register", proc.Registered)
			first.Do(map[string]any{"cmd": "quit"})
			first.Exit(patience)

			alice := w.client(nodeA, "alice", room, homeA)
			alice.Wait(patience, "alice to register", proc.Registered)
			var receive, send []time.Duration
			for b.Loop() {
				n := len(receive)
				toBob, toAlice := fmt.Sprintf("to bob %d", n), fmt.Sprintf("to alice %d", n)
				alice.Say(toBob)
				mark := alice.Mark()
				start := time.Now()
				bob := w.client(nodeB, "bob", room, homeB)
				bob.Post(map[string]any{"cmd": "send", "text": toAlice})
				receive = append(receive, bob.Wait(patience, toBob, proc.Message(toBob)).At.Sub(start))
				send = append(send, alice.Wait(patience, toAlice, proc.Message(toAlice)).At.Sub(start))
				joined := alice.WaitAfter(mark, patience, "bob to join", proc.Joined)
				bob.Do(map[string]any{"cmd": "quit"})
				bob.Exit(patience)
				alice.WaitAfter(mark, patience, "bob to leave", proc.Left(joined.String("peer")))
			}
			b.ReportMetric(median(receive), "ms-to-receive")
			b.ReportMetric(median(send), "ms-to-send")
			b.ReportMetric(0, "ns/op") // start and end of processes: says nothing
		})
	}
}

// median is the middle of the times, in milliseconds.
func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
