package bench

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/test/load"
	"gochat/test/proc"
)

// What is carried: as many bytes as a full QUIC packet of a link has.
const relayedSize = 1200

// pumped is how long each relay is watched, and rounds how often.
const (
	pumped = 3 * time.Second
	rounds = 3
)

// BenchmarkRelay has the bootnode and coturn carry the same packets, one after
// the other, several times: each a process of its own, on loopback, from one
// socket to another. The processor time is that of the relay alone. Batches pass
// the kernel as few messages, which suits a relay that can take them so; one at a
// time is what a relay has from members who all send little.
//
// coturn is turnserver of the environment variable TURNSERVER or of the path.
func BenchmarkRelay(b *testing.B) {
	for b.Loop() {
		row := func(name string, open opener, start func(*testing.B, opener) (*proc.Process, pump)) relayRow {
			return relayRow{name: name, start: func(b *testing.B) (*proc.Process, pump) { return start(b, open) }}
		}
		toPeer := func(b *testing.B, open opener) (*proc.Process, pump) { return relayTURN(b, open, false) }
		both := func(b *testing.B, open opener) (*proc.Process, pump) { return relayTURN(b, open, true) }
		ours := row("gochat", load.Open, relayBootnode)
		plain := row("gochat, one at a time", load.OpenPlain, relayBootnode)
		one := row("coturn, allocation to peer", load.Open, toPeer)
		onePlain := row("coturn, to peer, one at a time", load.OpenPlain, toPeer)
		two := row("coturn, allocation to allocation", load.Open, both)
		all := []*relayRow{&ours, &plain}
		if turnserver() == "" {
			line := strings.Repeat("*", 72)
			b.Logf("\n%s\n** NOT COMPARED: there is no coturn (turnserver) here; apt-get install coturn, or TURNSERVER\n%s", line, line)
		} else {
			all = append(all, &one, &onePlain, &two)
		}
		for range rounds {
			for _, r := range all {
				r.run(b)
			}
		}
		for _, r := range all {
			b.Logf("%-33s %8.0f packets/s %7.1f MB/s %6.1f µs of processor time a packet %5.2f %% lost   × %.2f the packets, × %.2f the time of gochat",
				r.name, r.perSecond(), r.perSecond()*relayedSize/1e6, r.each(), r.lost(), r.perSecond()/ours.perSecond(), r.each()/ours.each())
		}
		b.ReportMetric(ours.perSecond(), "packets/s")
		b.ReportMetric(ours.each(), "cpu-us/packet")
		if len(all) > 2 {
			b.ReportMetric(one.perSecond(), "coturn-packets/s")
			b.ReportMetric(one.each(), "coturn-cpu-us/packet")
		}
	}
}

// opener opens a port of members.
type opener func() (*load.Port, error)

// pump sends for a time.
type pump func(time.Duration) load.Carried

// relayRow is what one relay did in all rounds.
type relayRow struct {
	name    string
	start   func(*testing.B) (*proc.Process, pump)
	carried load.Carried
	used    time.Duration
}

func (r *relayRow) run(b *testing.B) {
	p, send := r.start(b)
	defer p.Kill()
	send(pumped / 10) // warm
	before := cpu(b, p)
	c := send(pumped)
	r.used += cpu(b, p) - before
	if c.Arrived == 0 {
		b.Fatalf("%s carries nothing", r.name)
	}
	r.carried.Sent += c.Sent
	r.carried.Arrived += c.Arrived
	r.carried.Took += c.Took
}

func (r *relayRow) perSecond() float64 { return float64(r.carried.Arrived) / r.carried.Took.Seconds() }
func (r *relayRow) each() float64 {
	return float64(r.used.Microseconds()) / float64(r.carried.Arrived)
}
func (r *relayRow) lost() float64 {
	return 100 * float64(r.carried.Sent-r.carried.Arrived) / float64(r.carried.Sent)
}

func ports(b *testing.B, open opener) (from, to *load.Port) {
	var ps [2]*load.Port
	for i := range ps {
		p, err := open()
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(p.Close)
		ps[i] = p
	}
	return ps[0], ps[1]
}

func relayBootnode(b *testing.B, open opener) (*proc.Process, pump) {
	addr := freeAddr(b)
	p := proc.StartText(b, "bootnode", exec.Command(binary, "--mode", "bootnode", "--listen", addr, "--listen-ws", "off",
		"--relay-rate", "1000GB", "--relay-burst", "1000GB", "--data-dir", b.TempDir()))
	p.WaitStderr(0, patience, "bootnode listens")
	from, to := ports(b, open)
	at, tag := netip.MustParseAddrPort(addr), crypto.RoomTag{1}
	var members [2]*load.Relayed
	for i, port := range []*load.Port{from, to} {
		m, err := load.Join(port, at, tag)
		if err != nil {
			b.Fatal(err)
		}
		members[i] = m
	}
	dst, fill := members[0].Relay(members[1], relayedSize)
	return p, func(d time.Duration) load.Carried { return from.Pump(dst, to, fill, d) }
}

func turnserver() string {
	if path := os.Getenv("TURNSERVER"); path != "" {
		return path
	}
	path, _ := exec.LookPath("turnserver")
	return path
}

// relayTURN starts coturn without passwords, TLS and quotas. In both directions
// there is one relay in between: with both, each member has an allocation, as when
// neither takes packets from outside.
func relayTURN(b *testing.B, open opener, both bool) (*proc.Process, pump) {
	dir, addr := b.TempDir(), freeAddr(b)
	at := netip.MustParseAddrPort(addr)
	p := proc.StartText(b, "coturn", exec.Command(turnserver(), "-n", "--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1",
		"--listening-port", fmt.Sprint(at.Port()), "--no-auth", "--no-tls", "--no-dtls", "--no-cli", "--allow-loopback-peers", "--no-multicast-peers",
		"--no-rfc5780", "--log-file", filepath.Join(dir, "log"), "--simple-log", "--pidfile", filepath.Join(dir, "pid"), "--userdb", filepath.Join(dir, "db")))
	from, to := ports(b, open)
	peer := to.Addr()
	if both {
		relayed, err := to.TURN(at, netip.AddrPort{})
		if err != nil {
			b.Fatal("coturn: ", err)
		}
		peer = relayed
	}
	relayed, err := from.TURN(at, peer)
	if err != nil {
		b.Fatal("coturn: ", err)
	}
	if both {
		if err := to.Bind(at, relayed); err != nil {
			b.Fatal("coturn: ", err)
		}
	}
	fill := load.ChannelData(relayedSize)
	return p, func(d time.Duration) load.Carried { return from.Pump(at, to, fill, d) }
}
