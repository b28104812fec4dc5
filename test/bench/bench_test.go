// Package bench measures what a member costs: the delay of a message between
// real processes, CPU and allocations per message, and what an idle member
// uses. Run it with make bench; docs/BENCHMARKS.md records the figures.
package bench

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/udp"
	"gochat/peer"
	"gochat/test/proc"
)

const patience = time.Minute

var binary string

func TestMain(m *testing.M) {
	if os.Getenv(echoEnv) != "" {
		echo()
		return
	}
	dir, err := os.MkdirTemp("", "gochat-bench")
	if err != nil {
		panic(err)
	}
	if binary, err = proc.Build(dir); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// pair is a bootnode and two members as real processes on loopback.
func pair(b *testing.B) (alice, bob *proc.Process) {
	b.Helper()
	addr := freeAddr(b)
	boot := proc.StartText(b, "bootnode", exec.Command(binary, "--mode", "bootnode", "--listen", addr, "--data-dir", b.TempDir()))
	boot.WaitStderr(0, patience, "bootnode listens")
	start := func(name string) *proc.Process {
		return proc.Start(b, name, exec.Command(binary, "--bootnode", addr, "--room", "bench", "--ui", "json",
			"--nick", name, "--data-dir", b.TempDir()))
	}
	alice = start("alice")
	alice.Wait(patience, "alice to register", proc.Registered)
	bob = start("bob")
	alice.Wait(patience, "bob by a direct path", proc.JoinedBy("direct"))
	bob.Wait(patience, "alice by a direct path", proc.JoinedBy("direct"))
	return alice, bob
}

func freeAddr(b *testing.B) string {
	c, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().String()
}

// BenchmarkRoundTrip is the time from a send command to the acknowledgement of
// the other member's store, and the CPU both processes use for it.
func BenchmarkRoundTrip(b *testing.B) {
	alice, bob := pair(b)
	var times []time.Duration
	before := cpu(b, alice) + cpu(b, bob)
	for b.Loop() {
		begin := time.Now()
		id := alice.Say(fmt.Sprint("message ", len(times)))
		alice.Wait(patience, "its acknowledgement", proc.Acked(id))
		times = append(times, time.Since(begin))
	}
	used := cpu(b, alice) + cpu(b, bob) - before
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2].Microseconds()), "µs-median")
	b.ReportMetric(float64(times[len(times)*99/100].Microseconds()), "µs-p99")
	b.ReportMetric(float64(used.Microseconds())/float64(len(times)), "cpu-µs/message")
}

// BenchmarkIdle is what two joined members that say nothing use.
func BenchmarkIdle(b *testing.B) {
	alice, _ := pair(b)
	const look = 20 * time.Second
	for b.Loop() {
		before := cpu(b, alice)
		time.Sleep(look)
		b.ReportMetric(float64(cpu(b, alice)-before)/float64(look)*100, "cpu-%")
		b.ReportMetric(float64(rss(b, alice))/1024, "RSS-MB")
	}
	b.ReportMetric(0, "ns/op")
}

// BenchmarkMessage is one message between two members in one process over
// loopback sockets: store, sign, QUIC, verify, store, show, acknowledge.
func BenchmarkMessage(b *testing.B) {
	ctx, cancel := context.WithCancel(b.Context())
	listen := func() udp.Conn {
		c, err := udp.Listen("127.0.0.1:0")
		if err != nil {
			b.Fatal(err)
		}
		return c
	}
	key, _ := crypto.NewRunKey()
	boot := listen()
	srv, err := bootnode.New(bootnode.Config{Conns: []udp.Conn{boot}, Key: key})
	if err != nil {
		b.Fatal(err)
	}
	done := make(chan error, 3)
	go func() { done <- srv.Run(ctx) }()
	keys := crypto.NewRoomKeys(crypto.EpochKey{1})
	var rooms []*peer.Room
	var nodes []*peer.Node
	for range 2 {
		id, _ := crypto.NewIdentity()
		n, err := peer.New(peer.Config{Identity: id, RunNumber: 1, Socket: listen(),
			LocalAddrs: func() []netip.Addr { return []netip.Addr{netip.MustParseAddr("127.0.0.1")} }})
		if err != nil {
			b.Fatal(err)
		}
		r, err := n.Join(peer.RoomConfig{Name: "bench", Keys: keys})
		if err != nil {
			b.Fatal(err)
		}
		go func() { done <- n.Run(ctx) }()
		n.SetBootnodes([]peer.Bootnode{{Address: boot.LocalAddr().String()}})
		nodes, rooms = append(nodes, n), append(rooms, r)
	}
	go func() {
		for range nodes[1].Events() {
		}
	}()
	wait := func(match func(peer.Event) bool) {
		for e := range nodes[0].Events() {
			if match(e) {
				return
			}
		}
		b.Fatal("the session ended")
	}
	wait(func(e peer.Event) bool {
		m, ok := e.(peer.MemberChanged)
		return ok && m.State == peer.Joined && m.Path == peer.PathDirect
	})
	b.ReportAllocs()
	for b.Loop() {
		id, err := rooms[0].Send(peer.Text, "a message of the usual length, about sixty bytes of text..")
		if err != nil {
			b.Fatal(err)
		}
		wait(func(e peer.Event) bool {
			d, ok := e.(peer.Delivered)
			return ok && d.ID == id && d.Delivered == 1
		})
	}
	b.StopTimer()
	cancel()
	go func() {
		for range nodes[0].Events() {
		}
	}()
	for range 3 {
		<-done
	}
}

// cpu is the processor time a process has used.
func cpu(b *testing.B, p *proc.Process) time.Duration {
	used, err := p.CPU()
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	return used
}

// rss is the resident memory of a process in KiB.
func rss(b *testing.B, p *proc.Process) int {
	kb, err := p.RSS()
	if err != nil {
		b.Skip("no /proc here: ", err)
	}
	return kb
}
