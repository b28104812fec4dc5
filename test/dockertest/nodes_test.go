package dockertest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// nodes is a compose file of several bootnodes, in a directory of its own, with
// the ports on the host that are free: members inside reach the usual ones.
func nodes(t *testing.T, image, file, name string, more map[string]string) *project {
	command := compose(t)
	dir := t.TempDir()
	text, err := os.ReadFile(filepath.Join(root, "docker", file))
	if err != nil {
		t.Fatal(err)
	}
	own := strings.ReplaceAll(string(text), "image: gochat\n", "image: "+image+"\n")
	own = regexp.MustCompile(`(?m)^ +ports: .*\n`).ReplaceAllString(own, "")
	more[file] = own
	for name, content := range more {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return newProject(t, command, dir, file, name)
}

// logged waits for a line of a service's log and returns what it matches.
func (p *project) logged(service, pattern string) string {
	p.t.Helper()
	form := regexp.MustCompile(pattern)
	for start := time.Now(); time.Since(start) < patience; time.Sleep(300 * time.Millisecond) {
		out, _ := p.do("logs", "--no-color", service)
		if m := form.FindStringSubmatch(out); m != nil {
			return m[len(m)-1]
		}
	}
	p.t.Fatalf("%s does not say %s", service, pattern)
	return ""
}

// chat lets members at different bootnodes meet and talk.
func (p *project) chat(bootnodes ...string) {
	p.t.Helper()
	var all []*proc.Process
	for i, b := range bootnodes {
		all = append(all, p.client(fmt.Sprintf("member%d", i), "BOOTNODE="+b))
	}
	for _, m := range all {
		for _, other := range all {
			if m != other {
				m.Wait(patience, other.Name, proc.JoinedAs(other.ReadyKey()))
			}
		}
	}
	for _, m := range all {
		text := "hello from " + m.Name
		m.Say(text)
		for _, other := range all {
			if m != other {
				other.Wait(patience, text, proc.Message(text))
			}
		}
	}
}

// Three nodes as docker/cluster.yml has them, and a member at each.
func testCluster(t *testing.T, image string) {
	p := nodes(t, image, "cluster.yml", "gochatcluster", map[string]string{"cluster-secret": "a secret of this test, and long enough\n"})
	p.must("up", "-d")
	p.chat("node1:9595", "node2:9605", "node3:9615")
}

// Two operators, by the steps that docker/federation.yml tells.
func testFederation(t *testing.T, image string) {
	p := nodes(t, image, "federation.yml", "gochatfed", map[string]string{"fed-allow": ""})
	write := func(name, content string) {
		if err := os.WriteFile(filepath.Join(p.dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	p.must("up", "-d", "edge")
	write("fed-allow", p.logged("edge", `node=(U[A-Z2-7]{55})`)+"\n")
	p.must("up", "-d", "hub")
	write(".env", "UPLINK_PIN="+p.logged("hub", `pin=([0-9a-f]{64})`)+"\n")
	p.must("up", "-d")
	p.chat("hub:9595", "edge:9605")
}
