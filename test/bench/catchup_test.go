package bench

import (
	"fmt"
	"os/exec"
	"testing"
	"time"

	"gochat/test/proc"
)

// BenchmarkCatchUp is a fresh member's start until it has the whole past of a
// room from the one other member: 10,000 messages, unless -messages says else.
func BenchmarkCatchUp(b *testing.B) {
	n := 10_000
	if *messages != defaultMessages {
		n = *messages
	}
	dir := largeDataOf(b, n)
	addr := freeAddr(b)
	boot := proc.StartText(b, "bootnode", exec.Command(binary, "--mode", "bootnode", "--listen", addr, "--data-dir", b.TempDir()))
	boot.WaitStderr(0, patience, "bootnode listens")
	alice := proc.Start(b, "alice", exec.Command(binary, "--bootnode", addr, "--room", largeRoom, "--ui", "json", "--data-dir", dir))
	alice.Wait(patience, "alice to register", proc.Registered)
	var whole, first []time.Duration
	for b.Loop() {
		begin := time.Now()
		bob := proc.Start(b, "bob", exec.Command(binary, "--bootnode", addr, "--room", largeRoom, "--ui", "json", "--data-dir", b.TempDir()))
		come := 0
		bob.Wait(time.Minute, "the past", func(e proc.Event) bool {
			if e.Type() != "filled" {
				return false
			}
			if come == 0 {
				first = append(first, time.Since(begin))
			}
			come += int(e.Number("count"))
			return e.Number("left") == 0 && come > n*9/10 // the newest ones are news
		})
		whole = append(whole, time.Since(begin))
		bob.Do(map[string]any{"cmd": "quit"})
		bob.Exit(patience)
	}
	b.ReportMetric(median(first), "ms-to-first")
	b.ReportMetric(median(whole), "ms-to-all")
	b.ReportMetric(float64(n)/median(whole)*1000, "messages/s")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkSend is durable sends: commands are given without waiting for their
// replies, and a reply says that the message is on the disk.
func BenchmarkSend(b *testing.B) {
	const n = 2000
	p := proc.Start(b, "alice", exec.Command(binary, "--bootnode", freeAddr(b), "--room", "alone", "--ui", "json", "--data-dir", b.TempDir()))
	p.Wait(patience, "its greeting", proc.Ready)
	for b.Loop() {
		last := ""
		for i := range n {
			last = p.Post(map[string]any{"cmd": "send", "text": fmt.Sprintf("message %d, of about the usual length of sixty bytes ..", i)})
		}
		p.Wait(time.Minute, "the last reply", func(e proc.Event) bool { return e.Type() == "reply" && e.String("id") == last })
	}
	b.ReportMetric(float64(b.N*n)/b.Elapsed().Seconds(), "sends/s")
}
