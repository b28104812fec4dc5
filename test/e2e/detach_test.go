package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"gochat/test/proc"
)

// run runs gochat to its end.
func (w *world) run(input string, args ...string) (stdout, stderr string, code int) {
	w.t.Helper()
	cmd := w.command(args...)
	var out, errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(input), &out, &errs
	var status *exec.ExitError
	if err := cmd.Run(); errors.As(err, &status) {
		code = status.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	return out.String(), errs.String(), code
}

// runs is run, with the exit code that is expected.
func (w *world) runs(code int, args ...string) (stdout, stderr string) {
	w.t.Helper()
	stdout, stderr, got := w.run("", args...)
	if got != code {
		w.t.Errorf("gochat %q: exit code %d, want %d\n%s%s", args, got, code, stdout, stderr)
	}
	return stdout, stderr
}

// background starts a member in the background, which ends with the test.
func (w *world) background(nick string, args ...string) (dir string, pid int) {
	w.t.Helper()
	dir = w.dir(nick)
	out, _ := w.runs(0, append([]string{"--detach", "--json", "--bootnode", w.boot, "--room", w.room, "--nick", nick, "--data-dir", dir}, args...)...)
	var ready struct {
		Type    string
		PID     int
		DataDir string `json:"data_dir"`
		Log     string
	}
	if err := json.Unmarshal([]byte(out), &ready); err != nil || ready.Type != "detached" || ready.PID == 0 || ready.DataDir != dir {
		w.t.Fatalf("%v: %q", err, out)
	}
	w.t.Cleanup(func() {
		if !w.t.Failed() {
			return // it was stopped
		}
		_ = exec.Command(w.binary, "stop", "--data-dir", dir).Run()
		log, _ := os.ReadFile(ready.Log)
		w.t.Logf("--- the log of %s\n%s", nick, log)
	})
	return dir, ready.PID
}

// attach shows somebody's session in another process.
func (w *world) attach(dir string, args ...string) *exec.Cmd {
	return w.command(append([]string{"attach", "--data-dir", dir}, args...)...)
}

// One session in the background, shown by several at once: what one says the
// others see, what nobody saw is seen by who comes, and leaving ends nothing.
func TestDetached(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir, _ := w.background("alice")
	for _, name := range []string{"attach.sock", "gochat.sock"} {
		if st, err := os.Stat(filepath.Join(dir, name)); err != nil || st.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, st, err)
		}
	}
	bob := w.json("bob")
	bob.Wait(patience, "alice", proc.Joined)
	deliveredTo(bob, bob.Say("while nobody looked"), 1) // so alice has met bob, too

	program := proc.Start(t, "program", w.attach(dir, "--json"))
	ready := program.Wait(patience, "ready", proc.Ready)
	if peers, boots := ready.List("peers"), ready.List("bootnodes"); len(peers) != 1 || peers[0]["nick"] != "bob" || len(boots) != 1 || boots[0]["state"] != "registered" {
		t.Errorf("who comes late is not told all: %s", ready.Raw)
	}
	reader := proc.StartText(t, "reader", w.attach(dir, "--ui", "plain"))
	reader.Wait(patience, "what was said", line("while nobody looked"))
	reader.Type("hello from a terminal")
	bob.Wait(patience, "the message", proc.Message("hello from a terminal"))
	program.Wait(patience, "the message", func(e proc.Event) bool {
		return e.Type() == "message" && e.Bool("own") && e.String("text") == "hello from a terminal"
	})
	program.Say("hello from a program")
	reader.Wait(patience, "the other's message", line("hello from a program"))

	reader.Type("/detach")
	exitsWith(t, reader, 0)
	reader.WaitStderr(0, patience, "gochat goes on")
	program.EndInput()
	exitsWith(t, program, 0)

	again := proc.StartText(t, "again", w.attach(dir, "--ui", "plain"))
	again.Wait(patience, "the past", line("hello from a program"))
	out, _ := w.runs(0, "detach", "--data-dir", dir)
	if !strings.HasPrefix(out, "1 terminal has left") {
		t.Error(out)
	}
	exitsWith(t, again, 0)

	w.runs(0, "send", "--data-dir", dir, "--room", w.room, "by a script")
	bob.Wait(patience, "the script's message", proc.Message("by a script"))

	last := proc.StartText(t, "last", w.attach(dir, "--ui", "plain"))
	last.Wait(patience, "the past", line("by a script"))
	_, errs := w.runs(0, "stop", "--data-dir", dir)
	if !strings.Contains(errs, "gochat has ended") {
		t.Error(errs)
	}
	exitsWith(t, last, 0)
	last.WaitStderr(0, patience, "gochat has ended")
	for _, command := range []string{"stop", "attach", "detach"} {
		if _, errs := w.runs(1, command, "--data-dir", dir); !strings.Contains(errs, "no running gochat answers there") {
			t.Errorf("%s: %s", command, errs)
		}
	}
}

// Who leaves --data-dir out while only a further profile runs is told which.
func TestOtherProfilesAreNamed(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir := filepath.Join(w.home, "data", "gochat", "profile-2")
	w.runs(0, "--detach", "--bootnode", w.boot, "--room", w.room, "--data-dir", dir)
	t.Cleanup(func() { w.runs(0, "stop", "--data-dir", dir) })
	for _, command := range []string{"stop", "attach", "detach"} {
		_, errs := w.runs(1, command)
		if want := "no running gochat answers there, but one does in " + dir + ": gochat " + command + " --data-dir " + dir; !strings.Contains(errs, want) || strings.Contains(errs, "dial") {
			t.Errorf("%s: %s", command, errs)
		}
	}
}

// line matches a line of a text front that ends with a message.
func line(text string) func(proc.Event) bool {
	return func(e proc.Event) bool { return strings.HasSuffix(string(e.Raw), ": "+text) }
}

// The last word is /quit, and ends what is in the background.
func TestQuitEndsTheBackground(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	dir, _ := w.background("alice")
	front := proc.StartText(t, "front", w.attach(dir, "--ui", "plain"))
	front.Type("/quit")
	exitsWith(t, front, 0)
	front.WaitStderr(0, patience, "gochat has ended")
	w.background("alice") // as soon as it has let go
	w.runs(0, "stop", "--data-dir", dir)
}

// What runs in a terminal can be attached to as well, and ends as it did without.
func TestAttachToTheForeground(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	guest := proc.StartText(t, "guest", w.attach(w.dir("alice"), "--ui", "plain"))
	guest.Type("hello")
	bob.Wait(patience, "the message", proc.Message("hello"))
	alice.EndInput()
	exitsWith(t, alice, 0)
	exitsWith(t, guest, 0)
	guest.WaitStderr(0, patience, "gochat has ended")
}

// What goes wrong before it is ready reaches the one who began it.
func TestDetachFails(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	start := []string{"--detach", "--bootnode", w.boot, "--room", w.room}
	dir, _ := w.background("alice")
	for _, x := range []struct {
		code int
		args []string
		want string
	}{
		{1, []string{"--data-dir", dir}, "in use"},
		{2, []string{"--data-dir", w.dir("bob"), "--log-file", "no/such/folder"}, "--log-file"},
		{5, []string{"--data-dir", w.dir("bob"), "--bootnode-key", strings.Repeat("a", 51) + "q"}, "not the one you gave"},
	} {
		if _, errs := w.runs(x.code, append(start, x.args...)...); !strings.Contains(errs, x.want) {
			t.Errorf("%q: %s", x.args, errs)
		}
	}
	// A bootnode that is not there is no reason not to go on.
	out, _ := w.runs(0, "--detach", "--bootnode", freeAddr(t), "--room", w.room, "--data-dir", w.dir("carol"))
	if !strings.Contains(out, "no named bootnode has answered yet") || !strings.Contains(out, "gochat stop --data-dir") {
		t.Error(out)
	}
	w.runs(0, "stop", "--data-dir", w.dir("carol"))
	w.runs(0, "stop", "--data-dir", dir)
}

// A locked profile is opened with the passphrase of a file; without one, and
// without somebody to ask, it says so.
func TestDetachLocked(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	secret := filepath.Join(w.home, "passphrase")
	if err := os.WriteFile(secret, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := w.dir("alice")
	w.runs(0, "lock", "--data-dir", dir, "--passphrase-file", secret)
	if _, errs := w.runs(1, "--detach", "--bootnode", w.boot, "--room", w.room, "--data-dir", dir); !strings.Contains(errs, "locked with a passphrase") {
		t.Error(errs)
	}
	w.background("alice", "--passphrase-file", secret)
	w.runs(0, "stop", "--data-dir", dir)
}

// Two terminals show the full screen of one session; it ends without a word, and
// both terminals are as they were.
func TestAttachTerminals(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	dir, pid := w.background("alice")
	bob := w.json("bob")
	bob.Wait(patience, "alice", proc.Joined)
	bob.Say("before")
	one, two := w.terminal("one", 90, 20), w.terminal("two", 60, 16)
	for _, x := range []*terminal{one, two} {
		x.write(w.binary + " attach --data-dir " + dir)
		x.keys("Enter")
		x.shows("before", "2 here")
	}
	one.write("hello from one")
	one.keys("Enter")
	two.shows("hello from one")
	bob.Wait(patience, "the message", proc.Message("hello from one"))
	one.tmux("resize-window", "-x", "50", "-y", "12")
	one.shows("hello from one")
	one.keys("C-c")
	one.shows("gochat goes on", "ready>")
	bob.Say("after")
	two.shows("after")
	process, err := os.FindProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	_ = process.Signal(syscall.SIGKILL)
	two.shows("ended without a word", "ready>")
	two.write("echo all is $((20+22))")
	two.keys("Enter")
	two.shows("all is 42")
}

// Where the full screen is refused lines come in its place, and the first one typed
// is not lost with it.
func TestAttachUnknownTerminal(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	dir, _ := w.background("alice")
	bob := w.json("bob")
	bob.Wait(patience, "alice", proc.Joined)
	bob.Say("before")
	x := w.terminal("unknown", 90, 20)
	x.write("TERM=nosuchterm " + w.binary + " attach --data-dir " + dir)
	x.keys("Enter")
	x.shows("before")
	for _, text := range []string{"the first line", "the second line"} {
		x.write(text)
		x.keys("Enter")
	}
	for _, text := range []string{"the first line", "the second line"} {
		bob.Wait(patience, text, proc.Message(text))
	}
	x.write("/quit")
	x.keys("Enter")
	x.shows("gochat has ended", "ready>")
}

// Two terminals show one session at once, each drawn for as it is: with its own theme
// and character set, and not with those of the process that draws.
func TestAttachedTerminalsHaveTheirOwnLook(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	dir := w.dir("alice")
	begin := w.command("--detach", "--bootnode", w.boot, "--room", w.room, "--nick", "alice", "--data-dir", dir, "--theme", "dark")
	begin.Env = append(begin.Env, "NO_COLOR=1", "LC_ALL=C", "TERM=xterm-256color")
	if out, err := begin.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	t.Cleanup(func() { _ = w.command("stop", "--data-dir", dir).Run() })
	bob := w.json("bob")
	bob.Wait(patience, "alice", proc.Joined)
	bob.Say("a café")
	attach := w.binary + " attach --data-dir " + dir
	looks := []struct {
		name, command, shows string
		coloured             bool
	}{
		{"one", attach + " --theme light", "│ .*bob#", true},
		{"two", attach + " --theme mono", "│ .*bob#", false},
		{"three", "NO_COLOR=1 " + attach, "│ .*bob#", false},
		{"four", "LC_ALL=C " + attach, `\| .*bob#`, true},
	}
	colour := regexp.MustCompile(`\x1b\[([0-9]+;)*(3[1-7]|9[1-7])[;m]`)
	var screens []*terminal
	for _, l := range looks {
		x := w.terminal(l.name, 90, 16)
		x.write(l.command)
		x.keys("Enter")
		screens = append(screens, x)
	}
	for i, l := range looks { // while all are shown
		screens[i].shows("a caf.", l.shows)
		if got := screens[i].tmux("capture-pane", "-p", "-e"); colour.MatchString(got) != l.coloured {
			t.Errorf("%s: coloured is not %v: %q", l.name, l.coloured, got)
		}
	}
	screens[0].write("/theme mono")
	screens[0].keys("Enter")
	screens[0].shows("the theme is mono")
	if got := screens[0].tmux("capture-pane", "-p", "-e"); colour.MatchString(got) {
		t.Errorf("mono has colours: %q", got)
	}
	if got := screens[3].tmux("capture-pane", "-p", "-e"); !colour.MatchString(got) {
		t.Error("the theme of one terminal has changed that of another")
	}
}
