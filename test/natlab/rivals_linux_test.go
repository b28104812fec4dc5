package natlab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// rival is a program that does the job of the first message, by its lines of
// text (test/rivals/README.md).
type rival struct{ name, binary string }

// meeting is what became of two members in one cell.
type meeting struct {
	first  time.Duration // from the second one's start until the first one has its message; 0 if never
	direct time.Duration // from the same start until both are on a direct path; 0 if never
}

// duel is a cell in which the systems are compared.
type duel struct {
	name   string
	a, b   string        // kinds of network; b "" is a's own
	watch  time.Duration // for a direct path
	repeat int
}

var duels = []duel{
	{"port-restricted × port-restricted", PortRestricted, PortRestricted, 8 * time.Second, 3},
	{"symmetric × port-restricted", Symmetric, PortRestricted, 10 * time.Second, 3},
	{"symmetric × symmetric", Symmetric, Symmetric, 3 * time.Second, 3},
	{"one home", PortRestricted, "", 8 * time.Second, 3},
	{"UDP dropped × port-restricted", UDPDrop, PortRestricted, 3 * time.Second, 3},
}

// firstWithin is how long a rival may take for its first message.
const firstWithin = 10 * time.Second

// TestRivals has gochat and others do the same job in the same networks, one
// after the other. It asserts nothing about the others.
func TestRivals(t *testing.T) {
	if os.Getenv("NATLAB_RIVALS") != "1" {
		t.Skip("NATLAB_RIVALS=1 runs it: make bench-rivals")
	}
	rivals := []rival{buildRival(t, "pionice", "pion/ice"), buildRival(t, "libp2p", "go-libp2p")}
	w := newCells(t, Flat)
	got := map[string]map[string][]meeting{} // by duel and system
	for _, d := range duels {
		got[d.name] = map[string][]meeting{}
		for round := range d.repeat {
			t.Run(fmt.Sprintf("%s/%d", d.name, round+1), func(t *testing.T) {
				w := w.in(t)
				nodeA, nodeB := w.place("A", d.a), "a2"
				if d.b != "" {
					nodeB = w.place("B", d.b)
				}
				note := func(system string, m meeting) {
					got[d.name][system] = append(got[d.name][system], m)
					t.Logf("%s: first message %s, direct %s", system, ms(m.first), ms(m.direct))
				}
				note("gochat", w.own(nodeA, nodeB, d))
				for _, r := range rivals {
					for _, router := range []string{"A", "B"} {
						w.Restart(router)
					}
					note(r.name, r.meet(w, nodeA, nodeB, d))
				}
			})
		}
	}
	table := rivalTable(got, rivals)
	t.Logf("\n%s", table)
	if *update {
		if err := between("../../docs/BENCHMARKS.md", "make bench-rivals", table); err != nil {
			t.Fatal(err)
		}
	}
}

// buildRival builds the program in a module of its own.
func buildRival(t *testing.T, folder, name string) rival {
	t.Helper()
	binary := filepath.Join(proc.Dir(), folder)
	c := exec.Command("go", "build", "-o", binary, ".")
	c.Dir = filepath.Join("..", "rivals", folder)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("build %s: %v: %s", folder, err, out)
	}
	return rival{name, binary}
}

// meet starts the rival's server and its two members.
func (r rival) meet(w *world, nodeA, nodeB string, d duel) (m meeting) {
	w.t.Helper()
	// Only for this meeting: each starts with nothing known.
	ended := []*proc.Process{}
	start := func(node, role string) *proc.Process {
		p := proc.StartText(w.t, r.name+" "+role, w.Command(node, r.binary, role, serverIP.String()))
		ended = append(ended, p)
		return p
	}
	defer func() {
		for _, p := range ended {
			p.Kill()
			p.Exit(patience)
		}
	}()
	start("srv", "server").Wait(patience, "the server", proc.Line("listening"))
	a := start(nodeA, "first")
	if _, ok := a.Saw(firstWithin, proc.Line("registered")); !ok {
		return m
	}
	begin := time.Now()
	b := start(nodeB, "second")
	e, ok := a.Saw(firstWithin, proc.Line("message"))
	if !ok {
		return m
	}
	m.first = e.At.Sub(begin)
	direct := func(p *proc.Process) (proc.Event, bool) {
		return p.Saw(time.Until(e.At.Add(d.watch)), proc.Line("path direct"))
	}
	if ea, ok := direct(a); ok {
		if eb, ok := direct(b); ok {
			m.direct = max(ea.At.Sub(begin), eb.At.Sub(begin))
		}
	}
	return m
}

// own has gochat do the same.
func (w *world) own(nodeA, nodeB string, d duel) (m meeting) {
	w.t.Helper()
	k := &talk{t: w.t, number: talks.Add(1), a: w.start(nodeA, "alice")}
	defer k.quit()
	if _, ok := k.a.Saw(absentAfter, proc.Registered); !ok {
		return m
	}
	begin := time.Now()
	k.b = w.start(nodeB, "bob")
	k.say(k.b)
	e, ok := k.a.Saw(firstWithin, proc.Message(k.text(k.b, 1)))
	if !ok {
		return m
	}
	m.first = e.At.Sub(begin)
	for time.Since(e.At) < d.watch && k.tier() != tierDirect {
		time.Sleep(10 * time.Millisecond)
	}
	if k.tier() == tierDirect {
		m.direct = k.directSince(begin)
	}
	return m
}

// rivalTable shows medians, and how many times as long as gochat a rival takes.
func rivalTable(got map[string]map[string][]meeting, rivals []rival) string {
	systems := []string{"gochat"}
	for _, r := range rivals {
		systems = append(systems, r.name)
	}
	var b strings.Builder
	for _, what := range []struct {
		name string
		of   func(meeting) time.Duration
	}{
		{"first message", func(m meeting) time.Duration { return m.first }},
		{"direct path", func(m meeting) time.Duration { return m.direct }},
	} {
		fmt.Fprintf(&b, "| %s | %s |\n|---|%s\n", what.name, strings.Join(systems, " | "), strings.Repeat("---|", len(systems)))
		for _, d := range duels {
			fmt.Fprintf(&b, "| %s |", d.name)
			own := middle(got[d.name]["gochat"], what.of)
			for _, s := range systems {
				t := middle(got[d.name][s], what.of)
				fmt.Fprintf(&b, " %s", ms(t))
				if s != "gochat" && t > 0 && own > 0 {
					fmt.Fprintf(&b, " (× %.1f)", float64(t)/float64(own))
				}
				b.WriteString(" |")
			}
			b.WriteString("\n")
		}
		b.WriteString("\n")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// middle is the median; what never came is longer than everything, and 0.
func middle(of []meeting, pick func(meeting) time.Duration) time.Duration {
	const never = 1<<63 - 1
	var times []time.Duration
	for _, m := range of {
		t := pick(m)
		if t == 0 {
			t = never
		}
		times = append(times, t)
	}
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	if t := times[len(times)/2]; t != never {
		return t
	}
	return 0
}
