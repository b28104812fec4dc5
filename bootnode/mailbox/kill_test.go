package mailbox

import (
	"bufio"
	"context"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
	"gochat/internal/wire"
)

// childVar has this test binary run one node of a cluster, to be killed: its
// number, its directory and the addresses of all.
const childVar = "GOCHAT_TEST_MAILBOX_NODE"

func TestMain(m *testing.M) {
	if args := os.Getenv(childVar); args != "" {
		if err := runChild(strings.Fields(args)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	os.Exit(m.Run())
}

// runChild answers each line of the input with one: "put N" and "list" with the
// status and how many objects the box has, "leads" with whether the stream's
// leader is here.
func runChild(args []string) error {
	number, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	at := args[2:]
	cfg := engine.Config{Key: engine.NewNodeKey([32]byte{byte(number + 1)}), StoreDir: args[1], StoreMax: 64 << 20}
	if len(at) > 1 {
		cfg.ClusterListen, cfg.ClusterPeers, cfg.ClusterSecret = at[number], at, []byte("a secret of this cluster alone")
	}
	e, err := engine.New(cfg)
	if err != nil {
		return err
	}
	m := New(Config{Engine: e, Store: true, Keep: time.Hour, MaxBytes: 32 << 20, PerBox: 100_000, Replicas: len(at)})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go e.Run(ctx)
	go m.Run(ctx)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		op, rest, _ := strings.Cut(lines.Text(), " ")
		r := bootnode.MailRequest{Op: bootnode.MailList, Secret: killSecret, Admit: true}
		switch op {
		case "leads":
			leads := false
			select {
			case <-m.opened:
				if info, err := m.store.stream.Info(ctx); err == nil && info.Cluster != nil {
					leads = info.Cluster.Leader == cfg.Key.ID().String()
				}
			case <-time.After(time.Second):
			}
			fmt.Println(leads)
			continue
		case "put":
			r = put(killSecret.ID(), killObject(rest))
		}
		m.Ask(r)
		a := <-m.Answers()
		fmt.Println(a.Status, len(a.Entries))
	}
	return nil
}

var killSecret = crypto.BoxSecret{7}

func killObject(name string) []byte {
	return append([]byte(name), object(1000, 'k')...)
}

// child is a node in a process of its own.
type child struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Scanner
}

func startChild(t *testing.T, number int, dir string, at []string) *child {
	t.Helper()
	c := &child{t: t, cmd: exec.Command(os.Args[0])}
	c.cmd.Env = append(os.Environ(), childVar+"="+strings.Join(append([]string{strconv.Itoa(number), dir}, at...), " "))
	c.cmd.Stderr = os.Stderr
	in, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.kill)
	c.in, c.out = in, bufio.NewScanner(out)
	return c
}

// kill ends the process without a word (SIGKILL).
func (c *child) kill() {
	if c.cmd.ProcessState == nil {
		c.cmd.Process.Kill()
		c.cmd.Wait()
	}
}

func (c *child) do(line string) string {
	c.t.Helper()
	fmt.Fprintln(c.in, line)
	if !c.out.Scan() {
		c.t.Fatalf("no answer to %q", line)
	}
	return c.out.Text()
}

// settled repeats a command while the store is busy.
func (c *child) settled(line string) (status wire.BoxStatus, entries int) {
	c.t.Helper()
	until(c.t, line, func() bool {
		if _, err := fmt.Sscan(c.do(line), &status, &entries); err != nil {
			c.t.Fatal(err)
		}
		return status != wire.BoxBusy && status != wire.BoxOff
	})
	return status, entries
}

// What was acknowledged is there, though the node that led the stream was killed
// right after it; and after all nodes were killed at once, too.
func TestKilledLeader(t *testing.T) {
	if testing.Short() {
		t.Skip("processes")
	}
	at := enginetest.Addresses(t, 3)
	var dirs []string
	var nodes []*child
	for i := range at {
		dirs = append(dirs, t.TempDir())
		nodes = append(nodes, startChild(t, i, dirs[i], at))
	}
	nodes[0].settled("list")
	stored := 0
	deposit := func(by *child) {
		t.Helper()
		stored++
		if s, _ := by.settled("put " + hex.EncodeToString([]byte{byte(stored >> 8), byte(stored)})); s != wire.BoxOK && s != wire.BoxDuplicate {
			t.Fatalf("put: %v", s)
		}
	}
	leader := -1
	until(t, "a leader", func() bool {
		for i, n := range nodes {
			if n.do("leads") == "true" {
				leader = i
			}
		}
		return leader >= 0
	})
	for range 20 {
		deposit(nodes[leader])
	}
	nodes[leader].kill()
	if _, n := nodes[(leader+1)%3].settled("list"); n != min(stored, wire.MaxBoxPage) {
		t.Fatalf("%d of %d are there", n, stored)
	}
	nodes[leader] = startChild(t, leader, dirs[leader], at)
	nodes[leader].settled("list")
	deposit(nodes[0])
	for _, n := range nodes {
		n.kill()
	}
	for i := range nodes {
		nodes[i] = startChild(t, i, dirs[i], at)
	}
	if _, n := nodes[1].settled("list"); n != min(stored, wire.MaxBoxPage) {
		t.Errorf("after all were killed %d of %d are there", n, stored)
	}
}

// A node alone that is killed right after it acknowledged has it.
func TestKilledAlone(t *testing.T) {
	dir := t.TempDir()
	at := enginetest.Addresses(t, 1)
	n := startChild(t, 0, dir, at)
	n.settled("list")
	for i := range 20 {
		if s, _ := n.settled(fmt.Sprint("put ", i)); s != wire.BoxOK {
			t.Fatalf("put: %v", s)
		}
	}
	n.kill()
	if _, got := startChild(t, 0, dir, at).settled("list"); got != 20 {
		t.Errorf("%d of 20 are there", got)
	}
}
