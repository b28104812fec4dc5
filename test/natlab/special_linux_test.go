package natlab

import (
	"net/netip"
	"testing"
	"time"

	"gochat/test/proc"
)

// scenario is a cell of the matrix that is no mere pair of networks.
type scenario struct {
	name     string
	goal     string // the best tier it allows
	topology Topology
	options  []Option
	b        string // bob's node, if not b
	args     []string
	smoke    bool                                  // in every run
	prepare  func(w *world)                        // before anybody starts
	change   func(w *world, k *talk) (note string) // under way
}

var scenarios = []scenario{
	{name: "one home", goal: tierDirect, b: "a2", smoke: true,
		prepare: func(w *world) { w.NAT("A", Symmetric) }}, // only the LAN can be direct
	{name: "guests kept apart in one home, hairpin", goal: tierDirect, b: "a2",
		prepare: func(w *world) { w.Isolate(); w.NAT("A", PortRestricted, Hairpin()) }},
	{name: "guests kept apart in one home, no hairpin", goal: tierUDP, b: "a2",
		prepare: func(w *world) { w.Isolate() }},
	{name: "two homes behind one carrier's NAT, hairpin", goal: tierDirect, topology: CGN, smoke: true,
		prepare: func(w *world) { w.NAT("cgn", PortRestricted, Hairpin()) }},
	{name: "two homes behind one carrier's NAT, no hairpin", goal: tierUDP, topology: CGN},
	{name: "home behind a carrier's NAT × public", goal: tierDirect, topology: CGN, b: "p"},
	{name: "IPv6 through firewalls, IPv4 symmetric", goal: tierDirect, options: []Option{IPv6()}, smoke: true,
		prepare: func(w *world) { w.NAT("A", Symmetric); w.NAT("B", Symmetric) }},
	{name: "one router answers strangers itself (clash)", goal: tierDirect,
		prepare: func(w *world) { w.NAT("A", PortRestricted, WANInput("accept")) }},
	{name: "both routers answer strangers themselves (clash)", goal: tierDirect,
		prepare: func(w *world) {
			w.NAT("A", PortRestricted, WANInput("accept"))
			w.NAT("B", PortRestricted, WANInput("accept"))
		}},
	{name: "two hosts behind one NAT on one local port", goal: tierDirect, args: []string{"--port", "4545"},
		prepare: func(w *world) {
			w.start("a2", "carol", "--port", "4545").Wait(patience, "carol to register", proc.Registered)
		}},
	{name: "symmetric router that maps ports on request × port-restricted", goal: tierDirect,
		prepare: (*world).mapsPorts},
	{name: "mappings expire in silence", goal: tierDirect, change: silentFor(8 * time.Second),
		prepare: func(w *world) {
			w.MappingTimeout("A", 3*time.Second)
			w.MappingTimeout("B", 3*time.Second)
		}},
	{name: "one NAT restarts", goal: tierDirect, smoke: true,
		change: underLoad(tierDirect, func(w *world) { w.Restart("A") })},
	{name: "both NATs restart", goal: tierDirect,
		change: underLoad(tierDirect, func(w *world) { w.Restart("A"); w.Restart("B") })},
	{name: "one host moves to another network", goal: tierDirect, smoke: true,
		change: underLoad(tierDirect, func(w *world) { w.Move("a", "C") })},
	{name: "both hosts move at once", goal: tierDirect,
		change: underLoad(tierDirect, func(w *world) { w.Move("a", "C"); w.Move("b", "A") })},
	{name: "one network blocks UDP", goal: tierTCP,
		change: underLoad(tierTCP, func(w *world) { w.NAT("A", UDPDrop) })},
}

// mapsPorts has router A map ports by PCP, NAT-PMP and UPnP. Its daemon refuses
// outside addresses of documentation, so the Internet gets others.
func (w *world) mapsPorts() {
	w.t.Helper()
	for node, line := range map[string]string{
		"srv": "addr add 5.5.5.1/24 dev eth0", "natA": "addr add 5.5.5.10/24 dev wan", "natB": "addr add 5.5.5.20/24 dev wan",
	} {
		lines := []string{line}
		if node != "srv" {
			lines = []string{"addr flush dev wan", line}
		}
		if err := w.ip(node, lines...); err != nil {
			w.t.Fatal(err)
		}
	}
	at := netip.MustParseAddrPort("5.5.5.1:9605")
	w.serve(w.t.TempDir(), at)
	w.bootnodes = at.String()
	w.NAT("A", Symmetric)
	w.IGD("A", AllMapping)
}

func TestScenarios(t *testing.T) {
	if !full { // else the times are for a document
		t.Parallel()
	}
	for _, s := range scenarios {
		if !s.smoke && !full {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			w := newCells(t, s.topology, s.options...)
			if s.prepare != nil {
				s.prepare(w)
			}
			if s.b == "" {
				s.b = "b"
			}
			k, o := w.introduce("a", s.b, s.goal, s.args...)
			if s.change != nil {
				o.note = s.change(w, k)
				o.tier = k.tier()
			}
			k.settle(&o)
			o.check(t, s.goal)
			record(&report.scenarios, s.name, "", o)
		})
	}
}

// Under load: how long it is watched at least after the change, and how long
// a direct path is waited for.
const (
	watched    = 6 * time.Second
	backWithin = time.Minute
)

// underLoad makes a change in the middle of a talk, after which the pair gets
// back to a tier, and tells how long one side heard nothing, and after what
// time both were on a direct path again.
func underLoad(tier string, change func(w *world)) func(*world, *talk) string {
	return func(w *world, k *talk) string {
		k.steadily(time.Second)
		change(w)
		changed := time.Now()
		k.until(backWithin, func() bool { return time.Since(changed) > watched && k.tier() == tier })
		note := "longest silence " + ms(k.silence(changed))
		if d := k.directSince(changed); d > 0 {
			note += ", direct again after " + ms(d)
		}
		return note
	}
}

// silentFor lets nobody say anything for d; then both speak at once.
func silentFor(d time.Duration) func(*world, *talk) string {
	return func(_ *world, k *talk) string {
		time.Sleep(d)
		start := time.Now()
		k.say(k.a)
		k.say(k.b)
		for _, p := range []*proc.Process{k.a, k.b} {
			p.Wait(patience, "the first message after silence", func(e proc.Event) bool {
				return k.heard(p, e) && e.At.After(start)
			})
		}
		after := k.silence(start)
		k.until(backWithin, func() bool { return time.Since(start) > time.Second && k.tier() == tierDirect })
		return "first messages after 8 s of silence: " + ms(after)
	}
}
