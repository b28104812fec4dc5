package e2e

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// world is a place of its own for one test: directories, a room, and the
// address of a bootnode that may be started there.
type world struct {
	t      *testing.T
	binary string
	home   string
	room   string
	boot   string // host:port
}

// newWorld lets the test run beside others.
func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	return newPlace(t)
}

// newPlace is a world within a test that has one already.
func newPlace(t *testing.T) *world {
	t.Helper()
	binary, err := proc.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, binary: binary, home: t.TempDir(), boot: freeAddr(t), room: fmt.Sprintf("room %x", rand.Uint64())}
}

// nextPort counts through the ports below those that systems give to sockets
// without a port, so that an address stays free while nobody listens there.
var nextPort atomic.Uint32

func init() { nextPort.Store(20_000 + uint32(os.Getpid())%1_000*10) }

// freeAddr is an address on 127.0.0.1 whose TCP and UDP ports and the ones after
// them are free.
func freeAddr(t testing.TB) string {
	t.Helper()
	for range 500 {
		port := int(nextPort.Add(2))%10_000 + 20_000
		if free(port) && free(port+1) {
			return fmt.Sprintf("127.0.0.1:%d", port)
		}
	}
	t.Fatal("no free ports")
	return ""
}

func free(port int) bool {
	c, err := net.ListenUDP("udp", &net.UDPAddr{Port: port})
	if err != nil {
		return false
	}
	defer c.Close()
	l, err := net.ListenTCP("tcp", &net.TCPAddr{Port: port})
	if err != nil {
		return false
	}
	return l.Close() == nil
}

// command runs gochat away from every file and setting of the user.
func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.binary, args...)
	cmd.Dir = w.home
	cmd.Env = w.environ()
	return cmd
}

func (w *world) environ() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "NO_PORTMAP=1", "HOME=" + w.home, "TMPDIR=" + w.home, "TZ=UTC",
		"XDG_DATA_HOME=" + filepath.Join(w.home, "data"),
	}
}

// quick makes a bootnode whose members are missed soon, but not while a busy
// machine lets them wait.
var quick = []string{"--heartbeat-interval", "1", "--peer-timeout", "4"}

// bootnode starts the bootnode and waits until it listens. Started again, it
// has the same port and key.
func (w *world) bootnode(args ...string) *proc.Process {
	w.t.Helper()
	p := proc.StartText(w.t, "bootnode", w.command(append([]string{"--mode", "bootnode", "--listen", w.boot,
		"--data-dir", w.dir("bootnode")}, args...)...))
	p.WaitStderr(0, patience, "bootnode listens")
	return p
}

// dir is where somebody's data is.
func (w *world) dir(name string) string { return filepath.Join(w.home, "of-"+name) }

// member is the command of a member with a data directory of its own.
func (w *world) member(nick, ui string, args ...string) *exec.Cmd {
	return w.command(append([]string{"--bootnode", w.boot, "--room", w.room, "--nick", nick, "--ui", ui,
		"--data-dir", w.dir(nick)}, args...)...)
}

// json starts a member with the JSON front.
func (w *world) json(nick string, args ...string) *proc.Process {
	w.t.Helper()
	return proc.Start(w.t, nick, w.member(nick, "json", args...))
}

// plain starts a member with the plain front.
func (w *world) plain(nick string, args ...string) *proc.Process {
	w.t.Helper()
	return proc.StartText(w.t, nick, w.member(nick, "plain", args...))
}

// meet waits until each of the members, with the JSON front, has joined every
// other.
func meet(members ...*proc.Process) {
	for _, p := range members {
		for _, q := range members {
			if p != q {
				p.Wait(patience, q.Name, proc.JoinedAs(q.ReadyKey()))
			}
		}
	}
}

// exitsWith waits for a process to end and compares its exit code.
func exitsWith(t testing.TB, p *proc.Process, want int) {
	t.Helper()
	if got := p.Exit(patience); got != want {
		t.Errorf("%s: exit code %d, want %d", p.Name, got, want)
	}
}

// within checks how long something took that was asked to be quick.
func within(t testing.TB, d, limit time.Duration, what string) {
	t.Helper()
	t.Logf("%s after %v", what, d.Round(time.Millisecond))
	if d > limit {
		t.Errorf("%s after %v, want at most %v", what, d, limit)
	}
}

// all returns the events that match, in the order they came.
func all(p *proc.Process, match func(proc.Event) bool) []proc.Event {
	return slices.DeleteFunc(slices.Clone(p.Events()), func(e proc.Event) bool { return !match(e) })
}

// none checks that no event since mark matches.
func none(t testing.TB, p *proc.Process, mark int, what string, match func(proc.Event) bool) {
	t.Helper()
	for _, e := range p.Events()[mark:] {
		if match(e) {
			t.Errorf("%s: %s: %s", p.Name, what, e.Raw)
		}
	}
}

// freeze stops a process as if its machine slept, and waits until it stands
// still: a signal takes its time.
func freeze(t testing.TB, p *proc.Process) {
	t.Helper()
	p.Signal(syscall.SIGSTOP)
	for {
		var status syscall.WaitStatus
		switch _, err := syscall.Wait4(p.PID(), &status, syscall.WUNTRACED, nil); {
		case err == nil && status.Stopped():
			return
		case !errors.Is(err, syscall.EINTR):
			t.Fatalf("waiting for %s to stop: %v", p.Name, err)
		}
	}
}

// gone matches somebody leaving, or being out of reach.
func gone(e proc.Event) bool {
	return e.Type() == "peer" && (e.String("state") == "left" || e.String("state") == "unreachable")
}

// notice matches a notice by its code.
func notice(code string) func(proc.Event) bool {
	return func(e proc.Event) bool { return e.Type() == "notice" && e.String("code") == code }
}
