package natlab

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// full asks for the whole matrix; without it a few cells stand for it.
var full = os.Getenv("NATLAB_FULL") == "1"

var update = flag.Bool("update", false, "write the measured matrix to docs/NAT.md")

// line is a measured cell, as the tables tell it.
type line struct {
	a, b string // networks; or a scenario, and nothing
	outcome
}

// report collects the lines of the two tables.
var report struct {
	sync.Mutex
	pairs, scenarios []line
}

// record adds a pair, or a scenario.
func record(list *[]line, a, b string, o outcome) {
	report.Lock()
	defer report.Unlock()
	*list = append(*list, line{a, b, o})
}

// between replaces what stands between the markers of a document.
func between(document, marker, text string) error {
	old, err := os.ReadFile(document)
	if err != nil {
		return err
	}
	begin, end := "<!-- measured: "+marker+" -->", "<!-- end of "+marker+" -->"
	before, rest, ok := strings.Cut(string(old), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		return fmt.Errorf("%s has no place for what %s measures", document, marker)
	}
	return os.WriteFile(document, []byte(before+begin+"\n\n"+text+"\n"+end+after), 0o644)
}

func tables() string {
	var b strings.Builder
	names := kinds
	load, _ := os.ReadFile("/proc/loadavg")
	fmt.Fprintf(&b, "On %s, %d cores, load average at the end %.4s.\n\n", time.Now().UTC().Format(time.DateOnly), runtime.NumCPU(), load)
	b.WriteString("### Which path each pair ends on\n\n| |")
	for _, k := range names {
		fmt.Fprintf(&b, " %s |", title(k))
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(names)) + "\n")
	for i, a := range names {
		fmt.Fprintf(&b, "| **%s** |", title(a))
		for j, c := range names {
			if j < i {
				b.WriteString(" |")
				continue
			}
			fmt.Fprintf(&b, " %s |", pathOf(a, c))
		}
		b.WriteString("\n")
	}
	b.WriteString("\n### Times\n\n| pair | path | first message | direct | lost | probes |\n|---|---|---|---|---|---|\n")
	for _, l := range report.pairs {
		fmt.Fprintf(&b, "| %s × %s | %s | %s | %s | %d of %d | %d |\n",
			title(l.a), title(l.b), l.tier, ms(l.first), ms(l.direct), l.lost, l.sent, l.probes)
	}
	b.WriteString("\n### Scenarios\n\n| scenario | path | first message | direct | lost | what happened |\n|---|---|---|---|---|---|\n")
	for _, l := range report.scenarios {
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %d of %d | %s |\n",
			l.a, l.tier, ms(l.first), ms(l.direct), l.lost, l.sent, l.note)
	}
	return b.String()
}

func pathOf(a, b string) string {
	for _, l := range report.pairs {
		if l.a == a && l.b == b {
			return l.tier
		}
	}
	return ""
}

// title is the name of a kind of network in the tables.
func title(kind string) string {
	return map[string]string{
		FullCone: "full cone", AddressRestricted: "address-restricted", PortRestricted: "port-restricted",
		Symmetric: "symmetric", SymmetricBlock: "sym. block", SymmetricSequential: "sym. sequential",
		SymmetricAddress: "sym. by address", UDPDrop: "UDP dropped", UDPReject: "UDP rejected", public: "public",
	}[kind]
}

// finish writes the document if the whole matrix has passed.
func finish(m *testing.M) int {
	code := m.Run()
	if !*update || !full || code != 0 {
		return code
	}
	if len(report.pairs) < len(kinds)*(len(kinds)+1)/2 {
		fmt.Fprintln(os.Stderr, "-update: the whole matrix must run")
		return 1
	}
	if err := between("../../docs/NAT.md", "make natlab", tables()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
