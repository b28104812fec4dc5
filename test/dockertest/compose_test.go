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
	t.Skip("COMPOSE TEST SKIPPED: neither docker compose nor docker-compose is installed")
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
	project := fmt.Sprintf("gochattest%d", os.Getpid())
	args := append(command[1:len(command):len(command)], "--project-directory", dir, "-f", filepath.Join(dir, "docker-compose.yml"), "-p", project)
	do := func(more ...string) (string, error) {
		return run(5*time.Minute, command[0], append(args[:len(args):len(args)], more...)...)
	}
	t.Cleanup(func() {
		if out, err := do("down", "-v", "--remove-orphans", "-t", "2"); err != nil {
			t.Errorf("compose down: %v\n%s", err, out)
		}
	})
	if out, err := do("up", "-d", "--no-build"); err != nil {
		t.Fatalf("compose up: %v\n%s", err, out)
	}
	started := docker(t, "ps", "--filter", "label=com.docker.compose.project="+project, "--format", "{{.Names}}")
	if strings.Contains(started, "\n") || !strings.Contains(started, "bootnode") {
		t.Fatalf("up must start the bootnode alone, not %q", started)
	}
	client := func(nick string) *proc.Process {
		cmd := exec.Command(command[0], append(args[:len(args):len(args)],
			"run", "--rm", "-T", "-e", "NICK="+nick, "-e", "UI=json", "client")...)
		cmd.Dir = dir
		p := proc.Start(t, nick, cmd)
		// Runs before the process is killed: compose may have put a docker
		// command between itself and us, which only ends with its container.
		t.Cleanup(func() {
			for _, name := range strings.Fields(docker(t, "ps", "-aq", "--filter", "label=com.docker.compose.project="+project,
				"--filter", "label=com.docker.compose.service=client")) {
				docker(t, "rm", "-f", name)
			}
		})
		return p
	}
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
