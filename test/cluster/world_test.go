package cluster

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/bootnode/engine"
	"gochat/test/proc"
)

// world is a place of its own for one test: directories, a room and bootnodes.
type world struct {
	t      *testing.T
	binary string
	home   string
	room   string
	nodes  []*boot
}

// boot is a bootnode that can be started again.
type boot struct {
	*proc.Process
	w    *world
	name string
	addr string // for members
	args []string
	key  *engine.NodeKey
}

func newWorld(t *testing.T) *world {
	t.Helper()
	binary, err := proc.Binary()
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, binary: binary, home: t.TempDir(), room: fmt.Sprintf("room %x", rand.Uint64())}
}

// freePort is an address on loopback whose TCP port, and the UDP port and the
// one after it, were free a moment ago.
func (w *world) freePort() string {
	w.t.Helper()
	for range 200 {
		port := 20_000 + rand.IntN(10_000)
		if free("tcp", port) && free("udp", port) && free("udp", port+1) {
			return fmt.Sprintf("127.0.0.1:%d", port)
		}
	}
	w.t.Fatal("no free port")
	return ""
}

func free(network string, port int) bool {
	addr := fmt.Sprintf("127.0.0.1:%d", port)
	if network == "udp" {
		c, err := net.ListenPacket(network, addr)
		return err == nil && c.Close() == nil
	}
	l, err := net.Listen(network, addr)
	return err == nil && l.Close() == nil
}

// command runs gochat away from every file and setting of the user.
func (w *world) command(args ...string) *exec.Cmd {
	cmd := exec.Command(w.binary, args...)
	cmd.Dir = w.home
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "NO_PORTMAP=1", "HOME=" + w.home, "TMPDIR=" + w.home, "TZ=UTC",
		"XDG_DATA_HOME=" + filepath.Join(w.home, "data")}
	return cmd
}

func (w *world) dir(name string) string { return filepath.Join(w.home, "of-"+name) }

func (w *world) file(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// node prepares a bootnode and its node key, so that others can know it before it runs.
func (w *world) node(name string, args ...string) *boot {
	w.t.Helper()
	dir := filepath.Join(w.dir(name), "bootnode")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		w.t.Fatal(err)
	}
	key, err := engine.LoadNodeKey(filepath.Join(dir, "node.nk"))
	if err != nil {
		w.t.Fatal(err)
	}
	b := &boot{w: w, name: name, addr: w.freePort(), args: args, key: key}
	w.nodes = append(w.nodes, b)
	return b
}

// start starts it, also again, and waits until it serves.
func (b *boot) start() {
	b.w.t.Helper()
	b.Process = proc.StartText(b.w.t, b.name, b.w.command(append([]string{"--mode", "bootnode", "--listen", b.addr,
		"--data-dir", b.w.dir(b.name), "--log-level", "debug"}, b.args...)...))
	b.WaitStderr(0, patience, "bootnode listens")
	b.WaitStderr(0, patience, "for --fed-allow of others")
}

// cluster starts n nodes of one operator, all with the same list.
func (w *world) cluster(n int) []*boot {
	w.t.Helper()
	secret := w.file("secret", "a secret for the cluster of this test\n")
	var addrs []string
	for range n {
		addrs = append(addrs, w.freePort())
	}
	var nodes []*boot
	for i, a := range addrs {
		b := w.node(fmt.Sprintf("node%d", i+1), "--cluster-listen", a, "--cluster-peers", strings.Join(addrs, ","), "--cluster-secret-file", secret)
		nodes = append(nodes, b)
		b.start()
	}
	return nodes
}

// hub lets a bootnode be dialled by those it allows.
func (b *boot) hub(allow ...*boot) (url string) {
	b.w.t.Helper()
	var list strings.Builder
	for _, a := range allow {
		list.WriteString(a.key.ID().String() + " " + a.name + "\n")
	}
	addr := b.w.freePort()
	b.args = append(b.args, "--fed-listen", addr, "--fed-allow", b.w.file("allow-"+b.name, list.String()))
	return "wss://" + addr
}

// pinOf is what a hub prints as its pin, computed before it runs.
func (w *world) pinOf(b *boot) string {
	w.t.Helper()
	e, err := engine.New(engine.Config{Key: b.key})
	if err != nil {
		w.t.Fatal(err)
	}
	pin, _ := e.Pin()
	return pin.String()
}

// under has a bootnode dial a hub.
func (b *boot) under(hub *boot, url string) {
	b.args = append(b.args, "--uplink", url, "--uplink-pin", b.w.pinOf(hub))
}

// until waits for what no event tells.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !met(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// member starts a member at some bootnodes.
func (w *world) member(nick string, at *boot, args ...string) *proc.Process {
	w.t.Helper()
	return proc.Start(w.t, nick, w.command(append([]string{"--bootnode", at.addr, "--room", w.room, "--nick", nick, "--ui", "json",
		"--data-dir", w.dir(nick)}, args...)...))
}

// meet waits until each of the members has joined every other.
func meet(members ...*proc.Process) {
	for _, p := range members {
		for _, q := range members {
			if p != q {
				p.Wait(patience, q.Name, proc.JoinedAs(q.ReadyKey()))
			}
		}
	}
}

// chat has everybody say something, which all others hear.
func chat(round string, members ...*proc.Process) {
	for _, p := range members {
		p.Say(round + " from " + p.Name)
	}
	for _, p := range members {
		for _, q := range members {
			if p != q {
				p.Wait(patience, "what "+q.Name+" said", proc.Message(round+" from "+q.Name))
			}
		}
	}
}

// sees waits until a bootnode lists so many others as alive.
func (b *boot) sees(n int) {
	b.w.t.Helper()
	until(b.w.t, fmt.Sprintf("%s sees %d others", b.name, n), func() bool {
		out, err := b.w.command("bootnode", "peers", "--json", "--data-dir", b.w.dir(b.name)).Output()
		if err != nil {
			return false
		}
		var answer struct {
			Result struct {
				Peers []struct {
					Self  bool
					State string
				}
			}
		}
		if err := json.Unmarshal(out, &answer); err != nil {
			b.w.t.Fatal(err)
		}
		alive := 0
		for _, p := range answer.Result.Peers {
			if !p.Self && p.State == "alive" {
				alive++
			}
		}
		return alive == n
	})
}
