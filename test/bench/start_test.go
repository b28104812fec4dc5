package bench

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"gochat/test/proc"
)

// BenchmarkStart is a process's start in a large room: until the front is ready,
// and until the room is read and something said in it is stored.
func BenchmarkStart(b *testing.B) {
	dir := largeData(b)
	var ready, said []time.Duration
	for b.Loop() {
		begin := time.Now()
		p := proc.Start(b, "alice", exec.Command(binary, "--bootnode", freeAddr(b), "--room", largeRoom, "--ui", "json", "--data-dir", dir))
		p.Wait(patience, "its greeting", proc.Ready)
		ready = append(ready, time.Since(begin))
		p.Do(map[string]any{"cmd": "history", "limit": 50})
		first := time.Since(begin)
		p.Say("here I am")
		said = append(said, time.Since(begin))
		b.ReportMetric(float64(first.Milliseconds()), "ms-to-page")
		b.ReportMetric(float64(rss(b, p))/1024, "RSS-MB")
		p.Do(map[string]any{"cmd": "quit"})
		p.Exit(patience)
	}
	b.ReportMetric(median(ready), "ms-to-ready")
	b.ReportMetric(median(said), "ms-to-send")
}

func median(times []time.Duration) float64 {
	slices.Sort(times)
	return float64(times[len(times)/2].Microseconds()) / 1000
}
