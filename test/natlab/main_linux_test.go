package natlab

import (
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"gochat/test/proc"
)

// labsAtOnce is how many parallel tests run at a time, each in a lab of its own.
const labsAtOnce = 3

func TestMain(m *testing.M) { proc.Main(m, labsAtOnce, finish) }

// Patience for what must happen in the end; the measured times are logged.
const (
	patience     = 45 * time.Second
	directWithin = 30 * time.Second
)

// world is a lab with a bootnode on srv.
type world struct {
	*Lab
	t         testing.TB
	binary    string
	bootnodes string // addresses, as clients take them
}

func newWorld(t testing.TB, topology Topology, options ...Option) *world {
	t.Helper()
	return newWorldWith(t, t.TempDir(), topology, options...)
}

// newWorldWith is newWorld with the bootnode's data in home.
func newWorldWith(t testing.TB, home string, topology Topology, options ...Option) *world {
	t.Helper()
	w := &world{Lab: New(t, topology, options...), t: t}
	var err error
	if w.binary, err = proc.Binary(); err != nil {
		t.Fatal(err)
	}
	w.bootnodes = w.ServerAddr().String()
	w.serve(home, w.ServerAddr())
	return w
}

// serve starts a bootnode on srv and waits until it listens.
func (w *world) serve(home string, at netip.AddrPort) {
	w.t.Helper()
	boot := proc.StartText(w.t, "bootnode", w.command("srv", home, "--mode", "bootnode",
		"--listen", at.String(), "--data-dir", home))
	deadline := time.Now().Add(patience)
	for poll := time.NewTicker(5 * time.Millisecond); !w.listening("srv", at.Port()); <-poll.C {
		if time.Now().After(deadline) {
			w.t.Fatalf("the bootnode does not listen: %s", boot.Stderr())
		}
	}
}

// listening tells whether something has the UDP port open in a node.
func (w *world) listening(node string, port uint16) bool { return w.hasUDP(w.namespace(node), port) }

// command runs gochat in a node, away from every file and setting of the user.
func (w *world) command(node, home string, args ...string) *exec.Cmd {
	c := w.Command(node, w.binary, args...)
	c.Dir = home
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	return c
}

// client starts a member with its data in home.
func (w *world) client(node, nick, room, home string, args ...string) *proc.Process {
	w.t.Helper()
	args = append([]string{"--bootnode", w.bootnodes, "--room", room, "--nick", nick, "--ui", "json", "--data-dir", home}, args...)
	return proc.Start(w.t, nick, w.command(node, home, args...))
}
