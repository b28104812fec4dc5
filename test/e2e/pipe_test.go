package e2e

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// headless starts a command whose standard output is read by somebody who stops at
// a line with a text ("": before the first), as head does, and then calls gone. It
// returns how the command ended and what it said on standard error.
func (w *world) headless(last string, gone func(), args ...string) (code int, stderr string) {
	w.t.Helper()
	r, out, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	if last == "" {
		r.Close() // before anything is written
	}
	in, keep, err := os.Pipe() // input that does not end
	if err != nil {
		w.t.Fatal(err)
	}
	defer keep.Close()
	cmd := w.command(args...)
	var errs strings.Builder
	cmd.Stdin, cmd.Stdout, cmd.Stderr = in, out, &errs
	if err := cmd.Start(); err != nil {
		w.t.Fatal(err)
	}
	in.Close()
	out.Close()
	kill := time.AfterFunc(2*patience, func() { _ = cmd.Process.Kill() })
	defer kill.Stop()
	if last != "" {
		for s := bufio.NewScanner(r); s.Scan() && !strings.Contains(s.Text(), last); {
		}
		r.Close()
	}
	gone()
	var status *exec.ExitError
	if err := cmd.Wait(); errors.As(err, &status) {
		code = status.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	return code, errs.String()
}

// Whoever reads the output has gone: what is printed once ends with 1, without a
// word.
func TestReaderGone(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	alice.Say("hello")
	bob.Wait(patience, "hello", proc.Message("hello"))
	alice.EndInput()
	exitsWith(t, alice, 0)
	none := func() {}
	for _, args := range []string{
		"help", "help options", "help send", "version", "man", "completion bash", "config",
		"tail --room R --data-dir D", "tail --json --room R --data-dir D", "search --room R --data-dir D hello",
		"key --data-dir D show", "bootnode --data-dir B status",
	} {
		words := strings.Fields(args)
		for i, word := range words {
			switch word {
			case "R":
				words[i] = w.room
			case "D":
				words[i] = w.dir("alice")
			case "B":
				words[i] = w.dir("bootnode")
			}
		}
		if code, errs := w.headless("", none, words...); code != 1 || errs != "" {
			t.Errorf("%s: exit code %d, %q", args, code, errs)
		}
	}
}

// A member whose reader goes ends with 1 when there is more to say, and takes leave.
func TestReaderOfMemberGone(t *testing.T) {
	for _, ui := range []string{"json", "plain"} {
		t.Run(ui, func(t *testing.T) {
			w := newWorld(t)
			w.bootnode()
			bob := w.json("bob")
			bob.Wait(patience, "registration", proc.Registered)
			bob.Say("the first")
			code, errs := w.headless("the first", func() { bob.Say("the second") }, "--bootnode", w.boot, "--room", w.room, "--nick", "alice", "--ui", ui, "--data-dir", w.dir("alice"))
			if code != 1 || strings.Contains(errs, "goroutine") || strings.Contains(errs, "panic") || strings.Contains(errs, "broken pipe") {
				t.Errorf("exit code %d:\n%s", code, errs)
			}
			bob.Wait(patience, "alice leaving", func(e proc.Event) bool {
				return e.Type() == "peer" && e.String("state") == "left" && e.String("nick") == "alice"
			})
		})
	}
}
