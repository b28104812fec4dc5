package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

	"gochat/internal/netspace"
	"gochat/test/proc"
)

// terminal is a tmux session with one shell in it.
type terminal struct {
	t      *testing.T
	name   string
	socket string
}

// needTmux skips the test where there is none, unless it must not be missing.
func needTmux(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err == nil {
		return
	}
	netspace.Skip(t, "tmux: nobody has looked at the terminal")
}

// terminal opens a terminal of that many columns and rows with a shell, under
// a tmux server of its own.
func (w *world) terminal(name string, columns, rows int) *terminal {
	w.t.Helper()
	x := &terminal{t: w.t, name: name, socket: fmt.Sprintf("gochat-e2e-%d-%s-%s", os.Getpid(), w.t.Name(), name)}
	x.socket = regexp.MustCompile(`[^A-Za-z0-9-]`).ReplaceAllString(x.socket, "-")
	cmd := exec.Command("tmux", "-L", x.socket, "-f", "/dev/null", "new-session", "-d",
		"-x", fmt.Sprint(columns), "-y", fmt.Sprint(rows), "env", "PS1=ready> ", "sh")
	cmd.Dir, cmd.Env = w.home, append(w.environ(), "LANG=C.UTF-8", "LC_ALL=C.UTF-8", "TERM=xterm-256color")
	if out, err := cmd.CombinedOutput(); err != nil {
		w.t.Fatalf("tmux: %v\n%s", err, out)
	}
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("--- %s: screen\n%s", name, x.screen())
		}
		_ = exec.Command("tmux", "-L", x.socket, "kill-server").Run()
	})
	x.shows("ready>")
	return x
}

func (x *terminal) tmux(args ...string) string {
	out, err := exec.Command("tmux", append([]string{"-L", x.socket}, args...)...).CombinedOutput()
	if err != nil {
		x.t.Errorf("tmux %s: %v\n%s", args, err, out)
	}
	return string(out)
}

// screen is what is to be seen at the moment.
func (x *terminal) screen() string { return x.tmux("capture-pane", "-p") }

// keys presses keys, by tmux's names.
func (x *terminal) keys(names ...string) { x.tmux(append([]string{"send-keys"}, names...)...) }

// write types text.
func (x *terminal) write(text string) { x.tmux("send-keys", "-l", text) }

// shows waits until the screen matches each of the patterns.
func (x *terminal) shows(patterns ...string) {
	x.t.Helper()
	for _, p := range patterns {
		x.await(true, p)
	}
}

// hides waits until the screen does not match the pattern any more.
func (x *terminal) hides(pattern string) {
	x.t.Helper()
	x.await(false, pattern)
}

func (x *terminal) await(want bool, pattern string) {
	x.t.Helper()
	re := regexp.MustCompile(pattern)
	deadline := time.Now().Add(patience)
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	for re.MatchString(x.screen()) != want {
		if x.t.Failed() || time.Now().After(deadline) {
			x.t.Fatalf("%s: waited in vain for a screen where it is %v that there is %s", x.name, want, pattern)
		}
		<-poll.C
	}
}

// Two people talk at two terminals, a wide and a small one, and a third with
// the JSON front; then the terminals are as they were before.
func TestTerminal(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	size := map[string][2]int{"alice": {100, 30}, "bob": {60, 16}}
	var screens []*terminal
	for _, nick := range []string{"alice", "bob"} {
		x := w.terminal(nick, size[nick][0], size[nick][1])
		x.write(fmt.Sprintf("stty -a > before.%s; '%s' --bootnode %s --room '%s' --nick %s --data-dir '%s'; echo left with $?; stty -a > after.%[5]s; echo com''pared",
			nick, w.binary, w.boot, w.room, nick, w.dir(nick)))
		x.keys("Enter")
		screens = append(screens, x)
	}
	alice, bob := screens[0], screens[1]
	carol := w.json("carol")
	for _, nick := range []string{"alice", "bob"} {
		carol.Wait(patience, nick, func(e proc.Event) bool { return proc.Joined(e) && e.String("nick") == nick })
	}
	alice.shows("bob", "carol", w.room)
	bob.shows("alice")
	alice.write("hello from the terminal")
	alice.keys("Enter")
	bob.shows(`alice#[a-z2-7]{4}[^\n]*(\n[^\n]*)?hello from the terminal`)
	carol.Wait(patience, "alice's message", proc.Message("hello from the terminal"))
	bob.write("/me waves")
	bob.keys("Enter")
	alice.shows(`bob#[a-z2-7]{4} waves`)
	carol.Say("two\nlines")
	alice.shows(`two`, `lines`)
	bob.write("not sent")
	bob.shows("not sent")
	bob.keys("C-c")
	bob.hides("not sent")
	for _, x := range screens {
		x.keys("C-c", "C-c")
		x.shows("left with 0", "compared")
		if flags := x.tmux("display-message", "-p", "#{alternate_on}#{cursor_flag}#{mouse_any_flag}#{keypad_flag}"); flags != "0100\n" {
			t.Errorf("%s: alternate screen, cursor, mouse, keypad: %s", x.name, flags)
		}
		before, after := read(t, w.home+"/before."+x.name), read(t, w.home+"/after."+x.name)
		if before != after {
			t.Errorf("%s: the terminal's modes changed:\n%s\n%s", x.name, before, after)
		}
		carol.Wait(patience, x.name+" leaving", func(e proc.Event) bool {
			return e.Type() == "peer" && e.String("state") == "left" && e.String("nick") == x.name
		})
	}
	none(t, carol, 0, "bob's cleared line was sent", text("not sent"))
}

func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Error(err)
	}
	return string(b)
}
