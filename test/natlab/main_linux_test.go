package natlab

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/test/proc"
)

// buildDir is where gochat is built, by the first test that needs it.
var buildDir string

func TestMain(m *testing.M) {
	var err error
	if buildDir, err = os.MkdirTemp("", "gochat-natlab-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(buildDir)
	os.Exit(code)
}

var build = sync.OnceValues(func() (string, error) { return proc.Build(buildDir) })

// Patience for what must happen in the end; the measured times are logged.
const (
	patience     = 15 * time.Second
	directWithin = 5 * time.Second
)

// world is a lab with a bootnode on srv.
type world struct {
	*Lab
	t      testing.TB
	binary string
}

func newWorld(t testing.TB, topology Topology, options ...Option) *world {
	t.Helper()
	w := &world{Lab: New(t, topology, options...), t: t}
	var err error
	if w.binary, err = build(); err != nil {
		t.Fatal(err)
	}
	home := t.TempDir()
	boot := proc.StartText(t, "bootnode", w.command("srv", home, "--mode", "bootnode",
		"--listen", w.ServerAddr().String(), "--data-dir", home))
	deadline := time.Now().Add(patience)
	for poll := time.NewTicker(5 * time.Millisecond); !w.listening("srv", w.ServerAddr().Port()); <-poll.C {
		if time.Now().After(deadline) {
			t.Fatalf("the bootnode does not listen: %s", boot.Stderr())
		}
	}
	return w
}

// listening tells whether something has the UDP port open in a node.
func (w *world) listening(node string, port uint16) bool {
	open := fmt.Sprintf(":%04X ", port)
	found := false
	err := within(w.namespace(node), func() error {
		for _, table := range []string{"udp", "udp6"} {
			b, err := os.ReadFile("/proc/thread-self/net/" + table)
			if err != nil {
				return err
			}
			found = found || strings.Contains(string(b), open)
		}
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// command runs gochat in a node, away from every file and setting of the user.
func (w *world) command(node, home string, args ...string) *exec.Cmd {
	c := w.Command(node, w.binary, args...)
	c.Dir = home
	c.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + home}
	return c
}

// client starts a member with its data in home.
func (w *world) client(node, nick, room, home string) *proc.Process {
	w.t.Helper()
	return proc.Start(w.t, nick, w.command(node, home, "--bootnode", w.ServerAddr().String(),
		"--room", room, "--nick", nick, "--ui", "json", "--data-dir", home))
}
