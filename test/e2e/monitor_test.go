package e2e

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/netspace"
	"gochat/test/proc"
)

// shown is what the monitor of a bootnode answers.
func shown(t testing.TB, addr, path string) (int, string) {
	t.Helper()
	client := &http.Client{Timeout: patience}
	resp, err := client.Get("http://" + addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// eventually waits for a condition.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for start := time.Now(); !holds(); time.Sleep(50 * time.Millisecond) {
		if time.Since(start) > patience {
			t.Fatalf("not in time: %s", what)
		}
	}
}

// The real binary with everything on: metrics follow members, hooks are told,
// systemd is told, the log is JSON, and nowhere is a name, a tag or an address
// of a member.
func TestMonitor(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the hook here is for sh")
	}
	w := newWorld(t)
	monitor, told := freeAddr(t), w.dir("events")
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(w.home, "notify"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	cmd := w.command("--mode", "bootnode", "--listen", w.boot, "--data-dir", w.dir("bootnode"), "--log-format", "json",
		"--metrics-listen", monitor, "--pprof", "--hook", `sh -c "cat >> '`+told+`'"`)
	cmd.Env = append(cmd.Env, "NOTIFY_SOCKET="+filepath.Join(w.home, "notify"))
	boot := proc.StartText(t, "bootnode", cmd)
	systemd := func(want string) {
		t.Helper()
		b := make([]byte, 100)
		_ = notify.SetReadDeadline(time.Now().Add(patience))
		if n, err := notify.Read(b); err != nil || string(b[:n]) != want {
			t.Errorf("systemd is told %q (%v), not %s", b[:n], err, want)
		}
	}
	systemd("READY=1")
	eventually(t, "ready", func() bool { code, _ := shown(t, monitor, "/readyz"); return code == http.StatusOK })
	if code, text := shown(t, monitor, "/healthz"); code != http.StatusOK || text != "ok\n" {
		t.Errorf("/healthz: %d %q", code, text)
	}
	if code, _ := shown(t, monitor, "/debug/pprof/goroutine?debug=1"); code != http.StatusOK {
		t.Error("/debug/pprof:", code)
	}
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	_, metrics := shown(t, monitor, "/metrics")
	for _, line := range []string{"gochat_bootnode_members 2", "gochat_bootnode_rooms 1", "gochat_bootnode_joins_total 2"} {
		if !strings.Contains(metrics, line+"\n") {
			t.Errorf("no %q in\n%s", line, metrics)
		}
	}
	events := func() string { text, _ := os.ReadFile(told); return string(text) }
	eventually(t, "members are told", func() bool { return strings.Contains(events(), `"event":"members"`) })
	for _, p := range []*proc.Process{alice, bob} {
		p.EndInput()
		exitsWith(t, p, 0)
	}
	boot.Signal(os.Interrupt)
	systemd("STOPPING=1")
	exitsWith(t, boot, 0)
	for _, kind := range []string{"start", "stop"} {
		if strings.Count(events(), `"event":"`+kind+`"`) != 1 {
			t.Errorf("%s was not told once:\n%s", kind, events())
		}
	}
	lines := strings.Split(strings.TrimSpace(boot.Stderr()), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line of the log is no JSON: %s", line)
		}
	}
	all := boot.Stderr() + metrics + events()
	for _, secret := range []string{w.room, "alice", "bob", alice.ReadyKey(), bob.ReadyKey()} {
		if strings.Contains(all, secret) {
			t.Errorf("%q is told", secret)
		}
	}
	// Own listening addresses are known; anything else is a member's.
	own := []string{w.boot, monitor}
	for _, addr := range regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+:\d+`).FindAllString(metrics+events(), -1) {
		t.Errorf("%s is told beside %v", addr, own)
	}
}

// The port of the metrics in use is an error that names the option.
func TestMonitorPortInUse(t *testing.T) {
	w := newWorld(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	p := proc.StartText(t, "bootnode", w.command("--mode", "bootnode", "--listen", w.boot, "--data-dir", w.dir("b"), "--metrics-listen", l.Addr().String()))
	exitsWith(t, p, 1)
	if !strings.Contains(p.Stderr(), "--metrics-listen") {
		t.Error(p.Stderr())
	}
}

// The unit keeps the bootnode in a small cell, and its command line is one that
// gochat takes.
func TestUnit(t *testing.T) {
	const unit = "../../packaging/gochat-bootnode.service"
	text, err := os.ReadFile(unit)
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^ExecStart=/usr/local/bin/gochat (.*)$`).FindSubmatch(text)
	if line == nil {
		t.Fatal("no ExecStart")
	}
	w := newWorld(t)
	args := strings.Fields(strings.ReplaceAll(string(line[1]), "${STATE_DIRECTORY}", w.dir("state")))
	show := w.command(append([]string{"config"}, args...)...)
	if out, err := show.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
	if _, err := exec.LookPath("systemd-analyze"); err != nil {
		netspace.Skip(t, "systemd-analyze, which judges the unit")
	}
	out, err := exec.Command("systemd-analyze", "security", "--offline=true", "--threshold=15", unit).CombinedOutput()
	if err != nil {
		t.Errorf("the unit is more exposed than 1.5: %v\n%s", err, out)
	}
}

// Commands of docs/OPERATING.md that other tests run, or that would change the
// machine the tests run on.
var operatedElsewhere = map[string]string{
	"make bench-bootnode MEMBERS=100000":                                    "a benchmark",
	"sysctl -w net.core.rmem_max=4194304 net.core.wmem_max=4194304":         "of the whole machine",
	"install -m 755 gochat /usr/local/bin/gochat":                           "of the whole machine",
	"install -m 644 packaging/gochat-bootnode.service /etc/systemd/system/": "of the whole machine; TestUnit",
	"systemctl enable --now gochat-bootnode":                                "of the whole machine",
	"sudo gochat bootnode status --data-dir /var/lib/gochat-bootnode":       "of the whole machine",
}

// TestOperating runs what docs/OPERATING.md shows, in a network of its own.
func TestOperating(t *testing.T) {
	netspace.Need(t)
	w := newPlace(t)
	text, err := os.ReadFile("../../docs/OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(w.binary, filepath.Join(w.home, "gochat")); err != nil {
		t.Fatal(err)
	}
	_, noOpenssl := exec.LookPath("openssl")
	placeholders := strings.NewReplacer("HOST", "127.0.0.1", "NODE-KEY", crypto.NodeID{1}.String(), "PIN", strings.Repeat("ab", 32))
	nft, noNft := exec.LookPath("nft")
	if noNft == nil {
		for _, args := range [][]string{{"add", "table", "inet", "filter"}, {"add", "chain", "inet", "filter", "input"}} {
			if out, err := exec.Command(nft, args...).CombinedOutput(); err != nil {
				t.Fatalf("nft %v: %v %s", args, err, out)
			}
		}
	}
	var boot *proc.Process
	stop := func() {
		if boot != nil {
			boot.Signal(os.Interrupt)
			exitsWith(t, boot, 0)
			boot = nil
		}
	}
	for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
		for line := range strings.Lines(strings.TrimSpace(block[1])) {
			line = strings.TrimSpace(line)
			run := exec.Command("sh", "-c", "exec "+placeholders.Replace(line))
			run.Dir, run.Env = w.home, w.environ()
			switch {
			case operatedElsewhere[line] != "":
			case strings.HasPrefix(line, "./gochat --mode bootnode"):
				stop()
				boot = proc.StartText(t, "bootnode", run)
				boot.WaitStderr(0, patience, "bootnode listens")
			case strings.HasPrefix(line, "nft ") && noNft != nil:
				t.Logf("not run, as there is no nft: %s", line)
			case strings.HasPrefix(line, "openssl ") && noOpenssl != nil:
				_, secret, _ := strings.Cut(line, ">")
				if err := os.WriteFile(filepath.Join(w.home, secret), []byte(strings.Repeat("secret", 8)), 0o600); err != nil {
					t.Fatal(err)
				}
			case slices.Contains([]string{"./gochat", "nft", "openssl", "chmod", "touch", "echo"}, strings.Fields(line)[0]):
				if out, err := run.CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", line, err, out)
				}
			default:
				t.Errorf("docs/OPERATING.md shows what no test runs: %s", line)
			}
		}
	}
	stop()
}
