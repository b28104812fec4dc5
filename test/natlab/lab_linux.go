package natlab

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Topology is one of the networks drawn in the package comment.
type Topology int

// The topologies.
const (
	Flat Topology = iota
	CGN
	Public
)

// Lab is a network of namespaces that lives as long as its test.
type Lab struct {
	t      testing.TB
	prefix string
	nodes  []string
	opt    settings
	bridge *bridge           // of an impaired lab
	home   map[string]string // whose router each movable host is behind
}

type settings struct {
	impair Impairment
	ipv6   bool
	hosts  int
}

// Option changes how a lab is built.
type Option func(*settings)

// Delay is the one-way delay between any two public interfaces.
func Delay(d time.Duration) Option { return func(s *settings) { s.impair.Delay = d } }

// Jitter adds up to d to the delay of each packet, without reordering.
func Jitter(d time.Duration) Option { return func(s *settings) { s.impair.Jitter = d } }

// Loss drops IP packets between public interfaces with this probability.
func Loss(p float64) Option { return func(s *settings) { s.impair.Loss = p } }

// Hops is how many routers seem to lie between any two public interfaces.
func Hops(n int) Option { return func(s *settings) { s.impair.Hops = n } }

// IPv6 gives srv, a and b global IPv6 addresses; natA and natB then are
// stateful IPv6 firewalls without translation. Flat only.
func IPv6() Option { return func(s *settings) { s.ipv6 = true } }

// Hosts is how many hosts, h1 and so on, a Public lab has besides srv, p and q.
func Hosts(n int) Option { return func(s *settings) { s.hosts = n } }

var labs atomic.Int64

// New builds a lab with all homes, if any, behind port-restricted cone NATs. It skips
// the test, loudly, where namespaces cannot be made.
func New(t testing.TB, topology Topology, options ...Option) *Lab {
	t.Helper()
	require(t)
	l := &Lab{t: t, prefix: fmt.Sprintf("%s%d-%d-", namePrefix, os.Getpid(), labs.Add(1)),
		home: map[string]string{"a": "A", "a2": "A", "b": "B"}}
	for _, o := range options {
		o(&l.opt)
	}
	t.Cleanup(l.remove)
	if err := l.build(topology); err != nil {
		t.Fatalf("build the lab: %v", err)
	}
	var routers []string
	switch topology {
	case Flat:
		routers = []string{"A", "B", "C"}
	case CGN:
		routers = []string{"A", "B", "C", "cgn"}
	}
	for _, r := range routers {
		l.NAT(r, PortRestricted)
	}
	return l
}

func (l *Lab) remove() {
	for _, n := range l.nodes {
		if err := removeNamespace(l.namespace(n)); err != nil {
			l.t.Errorf("remove the lab: %v", err)
		}
	}
}

func (l *Lab) namespace(node string) string { return l.prefix + node }

// Command is a program that will run inside a node: a, a2, b, p, q, srv or one of Hosts.
func (l *Lab) Command(node, binary string, args ...string) *exec.Cmd {
	return exec.Command("ip", append([]string{"netns", "exec", l.namespace(node), binary}, args...)...)
}

// ServerAddr is where a bootnode on srv is to listen.
func (l *Lab) ServerAddr() netip.AddrPort {
	return netip.AddrPortFrom(serverIP, 9595)
}

// Rules loads nftables rules into a node.
func (l *Lab) Rules(node, rules string) {
	l.t.Helper()
	if err := run(rules, "ip", "netns", "exec", l.namespace(node), "nft", "-f", "-"); err != nil {
		l.t.Fatal(err)
	}
}

// usable finds out once whether this process can build labs, and cleans up
// after earlier ones.
var usable = sync.OnceValue(func() error {
	if os.Geteuid() != 0 {
		return errors.New("not root")
	}
	if setnsCall == 0 {
		return errors.New("setns is not known on this architecture")
	}
	for _, tool := range []string{"ip", "nft"} {
		if _, err := exec.LookPath(tool); err != nil {
			return err
		}
	}
	removeStale()
	trial := fmt.Sprintf("%s%d-trial", namePrefix, os.Getpid())
	if err := run("", "ip", "netns", "add", trial); err != nil {
		return err
	}
	return errors.Join(
		run("table ip trial {\n chain c { type nat hook postrouting priority srcnat; masquerade; }\n}\n",
			"ip", "netns", "exec", trial, "nft", "-f", "-"),
		removeNamespace(trial),
	)
})

func require(t testing.TB) {
	t.Helper()
	if err := usable(); err != nil {
		missing(t, err)
	}
}

// missing skips a test, loudly, for want of something, or fails it where
// everything has to be there.
func missing(t testing.TB, err error) {
	t.Helper()
	if os.Getenv("NATLAB_REQUIRED") == "1" {
		t.Fatalf("NATLAB_REQUIRED=1, but the NAT lab cannot be built: %v", err)
	}
	line := strings.Repeat("*", 72)
	t.Skipf("\n%s\n** NAT LAB SKIPPED: nothing was tested against real NATs.\n** Reason: %v\n** It needs root, Linux network namespaces, iproute2 and nftables,\n** and for port mapping miniupnpd, which make natlab gets.\n** Set NATLAB_REQUIRED=1 to make this a failure.\n%s", line, err, line)
}
