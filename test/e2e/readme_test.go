package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// Lines of the README, and of USING.md behind it, that other tests run.
var shownElsewhere = map[string]string{
	"make test":                      "this is it",
	"docker compose up -d":           "test/dockertest",
	"docker compose run --rm client": "test/dockertest",
	"./gochat lock":                  "TestPassphraseAtTheTerminal",
	"./gochat key export key.txt":    "TestPassphraseAtTheTerminal",
	"./gochat key import key.txt":    "TestPassphraseAtTheTerminal",
}

// readme is the README as a new user takes it: a fresh copy of the project,
// its lines typed as they stand there, with this host for HOST.
type readme struct {
	*world
	dir  string
	left []string // commands not run yet
}

// TestReadme runs what the README shows. It is alone, as port 9595 is part of
// it.
func TestReadme(t *testing.T) {
	netspace.Need(t)
	if testing.Short() {
		t.Skip("compiles a copy of the project")
	}
	w := newPlace(t)
	r := &readme{world: w, dir: filepath.Join(w.home, "gochat")}
	if err := os.CopyFS(r.dir, os.DirFS("../..")); err != nil {
		t.Fatal(err)
	}
	for _, page := range []string{"README.md", "docs/USING.md"} {
		text, err := os.ReadFile(filepath.Join("../..", page))
		if err != nil {
			t.Fatal(err)
		}
		for _, block := range regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllStringSubmatch(string(text), -1) {
			r.left = append(r.left, strings.Split(strings.TrimSpace(block[1]), "\n")...)
		}
	}
	r.left = slices.DeleteFunc(r.left, func(line string) bool { return shownElsewhere[line] != "" })

	t.Run("two terminals", func(t *testing.T) { r.as(t).twoTerminals() })
	t.Run("a bootnode", func(t *testing.T) { r.as(t).acrossTheInternet() })
	t.Run("over TCP", func(t *testing.T) { r.as(t).overTCP() })
	if len(r.left) > 0 {
		t.Errorf("the README shows what no test runs:\n%s", strings.Join(r.left, "\n"))
	}
}

// as lets a part of the test speak for itself.
func (r *readme) as(t *testing.T) *readme { r.world.t = t; return r }

// line starts a line of the README, with text in and out, and its words as
// they are shown.
func (r *readme) line(name, line string) *proc.Process {
	r.t.Helper()
	i := slices.Index(r.left, line)
	if i < 0 {
		r.t.Errorf("not in the README: %s", line)
	} else {
		r.left = slices.Delete(r.left, i, i+1)
	}
	return r.again(name, line)
}

// again starts the line in one more terminal.
func (r *readme) again(name, line string) *proc.Process {
	r.t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+strings.NewReplacer("wss://HOST", "wss://localhost", "HOST", "127.0.0.1").Replace(line))
	if strings.Contains(line, "|") || strings.HasPrefix(line, "go build") {
		cmd.Args[2] = strings.TrimPrefix(cmd.Args[2], "exec ")
	}
	cmd.Dir = r.dir
	cmd.Env = append(r.environ(), "SSL_CERT_FILE="+filepath.Join(r.dir, "cert.pem"))
	if name != "bootnode" { // which has none, and nobody may be called that
		cmd.Env = append(cmd.Env, "NICK="+name)
	}
	for _, tool := range []string{"GOCACHE", "GOMODCACHE", "GOFLAGS", "GOPROXY"} {
		out, err := exec.Command("go", "env", tool).Output()
		if err != nil {
			r.t.Fatal(err)
		}
		cmd.Env = append(cmd.Env, tool+"="+strings.TrimSpace(string(out)))
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p := proc.StartText(r.t, name, cmd)
	r.t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }) // what go run has started, too
	return p
}

// talk lets one say something that the other sees.
func (r *readme) talk(from, to *proc.Process, text string) {
	r.t.Helper()
	from.Type(text)
	shown := regexp.MustCompile(`^\d\d:\d\d ` + from.Name + `#[a-z2-7]{4}: ` + text + `$`)
	to.Wait(patience, text, func(e proc.Event) bool { return shown.Match(e.Raw) })
}

func (r *readme) leave(all ...*proc.Process) {
	r.t.Helper()
	for _, p := range all {
		p.EndInput()
		exitsWith(r.t, p, 0)
	}
}

// compilation is how long go run and go build may take on a busy machine.
const compilation = 5 * time.Minute

func (r *readme) twoTerminals() {
	const line = "go run . --room lobby"
	alice, bob := r.line("alice", line), r.again("bob", line)
	for _, p := range []*proc.Process{alice, bob} {
		p.WaitStderr(0, compilation, "you are")
	}
	r.talk(alice, bob, "hello, bob")
	r.talk(bob, alice, "hello, alice")
	r.leave(alice, bob)
}

func (r *readme) acrossTheInternet() {
	if code := r.line("build", "go build -o gochat .").Exit(compilation); code != 0 {
		r.t.Fatal("go build: exit code", code)
	}
	boot := r.line("bootnode", "./gochat --mode bootnode --listen 0.0.0.0:9595")
	boot.WaitStderr(0, patience, "bootnode listens")

	const line = "./gochat --mode client --bootnode HOST:9595 --room test"
	alice, bob := r.line("alice", line), r.again("bob", line)
	alice.WaitStderr(0, patience, "bootnode 127.0.0.1:9595: registered\n")
	alice.WaitStderr(0, patience, "bob#")
	r.talk(bob, alice, "hello")
	if !regexp.MustCompile(`(?m)^bob#[a-z2-7]{4} joined, (direct, (<1|\d+) ms|relay.*)$`).MatchString(alice.Stderr()) {
		r.t.Errorf("the README promises a line that says how bob joined; there was\n%s", alice.Stderr())
	}
	r.leave(alice, bob)

	exitsWith(r.t, r.line("invite", "./gochat invite --bootnode HOST:9595 --room test --out invite.txt"), 0)
	friend := r.line("friend", "./gochat join --invite-file invite.txt")
	friend.WaitStderr(0, patience, "bootnode 127.0.0.1:9595: registered\n")
	r.leave(friend)

	if err := os.WriteFile(filepath.Join(r.dir, "secret.txt"), []byte("only for us\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
	const family = "./gochat --bootnode HOST:9595 --room family --secret-file secret.txt"
	doctor := r.line("doctor", "./gochat doctor --bootnode HOST:9595")
	exitsWith(r.t, doctor, 0)
	doctor.Wait(0, "what the network is", func(e proc.Event) bool { return strings.Contains(string(e.Raw), "UDP") })
	mother, son := r.line("mother", family), r.again("son", family)
	r.talk(mother, son, "dinner is ready")
	daughter := r.line("daughter", "./gochat --bootnode HOST:9595 --room lobby --room family --secret-file family=secret.txt")
	daughter.WaitStderr(0, patience, "family: mother#")
	daughter.Type("/room family")
	r.talk(daughter, son, "coming")
	r.leave(mother, son, daughter)

	watcher := r.again("watcher", "./gochat --bootnode HOST:9595 --room ci")
	watcher.WaitStderr(0, patience, "registered")
	ci := r.line("ci", `echo '{"cmd":"send","text":"build finished"}' | ./gochat --bootnode HOST:9595 --room ci --ui json`)
	watcher.Wait(patience, "the news", proc.Line("build finished"))
	exitsWith(r.t, ci, 0)
	second := r.again("second", "./gochat --bootnode HOST:9595 --room ci")
	watcher.WaitStderr(0, patience, "second#")
	for _, line := range []string{
		`./gochat send --bootnode HOST:9595 --room ci "build finished"`,
		"./gochat tail --room ci --since 1h",
		"./gochat search --room ci build",
		"./gochat export --room ci room.gcx",
		"./gochat import --room ci room.gcx",
	} {
		p := r.line("command", line)
		exitsWith(r.t, p, 0)
		if strings.Contains(line, "tail") || strings.Contains(line, "search") {
			p.Wait(patience, "what was said", proc.Line("build finished"))
		}
	}
	r.leave(second, watcher)
	boot.Signal(os.Interrupt)
	exitsWith(r.t, boot, 0)
}

func (r *readme) overTCP() {
	plain := r.line("plain", "./gochat --mode bootnode --listen 0.0.0.0:9595 --listen-ws 0.0.0.0:9595,0.0.0.0:8080   # plain, the second for a reverse proxy with TLS on 443")
	plain.WaitStderr(0, patience, `bootnode listens for WebSockets" address=0.0.0.0:8080`)
	plain.Signal(os.Interrupt)
	exitsWith(r.t, plain, 0)

	cert, key := r.certificate("localhost") // stands for HOST, which has a name here
	for from, to := range map[string]string{cert: "cert.pem", key: "key.pem"} {
		if err := os.Rename(from, filepath.Join(r.dir, to)); err != nil {
			r.t.Fatal(err)
		}
	}
	boot := r.line("bootnode", "./gochat --mode bootnode --listen 0.0.0.0:9595 --listen-ws 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem")
	boot.WaitStderr(0, patience, "bootnode listens for WebSockets")
	const line = "./gochat --bootnode wss://HOST/gochat --room test   # over TCP only"
	alice, bob := r.line("alice", line), r.again("bob", line)
	alice.WaitStderr(0, patience, "registered over TCP")
	alice.WaitStderr(0, patience, "bob#")
	r.talk(bob, alice, "hello over TCP")
	r.leave(alice, bob)
	boot.Signal(os.Interrupt)
	exitsWith(r.t, boot, 0)
}
