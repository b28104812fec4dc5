package nodelab

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/test/natlab"
	"gochat/test/proc"
)

// world is a lab with bootnodes and members.
type world struct {
	*natlab.Lab
	t       testing.TB
	binary  string
	nodes   []*node
	members []*member
}

// node is a bootnode over all the runs of its process.
type node struct {
	w    *world
	host string // where in the lab
	ip   string
	home string
	args []string
	now  *proc.Process // the run under way, or the last
}

// member is one gochat.
type member struct {
	*proc.Process
	key, room, host string
	node            *node
	relayed         bool // nobody reaches it but through its bootnode
}

const bootPort, clusterPort, fedPort = 9595, 9700, 9701

func (n *node) addr() string { return fmt.Sprint(n.ip, ":", bootPort) }

func newWorld(t testing.TB, topology natlab.Topology, options ...natlab.Option) *world {
	t.Helper()
	w := &world{Lab: natlab.New(t, topology, options...), t: t}
	var err error
	if w.binary, err = proc.Binary(); err != nil {
		t.Fatal(err)
	}
	return w
}

// command runs gochat in a host, away from every file and setting of the user.
func (w *world) command(host, home string, args ...string) *exec.Cmd {
	c := w.Command(host, w.binary, args...)
	c.Dir = home
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	return c
}

// node adds a bootnode, which start starts.
func (w *world) node(host, ip string, args ...string) *node {
	n := &node{w: w, host: host, ip: ip, home: w.t.TempDir(), args: args}
	w.nodes = append(w.nodes, n)
	return n
}

// start starts the next run and waits until it listens.
func (n *node) start() {
	n.w.t.Helper()
	args := append([]string{"--mode", "bootnode", "--listen", n.addr(), "--data-dir", n.home}, n.args...)
	n.now = proc.StartText(n.w.t, "bootnode "+n.host, n.w.command(n.host, n.home, args...))
	n.now.WaitStderr(0, patience, "bootnode key")
	n.w.t.Cleanup(func() { // while the process is there
		if n.w.t.Failed() && !n.now.Ended() {
			c := n.operate("peers")
			stop := time.AfterFunc(5*time.Second, func() { _ = c.Process.Kill() }) // of one that stands still
			defer stop.Stop()
			out, err := c.CombinedOutput()
			n.w.t.Logf("what %s knows of others: %v\n%s", n.now.Name, err, out)
		}
	})
}

// operate is gochat bootnode beside a node.
func (n *node) operate(args ...string) *exec.Cmd {
	return n.w.command(n.host, n.home, append([]string{"bootnode", "--data-dir", n.home}, args...)...)
}

// publicNodes are the hosts of a lab where nodes of a cluster live.
var publicNodes = []struct{ host, ip string }{{"srv", "203.0.113.1"}, {"p", "203.0.113.40"}, {"q", "203.0.113.50"}}

// cluster starts three bootnodes of one operator.
func (w *world) cluster() { w.clusterWith(func(int) []string { return nil }) }

// clusterWith is cluster with further arguments for each of them.
func (w *world) clusterWith(args func(i int) []string) {
	w.t.Helper()
	secret := filepath.Join(w.t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("a secret for a test, long enough\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	var peers []string
	for _, at := range publicNodes {
		peers = append(peers, fmt.Sprint(at.ip, ":", clusterPort))
	}
	for i, at := range publicNodes {
		w.node(at.host, at.ip, append([]string{
			"--cluster-listen", peers[i], "--cluster-peers", strings.Join(peers, ","), "--cluster-secret-file", secret,
			"--advertise", fmt.Sprint(at.ip, ":", bootPort),
		}, args(i)...)...).start()
	}
}

// join starts a member with a data directory of its own.
func (w *world) join(host, nick, room string, n *node, args ...string) *member {
	w.t.Helper()
	return w.joinIn(w.t.TempDir(), host, nick, room, n, args...)
}

// joinIn is join with the member's data in home.
func (w *world) joinIn(home, host, nick, room string, n *node, args ...string) *member {
	w.t.Helper()
	all := append([]string{"--bootnode", n.addr(), "--room", room, "--nick", nick, "--ui", "json", "--data-dir", home}, args...)
	m := &member{Process: proc.Start(w.t, nick, w.command(host, home, all...)), room: room, host: host, node: n,
		relayed: slices.Contains(args, "--relay-only")}
	w.members = append(w.members, m)
	return m
}

// blockUDP drops all UDP of a host but that to itself.
func (w *world) blockUDP(host string) {
	w.Rules(host, "table inet noudp {\n chain out {\n type filter hook output priority 0; oifname != \"lo\" meta l4proto udp drop\n }\n"+
		" chain in {\n type filter hook input priority 0; iifname != \"lo\" meta l4proto udp drop\n }\n}\n")
}

// cut drops everything between a node and others, both ways; mend ends that.
func (n *node) cut(others ...*node) {
	var ips []string
	for _, o := range others {
		ips = append(ips, o.ip)
	}
	set := "{ " + strings.Join(ips, ", ") + " }"
	n.w.Rules(n.host, "table inet cut {\n chain out {\n type filter hook output priority 0; ip daddr "+set+" drop\n }\n"+
		" chain in {\n type filter hook input priority 0; ip saddr "+set+" drop\n }\n}\n")
}

func (n *node) mend() { n.w.Rules(n.host, "delete table inet cut\n") }

// eventually polls until done, and fails the test if that takes longer than limit.
func eventually(t testing.TB, limit time.Duration, what string, done func() bool) time.Duration {
	t.Helper()
	begin := time.Now()
	for !done() {
		if time.Since(begin) > limit {
			t.Fatalf("not within %v: %s", limit, what)
		}
		time.Sleep(50 * time.Millisecond)
	}
	return time.Since(begin)
}
