package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"gochat/test/proc"
)

// operate runs a command on the bootnode of a data directory and returns what it
// printed and its exit code.
func (w *world) operate(dir string, args ...string) (out string, code int) {
	w.t.Helper()
	cmd := w.command(append([]string{"bootnode", "--data-dir", dir}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	if stderr.Len() > 0 {
		w.t.Logf("gochat bootnode %v: %s", args, stderr.String())
	}
	return stdout.String(), cmd.ProcessState.ExitCode()
}

// write writes a file and returns its path.
func (w *world) write(name, text string) string {
	w.t.Helper()
	path := filepath.Join(w.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// second starts another bootnode, with a key of its own.
func (w *world) second(args ...string) (p *proc.Process, addr string) {
	w.t.Helper()
	addr = freeAddr(w.t)
	p = proc.StartText(w.t, "second", w.command(append([]string{"--mode", "bootnode", "--listen", addr, "--data-dir", w.dir("second")}, args...)...))
	p.WaitStderr(0, patience, "bootnode listens")
	return p, addr
}

// A bootnode is drained while ten members chat through its relay alone. They go
// to the bootnode it names before they leave it; no message is lost, nobody is
// missed, and it ends by itself.
func TestDrainLosesNothing(t *testing.T) {
	const members = 10
	w := newWorld(t)
	boot := w.bootnode(quick...)
	_, other := w.second(quick...)
	var everybody []*proc.Process
	for i := range members {
		everybody = append(everybody, w.json(fmt.Sprintf("m%d", i), "--relay-only"))
	}
	meet(everybody...)
	ids := map[*proc.Process][]string{}
	chat := func(rounds int, what string) {
		for round := range rounds {
			for i, p := range everybody {
				ids[p] = append(ids[p], p.Say(fmt.Sprintf("%s %d of %d", what, round, i)))
			}
			time.Sleep(100 * time.Millisecond)
		}
	}
	chat(5, "before")
	marks := map[*proc.Process]int{}
	for _, p := range everybody {
		marks[p] = p.Mark()
	}
	if out, code := w.operate(w.dir("bootnode"), "drain", "--to", other, "--in", "30s"); code != 0 || !strings.Contains(out, other) {
		t.Fatalf("%q, %d", out, code)
	}
	start := time.Now()
	chat(40, "meanwhile")
	exitsWith(t, boot, 0)
	within(t, boot.EndedAt().Sub(start), 15*time.Second+slack, "the bootnode was left by all")
	chat(5, "after")
	for _, p := range everybody {
		for _, id := range ids[p] {
			deliveredTo(p, id, members-1)
		}
		none(t, p, marks[p], "somebody was missed", gone)
		p.WaitAfter(marks[p], patience, "what happened", notice("bootnode-stops"))
	}
	texts := func(p *proc.Process) int {
		return len(all(p, proc.AnyMessage))
	}
	for _, p := range everybody {
		if got, want := texts(p), 50*(members-1); got != want {
			t.Errorf("%s heard %d messages, want %d", p.Name, got, want)
		}
	}
}

// A drain that is called off leaves everything as it was; newcomers come again.
func TestDrainCalledOff(t *testing.T) {
	w := newWorld(t)
	w.bootnode(quick...)
	alice := w.json("alice")
	alice.Wait(patience, "registered", proc.Registered)
	if _, code := w.operate(w.dir("bootnode"), "drain", "--in", "1h"); code != 0 {
		t.Fatal(code)
	}
	alice.Wait(patience, "the news", notice("bootnode-stops"))
	bob := w.json("bob")
	bob.Wait(patience, "a refusal", func(e proc.Event) bool {
		return e.Type() == "bootnode" && strings.Contains(e.String("reason"), "about to stop")
	})
	if _, code := w.operate(w.dir("bootnode"), "drain", "--cancel"); code != 0 {
		t.Fatal(code)
	}
	alice.Wait(patience, "the better news", notice("bootnode-stays"))
	carol := w.json("carol")
	meet(alice, carol)
	if _, code := w.operate(w.dir("bootnode"), "drain", "--cancel"); code != 1 {
		t.Errorf("what was called off is called off again: %d", code)
	}
}

// The operator's words reach members as words of a stranger; who is banned is
// told why, stays out, and over a restart, too.
func TestOperatorsWords(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode(quick...)
	dir := w.dir("bootnode")
	alice, bob := w.json("alice"), w.plain("bob")
	alice.Wait(patience, "bob", proc.Joined)
	if out, code := w.operate(dir, "notice", "tea\x1b[31m at five\nsharp"); code != 0 || !strings.Contains(out, "2") {
		t.Fatalf("%q, %d", out, code)
	}
	e := alice.Wait(patience, "the notice", notice("bootnode-notice"))
	if text := e.String("text"); !strings.HasSuffix(text, "says: tea\uFFFD[31m at five / sharp") {
		t.Errorf("%q", text)
	}
	bob.WaitStderr(0, patience, "at five / sharp")
	if _, code := w.operate(dir, "motd", "welcome to the pleasure dome"); code != 0 {
		t.Fatal(code)
	}
	alice.Wait(patience, "the greeting", notice("bootnode-motd"))
	carol := w.json("carol")
	carol.Wait(patience, "the greeting", notice("bootnode-motd"))
	none(t, carol, 0, "told of what was before her", notice("bootnode-notice"))

	out, code := w.operate(dir, "ban", "127.0.0.0/8", "--reason", "enough", "--json")
	var answer struct {
		OK     bool `json:"ok"`
		Result struct {
			Ended int `json:"ended"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 || !answer.OK || answer.Result.Ended != 3 {
		t.Fatalf("%q, %d, %v", out, code, err)
	}
	e = alice.Wait(patience, "the reason", notice("bootnode-reason"))
	if !strings.Contains(e.String("text"), "enough") {
		t.Errorf("%s", e.Raw)
	}
	boot.Kill()
	boot.Exit(patience)
	w.bootnode(quick...)
	dave := w.json("dave")
	e = dave.Wait(patience, "a refusal", func(e proc.Event) bool {
		return e.Type() == "bootnode" && strings.Contains(e.String("reason"), "banned")
	})
	dave.Wait(patience, "the reason", notice("bootnode-reason"))
	if out, code := w.operate(dir, "unban", "127.0.0.0/8"); code != 0 {
		t.Fatalf("%q, %d", out, code)
	}
	w.json("erin").Wait(patience, "registered", proc.Registered)
}

// A bootnode for those invited takes nobody else, and says what to do; who is not
// invited any more goes.
func TestInviteOnly(t *testing.T) {
	w := newWorld(t)
	file := w.write("invited", "alice:a-token-that-nobody-guesses\nbob:another-token-nobody-guesses\n")
	w.bootnode(append(quick, "--invite-only", file)...)
	alice := w.json("alice", "--bootnode-token", "a-token-that-nobody-guesses")
	bob := w.json("bob", "--bootnode-token", "another-token-nobody-guesses")
	meet(alice, bob)
	refused := func(e proc.Event) bool {
		return e.Type() == "bootnode" && strings.Contains(e.String("reason"), "--bootnode-token")
	}
	w.json("carol").Wait(patience, "a refusal", refused)
	w.json("dave", "--bootnode-token", "a-token-that-nobody-has").Wait(patience, "a refusal", refused)
	w.write("invited", "alice:a-token-that-nobody-guesses\n")
	if out, code := w.operate(w.dir("bootnode"), "reload"); code != 0 || !strings.Contains(out, "1") {
		t.Fatalf("%q, %d", out, code)
	}
	bob.Wait(patience, "the reason", notice("bootnode-reason"))
	none(t, alice, 0, "sent away", notice("bootnode-reason"))
	w.write("invited", "nonsense\n")
	if _, code := w.operate(w.dir("bootnode"), "reload"); code != 1 {
		t.Errorf("a broken file was taken: %d", code)
	}
	w.json("alice2", "--bootnode-token", "a-token-that-nobody-guesses").Wait(patience, "registered", proc.Registered)
}

// Exit codes tell a script what is the matter.
func TestOperateExitCodes(t *testing.T) {
	w := newWorld(t)
	dir := w.dir("bootnode")
	if _, code := w.operate(dir, "status"); code != 3 {
		t.Errorf("without a bootnode: %d", code)
	}
	w.bootnode(quick...)
	for _, c := range []struct {
		args []string
		code int
	}{
		{[]string{"status"}, 0},
		{[]string{"peers", "--json"}, 0},
		{[]string{"rooms"}, 0},
		{[]string{"bans"}, 0},
		{[]string{"motd"}, 0},
		{[]string{"reload"}, 0},
		{nil, 0},
		{[]string{"kick"}, 2},
		{[]string{"kick", "nobody"}, 2},
		{[]string{"ban", "10.0.0.1", "--for", "soon"}, 2},
		{[]string{"unban", "10.0.0.1"}, 1},
		{[]string{"notice", ""}, 2},
		{[]string{"notice", "hello", "--room", "ffffff"}, 2},
		{[]string{"drain", "--cancel"}, 1},
		{[]string{"drain", "--to", "not an address"}, 2},
		{[]string{"dance"}, 2},
	} {
		if out, code := w.operate(dir, c.args...); code != c.code {
			t.Errorf("%v: exit code %d, want %d: %s", c.args, code, c.code, out)
		}
	}
}

// A bootnode is restarted under members who talk through its relay alone: they
// are back within a beat, and nothing that was said is lost.
func TestRestartLosesNothing(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode() // with a heartbeat of ten seconds
	var everybody []*proc.Process
	for i := range 4 {
		everybody = append(everybody, w.json(fmt.Sprintf("m%d", i), "--relay-only"))
	}
	meet(everybody...)
	ids := map[*proc.Process][]string{}
	say := func() {
		for i, p := range everybody {
			ids[p] = append(ids[p], p.Say(fmt.Sprint("said by ", i)))
		}
	}
	say()
	boot.Kill()
	boot.Exit(patience)
	marks := map[*proc.Process]int{}
	for _, p := range everybody {
		marks[p] = p.Mark()
	}
	say()
	w.bootnode()
	start := time.Now()
	for _, p := range everybody {
		p.WaitAfter(marks[p], patience, "registered again", proc.Registered)
	}
	within(t, time.Since(start), 12*time.Second+slack, "all are back")
	say()
	for _, p := range everybody {
		for _, id := range ids[p] {
			deliveredTo(p, id, len(everybody)-1)
		}
	}
}

// A hangup has the bootnode read its files and settings again; what is broken
// changes nothing, and is said.
func TestHangupReloads(t *testing.T) {
	w := newWorld(t)
	file := w.write("motd", "first words\n")
	boot := w.bootnode(append(quick, "--motd-file", file)...)
	alice := w.json("alice")
	said := func(words string) func(proc.Event) bool {
		return func(e proc.Event) bool {
			return notice("bootnode-motd")(e) && strings.HasSuffix(e.String("text"), "says: "+words)
		}
	}
	alice.Wait(patience, "the greeting", said("first words"))
	w.write("motd", "other words\n")
	w.write(".env", "MAX_MEMBERS=1\nLISTEN=127.0.0.1:1\n")
	boot.Signal(syscall.SIGHUP)
	alice.Wait(patience, "the other greeting", said("other words"))
	boot.WaitStderr(0, patience, "settings were read again")
	w.json("bob").Wait(patience, "a refusal", func(e proc.Event) bool {
		return e.Type() == "bootnode" && strings.Contains(e.String("reason"), "room is full")
	})
	mark := len(boot.Stderr())
	w.write("motd", strings.Repeat("too long ", 1000))
	boot.Signal(syscall.SIGHUP)
	boot.WaitStderr(mark, patience, "stay as they were")
	if out, code := w.operate(w.dir("bootnode"), "motd"); code != 0 || out != "other words\n" {
		t.Errorf("%q, %d", out, code)
	}
}
