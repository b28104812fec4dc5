package dockertest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

const (
	root     = "../.."
	goImage  = "golang:1.26"
	maxImage = 50 << 20         // bytes: a binary and certificates
	patience = 30 * time.Second // for containers to start on a busy machine
)

// docker runs a docker command in the checkout and returns what it printed.
func docker(t testing.TB, args ...string) string {
	t.Helper()
	out, err := run(10*time.Minute, "docker", args...)
	if err != nil {
		t.Fatalf("docker %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func run(limit time.Duration, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// One image serves all: building it is what takes long.
func TestDocker(t *testing.T) {
	needDocker(t)
	image := build(t)
	t.Run("image", func(t *testing.T) { testImage(t, image) })
	t.Run("talk", func(t *testing.T) { testTalk(t, image) })
	t.Run("compose", func(t *testing.T) { testCompose(t, image) })
	t.Run("cluster", func(t *testing.T) { testCluster(t, image) })
	t.Run("federation", func(t *testing.T) { testFederation(t, image) })
}

func needDocker(t *testing.T) {
	t.Helper()
	if os.Getenv("GOCHAT_DOCKER") != "1" {
		t.Skip("container tests run with: make docker")
	}
	if out, err := run(20*time.Second, "docker", "version", "--format", "{{.Server.Version}}"); err != nil {
		line := strings.Repeat("*", 72)
		t.Skipf("\n%s\n** CONTAINER TESTS SKIPPED: the image was neither built nor run.\n** No Docker engine answers: %s\n%s", line, out, line)
	}
}

// base returns an image to build with: the one named by GO_IMAGE, the official
// one if it is on this machine, or one made of this machine's Go.
func base(t *testing.T) string {
	t.Helper()
	if given := os.Getenv("GO_IMAGE"); given != "" {
		return given
	}
	if _, err := run(20*time.Second, "docker", "image", "inspect", goImage); err == nil {
		return goImage
	}
	t.Logf("no %s on this machine, and tests fetch nothing; standing in for it", goImage)
	cmd := exec.Command("docker/stand-in-base.sh")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("docker/stand-in-base.sh: %v", err)
	}
	return strings.TrimSpace(string(out))
}

// build makes the image under a name of this test's own.
func build(t *testing.T) (image string) {
	t.Helper()
	image = fmt.Sprintf("gochat-test:%d", os.Getpid())
	docker(t, "build", "--build-arg", "GO_IMAGE="+base(t), "-t", image, ".")
	t.Cleanup(func() {
		docker(t, "image", "rm", "-f", image)
		docker(t, "image", "prune", "-f", "--filter", "label=gochat.stage=build")
	})
	return image
}

// awaitHealthy waits until the container's own health check says so.
func awaitHealthy(t *testing.T, container string) {
	t.Helper()
	var status string
	for start := time.Now(); time.Since(start) < patience; time.Sleep(200 * time.Millisecond) {
		status = docker(t, "inspect", "-f", "{{.State.Status}} {{.State.Health.Status}}", container)
		if status == "running healthy" {
			return
		}
		if !strings.HasPrefix(status, "running") {
			break
		}
	}
	t.Fatalf("%s is %s\n%s", container, status, docker(t, "logs", container))
}

// lab is a bootnode and a network in containers.
type lab struct {
	image, name string
	clients     int
}

func newLab(t *testing.T, image string) *lab {
	t.Helper()
	l := &lab{image: image, name: fmt.Sprintf("gochat-test-%d", os.Getpid())}
	docker(t, "network", "create", l.name)
	t.Cleanup(func() { docker(t, "network", "rm", l.name) })
	docker(t, "run", "-d", "--name", l.bootnode(), "--network", l.name, "--network-alias", "bootnode",
		"--read-only", "--cap-drop", "ALL", "--health-interval", "500ms", image, "--mode", "bootnode")
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("--- bootnode\n%s", docker(t, "logs", l.bootnode()))
		}
		docker(t, "rm", "-fv", l.bootnode())
	})
	awaitHealthy(t, l.bootnode())
	return l
}

func (l *lab) bootnode() string { return l.name + "-bootnode" }

// client is the command that runs a client in a container of its own.
func (l *lab) client(t *testing.T, args ...string) *exec.Cmd {
	l.clients++
	name := fmt.Sprintf("%s-client-%d", l.name, l.clients)
	// The container outlives a killed docker command.
	t.Cleanup(func() { _, _ = run(time.Minute, "docker", "rm", "-fv", name) })
	return exec.Command("docker", append([]string{"run", "-i", "--rm", "--name", name, "--network", l.name,
		"--read-only", "--cap-drop", "ALL", l.image, "--bootnode", "bootnode:9595", "--room", "r"}, args...)...)
}

func testTalk(t *testing.T, image string) {
	l := newLab(t, image)
	alice := proc.Start(t, "alice", l.client(t, "--ui", "json", "--nick", "alice"))
	bob := proc.Start(t, "bob", l.client(t, "--ui", "json", "--nick", "bob"))
	carol := proc.StartText(t, "carol", l.client(t, "--ui", "plain", "--nick", "carol"))
	for _, p := range []*proc.Process{alice, bob} {
		for _, other := range []string{"alice", "bob", "carol"} {
			if other != p.Name {
				p.Wait(patience, other, func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == other })
			}
		}
	}
	for _, p := range []*proc.Process{alice, bob} {
		text := "hello from " + p.Name
		p.Say(text)
		for _, other := range []*proc.Process{alice, bob} {
			if other != p {
				other.Wait(patience, text, proc.Message(text))
			}
		}
		carol.Wait(patience, text, proc.Line(text))
	}
	// docker stop sends SIGTERM: a bootnode that ignores it is killed with 137.
	docker(t, "stop", "-t", "5", l.bootnode())
	if code := docker(t, "inspect", "-f", "{{.State.ExitCode}}", l.bootnode()); code != "0" {
		t.Errorf("the bootnode ended with %s on SIGTERM", code)
	}
}

func testImage(t *testing.T, image string) {
	var got []struct {
		Config struct {
			User       string
			Volumes    map[string]struct{}
			Entrypoint []string
		}
		Size int64
	}
	if err := json.Unmarshal([]byte(docker(t, "image", "inspect", image)), &got); err != nil || len(got) != 1 {
		t.Fatal(err, len(got))
	}
	c := got[0].Config
	if _, volume := c.Volumes["/data"]; c.User != "65532:65532" || !volume || len(c.Entrypoint) != 1 {
		t.Errorf("%+v", c)
	}
	if got[0].Size > maxImage {
		t.Errorf("%d bytes: more than a binary is in it", got[0].Size)
	}
	if out := docker(t, "run", "--rm", image, "version"); !strings.Contains(out, "docker") {
		t.Errorf("version says %q", out)
	}
	if out, err := run(patience, "docker", "run", "--rm", image, "healthcheck"); err == nil {
		t.Errorf("the health check is content without a bootnode: %s", out)
	}
}
