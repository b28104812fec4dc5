package dockertest

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// compose returns the command that runs compose here: the plugin, or the
// older program of its own.
func compose(t *testing.T) []string {
	t.Helper()
	for _, c := range [][]string{{"docker", "compose"}, {"docker-compose"}} {
		if _, err := run(20*time.Second, c[0], append(c[1:], "version")...); err == nil {
			return c
		}
	}
	netspace.Skip(t, "docker compose or docker-compose, beside the engine that answers")
	return nil
}

// freePort is a UDP port of this host that nobody has.
func freePort(t *testing.T) int {
	t.Helper()
	c, err := net.ListenUDP("udp", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return c.LocalAddr().(*net.UDPAddr).Port
}

// project is a compose file that is run under a name of its own.
type project struct {
	t       *testing.T
	name    string
	dir     string
	command []string
}

// newProject is for a file in a directory. What it starts is taken down at the end.
func newProject(t *testing.T, command []string, dir, file, name string) *project {
	p := &project{t: t, name: fmt.Sprintf("%s%d", name, os.Getpid()), dir: dir}
	p.command = append(command[:len(command):len(command)], "--project-directory", dir, "-f", filepath.Join(dir, file), "-p", p.name)
	t.Cleanup(func() {
		if t.Failed() {
			out, _ := p.do("logs", "--no-color")
			t.Logf("--- %s\n%s", file, out)
		}
		if out, err := p.do("down", "-v", "--remove-orphans", "-t", "2"); err != nil {
			t.Errorf("compose down: %v\n%s", err, out)
		}
	})
	return p
}

func (p *project) do(args ...string) (string, error) {
	return run(5*time.Minute, p.command[0], append(p.command[1:len(p.command):len(p.command)], args...)...)
}

// must is do that has to succeed.
func (p *project) must(args ...string) string {
	p.t.Helper()
	out, err := p.do(args...)
	if err != nil {
		p.t.Fatalf("compose %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

// client runs the service client, with more of the environment.
func (p *project) client(nick string, env ...string) *proc.Process {
	args := append(p.command[1:len(p.command):len(p.command)], "run", "--rm", "-T", "-e", "NICK="+nick, "-e", "UI=json")
	for _, e := range env {
		args = append(args, "-e", e)
	}
	cmd := exec.Command(p.command[0], append(args, "client")...)
	cmd.Dir = p.dir
	c := proc.Start(p.t, nick, cmd)
	// Runs before the process is killed: compose may have put a docker
	// command between itself and us, which only ends with its container.
	p.t.Cleanup(func() {
		for _, name := range strings.Fields(docker(p.t, "ps", "-aq", "--filter", "label=com.docker.compose.project="+p.name,
			"--filter", "label=com.docker.compose.service=client")) {
			docker(p.t, "rm", "-f", name)
		}
	})
	return c
}

// The compose file as a user has it: settings in .env, the bootnode by
// default, clients by run.
func testCompose(t *testing.T, image string) {
	command := compose(t)
	dir := t.TempDir()
	file, err := os.ReadFile(filepath.Join(root, "docker-compose.yml"))
	if err != nil {
		t.Fatal(err)
	}
	// The image is built already; a port of the host may be taken.
	text := strings.ReplaceAll(string(file), "image: gochat\n", "image: "+image+"\n")
	env := fmt.Sprintf("ROOM=from-dotenv\nHEARTBEAT_INTERVAL=10\nBOOTNODE_UDP_PORT=%d\nSTUN_PORT=%d\n", freePort(t), freePort(t))
	for name, content := range map[string]string{"docker-compose.yml": text, ".env": env} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p := newProject(t, command, dir, "docker-compose.yml", "gochattest")
	do, project := p.do, p.name
	if out, err := do("up", "-d", "--no-build"); err != nil {
		t.Fatalf("compose up: %v\n%s", err, out)
	}
	started := docker(t, "ps", "--filter", "label=com.docker.compose.project="+project, "--format", "{{.Names}}")
	if strings.Contains(started, "\n") || !strings.Contains(started, "bootnode") {
		t.Fatalf("up must start the bootnode alone, not %q", started)
	}
	client := func(nick string) *proc.Process { return p.client(nick) }
	alice, bob := client("alice"), client("bob")
	ready := alice.Wait(patience, "ready", proc.Ready)
	if room := ready.String("room"); room != "from-dotenv" {
		t.Errorf("the room of .env was not used, but %q", room)
	}
	alice.Wait(patience, "bob", proc.Joined)
	bob.Wait(patience, "alice", proc.Joined)
	alice.Say("hello through compose")
	bob.Wait(patience, "the message", proc.Message("hello through compose"))
}
