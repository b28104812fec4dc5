package natlab

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"gochat/test/proc"
)

// The tiers a pair can end on, best first.
const (
	tierDirect = "direct"
	tierUDP    = "relay"
	tierTCP    = "relay/tcp"
	tierNone   = "none" // no link
)

var tiers = []string{tierDirect, tierUDP, tierTCP, tierNone}

// worse tells whether tier a is worse than b.
func worse(a, b string) bool { return slices.Index(tiers, a) > slices.Index(tiers, b) }

// outcome is what was measured in one cell of the matrix.
type outcome struct {
	tier   string
	first  time.Duration // from bob's start until alice has his first message
	direct time.Duration // from bob's registration, when both learn of each other, until both are direct; 0 if never
	sent   int           // messages, both ways
	lost   int
	probes int    // on the public Internet
	note   string // what the scenario measured besides
}

// Waiting for a direct path where there can be one, and watching that there is
// none where there cannot.
const (
	reachWithin = ladderWithin
	absentAfter = 2 * time.Second
)

// newCells is a world whose members have run once, so that the room's key is cached.
func newCells(t testing.TB, topology Topology, options ...Option) *world {
	t.Helper()
	home := filepath.Join(proc.Dir(), "boot") // of every bootnode in turn: members remember its key
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	w := newWorldWith(t, home, topology, append(options, Delay(25*time.Millisecond), Hops(6))...)
	warm(w)
	return w
}

// The first world warms up for all.
var warmUp sync.Once

func warm(w *world) {
	w.t.Helper()
	warmUp.Do(func() {
		var members []*proc.Process
		for _, nick := range []string{"alice", "bob", "carol"} {
			home := filepath.Join(proc.Dir(), nick)
			if err := os.Mkdir(home, 0o700); err != nil {
				w.t.Fatal(err)
			}
			p := w.client("p", nick, cellRoom, home)
			p.Wait(patience, nick+" to register", proc.Registered)
			members = append(members, p)
		}
		for _, p := range members {
			p.Do(map[string]any{"cmd": "quit"})
			p.Exit(patience)
		}
	})
}

const cellRoom = "matrix"

// start starts the next run of a member, which has one home in all worlds.
func (w *world) start(node, nick string, args ...string) *proc.Process {
	w.t.Helper()
	return w.client(node, nick, cellRoom, filepath.Join(proc.Dir(), nick), args...)
}

// secondServer starts a bootnode on srv's other address, which tells
// address-dependent mapping from endpoint-independent.
func (w *world) secondServer() {
	w.t.Helper()
	at := netip.AddrPortFrom(serverIP2, 9605)
	w.serve(w.t.TempDir(), at)
	w.bootnodes += "," + at.String()
}

// introduce starts alice, then bob, and measures until each has a message of
// the other; both were said without waiting for anything. The conversation
// goes on until both are on the best tier that is to be expected.
func (w *world) introduce(nodeA, nodeB, goal string, args ...string) (*talk, outcome) {
	w.t.Helper()
	probes := w.Probes()
	k := &talk{t: w.t, number: talks.Add(1), a: w.start(nodeA, "alice", args...)}
	k.a.Wait(patience, "alice to register", proc.Registered)
	k.say(k.a)
	begin := time.Now()
	k.b = w.start(nodeB, "bob", args...)
	k.say(k.b)
	heard := k.a.Wait(patience, "bob's first message", proc.Message(k.text(k.b, 1))).At
	patient := absentAfter
	if goal == tierDirect {
		patient = reachWithin
	}
	k.until(patient, func() bool { return k.tier() == tierDirect })
	o := outcome{first: heard.Sub(begin), tier: k.tier(), probes: w.Probes() - probes}
	if o.tier == tierDirect {
		o.direct = k.directSince(k.b.Wait(0, "bob's registration", proc.Registered).At)
	}
	return k, o
}

// settle checks the end of a cell and completes its outcome.
func (k *talk) settle(o *outcome) {
	k.t.Helper()
	o.sent, o.lost = k.reckon()
	k.quit()
	if o.lost > 0 {
		k.t.Errorf("%d of %d messages were lost", o.lost, o.sent)
	}
}

// check compares a cell's tier with what the networks allow.
func (o outcome) check(t testing.TB, goal string) {
	t.Helper()
	if worse(o.tier, goal) {
		t.Errorf("ended on %s, want %s", o.tier, goal)
	}
	t.Log(o)
}

func (o outcome) String() string {
	return fmt.Sprintf("%s, first message %s, direct %s, %d of %d messages lost, %d probes; %s",
		o.tier, ms(o.first), ms(o.direct), o.lost, o.sent, o.probes, cmp.Or(o.note, "nothing else"))
}

// ms is a duration in milliseconds, or a dash.
func ms(d time.Duration) string {
	if d == 0 {
		return "–"
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}
