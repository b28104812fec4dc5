package nodelab

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"gochat/bootnode/engine"
	"gochat/test/natlab"
)

// operator is a bootnode of its own operator.
type operator struct {
	*node
	key   string // of the node
	allow string // a file
}

// operator adds a bootnode that lets others in, if it is told whom.
func (w *world) operator(host, ip string, args ...string) *operator {
	w.t.Helper()
	dir := w.t.TempDir()
	o := &operator{allow: filepath.Join(dir, "allow")}
	file := filepath.Join(dir, "node.nk")
	key, err := engine.LoadNodeKey(file)
	if err != nil {
		w.t.Fatal(err)
	}
	o.key = key.ID().String()
	o.node = w.node(host, ip, append([]string{"--node-key", file}, args...)...)
	return o
}

// admit writes who may come.
func (o *operator) admit(others ...*operator) {
	o.w.t.Helper()
	text := "# nobody else\n"
	for _, x := range others {
		text += x.key + "\n"
	}
	if err := os.WriteFile(o.allow, []byte(text), 0o600); err != nil {
		o.w.t.Fatal(err)
	}
}

// hub has the node listen for those it admits.
func (o *operator) hub(others ...*operator) {
	o.admit(others...)
	o.args = append(o.args, "--fed-listen", fmt.Sprint(o.ip, ":", fedPort), "--fed-allow", o.allow)
}

var pinLogged = regexp.MustCompile(` pin=([0-9a-f]{64})`)

// under has the node dial a hub, which must have started.
func (o *operator) under(hub *operator) {
	o.w.t.Helper()
	hub.now.WaitStderr(0, patience, " pin=")
	pin := pinLogged.FindStringSubmatch(hub.now.Stderr())
	if pin == nil {
		o.w.t.Fatalf("%s: no pin in the log: %s", hub.host, hub.now.Stderr())
	}
	o.args = append(o.args, "--uplink", fmt.Sprint("wss://", hub.ip, ":", fedPort), "--uplink-pin", pin[1])
}

// Three operators in a chain, two of them behind one NAT, and a stranger. The
// last one is banned and comes back.
func TestFederation(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute of talk")
	}
	t.Parallel()
	w := newWorld(t, natlab.Flat, natlab.Loss(0.02), natlab.Delay(5*time.Millisecond))
	a, b, c := w.operator("srv", "203.0.113.1"), w.operator("a", "192.168.1.2"), w.operator("a2", "192.168.1.3")
	stranger := w.operator("q", "203.0.113.50")
	a.hub(b)
	a.start()
	b.hub(c)
	b.under(a)
	b.start()
	c.under(b)
	c.start()
	stranger.under(a)
	stranger.start()

	for _, m := range []struct {
		host, nick string
		n          *operator
	}{{"p", "ann", a}, {"b", "abe", a}, {"a", "bea", b}, {"a2", "ben", b}, {"a2", "cid", c}, {"a", "cal", c}} {
		w.join(m.host, m.nick, "chain", m.n.node, "--relay-only")
	}
	dan := w.join("q", "dan", "chain", stranger.node, "--relay-only")
	w.members = w.members[:len(w.members)-1] // who will meet nobody
	w.meet()
	stop := w.talk(sayEvery)

	all := w.pairs()
	crossing, among := split(all, func(p pair) bool { return (p.by.node == c.node) != (p.of.node == c.node) })
	begin := time.Now()
	b.admit()
	b.now.Signal(syscall.SIGHUP)
	w.becomes(begin, leaveWithin, "left", crossing)
	time.Sleep(5 * time.Second) // several attempts of the banned node
	w.saw(begin, "left", crossing)

	again := time.Now()
	b.admit(c)
	b.now.Signal(syscall.SIGHUP)
	w.becomes(again, returnWithin, "joined", crossing)
	w.returned(again, crossing)
	w.saw(begin, "", among)
	stop()
	w.allEqual(patience)

	dan.ReadyKey()
	for _, e := range dan.Events() {
		if e.Type() == "peer" {
			t.Errorf("a member at a node that nobody let in: %s", e.Raw)
		}
	}
	if log := a.now.Stderr(); !strings.Contains(log, stranger.key) {
		t.Errorf("the hub does not say whom it refused: %.3000s", log)
	}
}
