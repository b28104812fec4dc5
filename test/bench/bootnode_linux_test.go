package bench

import (
	"context"
	"flag"
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/test/load"
	"gochat/test/proc"
)

var (
	members  = flag.Int("members", 10_000, "members of the bootnode")
	roomSize = flag.Int("room", 50, "members in each of its rooms")
	beat     = flag.Duration("beat", bootnode.DefaultHeartbeat, "time between two beats of a member")
)

// flooded is how long floods are watched; beats are for two of their intervals.
const flooded = 3 * time.Second

// BenchmarkBootnode registers members at a bootnode, a process of its own, and
// watches it answer their beats: at the pace of the members, then as fast as it
// can. A plain UDP echo, another process, answers the same beats beside it.
func BenchmarkBootnode(b *testing.B) {
	for b.Loop() {
		boot, at := bootnodeProcess(b)
		idle := memory(b, boot)
		fleet, err := load.New(load.Config{Bootnode: at, Members: *members, Room: *roomSize})
		if err != nil {
			b.Fatal(err)
		}
		defer fleet.Close()
		begun, used := time.Now(), cpu(b, boot)
		ctx, cancel := context.WithTimeout(b.Context(), time.Minute+time.Duration(*members)*2*time.Millisecond)
		defer cancel()
		if err := fleet.Register(ctx, *beat); err != nil {
			b.Fatal(err)
		}
		b.Logf("%d members in rooms of %d, a beat in %v: registered in %.0f s, %.0f µs of the bootnode's processor time each", *members, *roomSize, *beat,
			time.Since(begun).Seconds(), float64((cpu(b, boot)-used).Microseconds())/float64(*members))

		pace := int(float64(*members) / beat.Seconds())
		b.Logf("at the members' own pace, %d beats/s:", pace)
		row := watch(b, "bootnode", boot, func() load.Result { return beats(b, fleet, at, pace) })
		grown := memory(b, boot) - idle
		b.Logf("memory: %.1f MB idle, %.0f bytes a member", float64(idle)/1e6, float64(grown)/float64(*members))
		b.ReportMetric(float64(grown)/float64(*members), "B/member")
		b.ReportMetric(row.cores*100_000/float64(*members)*beat.Seconds()/bootnode.DefaultHeartbeat.Seconds(), "cores/100k")
		b.ReportMetric(float64(row.p99.Microseconds()), "µs-p99")
		b.Log("as fast as they are answered:")
		row = watch(b, "bootnode", boot, func() load.Result { return flood(b, fleet, at) })
		b.ReportMetric(row.perSecond, "beats/s")
		boot.Kill()

		b.Log("a plain echo at the same pace, then as fast as it can:")
		echo, echoAt := echoProcess(b)
		watch(b, "echo", echo, func() load.Result { return beats(b, fleet, echoAt, pace) })
		row = watch(b, "echo", echo, func() load.Result { return flood(b, fleet, echoAt) })
		b.ReportMetric(row.perSecond, "echoes/s")
	}
}

func bootnodeProcess(b *testing.B) (*proc.Process, netip.AddrPort) {
	addr := freeAddr(b)
	p := proc.StartText(b, "bootnode", exec.Command(binary, "--mode", "bootnode", "--listen", addr, "--data-dir", b.TempDir(),
		"--heartbeat-interval", beat.String(), "--peer-timeout", (*beat*3/2).String()))
	p.WaitStderr(0, patience, "bootnode listens")
	return p, netip.MustParseAddrPort(addr)
}

func echoProcess(b *testing.B) (*proc.Process, netip.AddrPort) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), echoEnv+"=1")
	p := proc.StartText(b, "echo", cmd)
	said := p.Wait(patience, "the echo's address", func(proc.Event) bool { return true })
	return p, netip.MustParseAddrPort(string(said.Raw))
}

// row is what one process did.
type row struct {
	perSecond, cores float64
	p99              time.Duration
}

// watch logs what a process does with beats.
func watch(b *testing.B, name string, p *proc.Process, beat func() load.Result) row {
	before := cpu(b, p)
	r := beat()
	used := cpu(b, p) - before
	if r.Answered == 0 {
		b.Fatalf("%s: no answer", name)
	}
	slices.Sort(r.Delays)
	at := func(percent int) time.Duration { return r.Delays[(len(r.Delays)-1)*percent/100] }
	out := row{float64(r.Answered) / r.Took.Seconds(), used.Seconds() / r.Took.Seconds(), at(99)}
	b.Logf("%-9s %8.0f/s answered, %.2f %% lost, %.1f µs of processor time each (%.3f cores), delay p50 %v p99 %v",
		name, out.perSecond, 100*float64(r.Sent-r.Answered)/float64(max(1, r.Sent)),
		float64(used.Microseconds())/float64(r.Answered), out.cores, at(50).Round(time.Microsecond), out.p99.Round(time.Microsecond))
	return out
}

func beats(b *testing.B, f *load.Fleet, to netip.AddrPort, pace int) load.Result {
	ctx, cancel := context.WithTimeout(b.Context(), 2**beat)
	defer cancel()
	return f.Beat(ctx, to, pace)
}

func flood(b *testing.B, f *load.Fleet, to netip.AddrPort) load.Result {
	ctx, cancel := context.WithTimeout(b.Context(), flooded)
	defer cancel()
	return f.Flood(ctx, to)
}

// memory is what a process has in use, in bytes.
func memory(b *testing.B, p *proc.Process) int {
	kib, err := p.RSS()
	if err != nil {
		b.Skip(err)
	}
	return kib << 10
}
