package e2e

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"gochat/test/proc"
)

// on starts gochat on for somebody's profile.
func (w *world) on(nick string, args ...string) *proc.Process {
	w.t.Helper()
	p := proc.StartText(w.t, "on of "+nick, w.command(append([]string{"on", "--data-dir", w.dir(nick)}, args...)...))
	p.WaitStderr(0, patience, "waiting for messages in "+w.room)
	return p
}

// heard matches what the command of a test prints.
func heard(what string) func(proc.Event) bool {
	return func(e proc.Event) bool { return string(e.Raw) == what }
}

// report prints what is in the environment, and whether standard input says the
// same.
const report = `grep -c "\"text\":\"$GOCHAT_TEXT\""; echo "$GOCHAT_TYPE $GOCHAT_VERIFIED $GOCHAT_NICK: $GOCHAT_TEXT"; test -z "$SECRET"`

// A command is run for messages of whom one named, and of nobody else: by the
// running gochat's events, or by a member of its own.
func TestOn(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	w := newWorld(t)
	w.bootnode()
	alice, bob, eve := w.json("alice"), w.json("bob"), w.json("eve")
	meet(alice, bob, eve)
	if r := alice.Do(map[string]any{"cmd": "verified", "to": bob.ReadyKey()}); !r.Bool("ok") {
		t.Fatal(string(r.Raw))
	}
	for _, args := range [][]string{{"--data-dir", w.dir("alice")}, {"--data-dir", w.dir("dora"), "--bootnode", w.boot, "--room", w.room}} {
		if _, errs := w.runs(2, slices.Concat([]string{"on"}, args, []string{"--verified", "eve", "--", "true"})...); !strings.Contains(errs, "nobody called eve was verified here") {
			t.Errorf("beside a gochat and alone: %q", errs)
		}
	}
	verified := w.on("alice", "--verified", "bob", "--match", "^deploy", "--", "sh", "-c", report)
	byKey := w.on("alice", "--key", eve.ReadyKey(), "--", "sh", "-c", `echo "key: $GOCHAT_TEXT"`)
	alone := w.on("carol", "--bootnode", w.boot, "--room", w.room, "--anyone", "--max", "1", "--", "sh", "-c", `echo "alone: $GOCHAT_TEXT"; exit 7`)

	eve.Say("deploy what eve likes")
	alice.Say("deploy by myself")
	bob.Say("no such thing")
	bob.Say("deploy the release")
	verified.Wait(patience, "bob's message", heard("message true bob: deploy the release"))
	verified.Wait(patience, "the same on standard input", heard("1"))
	byKey.Wait(patience, "eve's message", heard("key: deploy what eve likes"))
	for _, text := range []string{"deploy what eve likes", "deploy by myself", "no such thing", "deploy the release"} {
		alone.Wait(patience, text, heard("alone: "+text))
	}
	alone.WaitStderr(0, patience, "exit status 7")
	eve.Say("the last word")
	byKey.Wait(patience, "the last word", heard("key: the last word"))
	for _, e := range append(verified.Events(), byKey.Events()...) {
		if s := string(e.Raw); strings.Contains(s, "myself") || strings.Contains(s, "such thing") || strings.HasPrefix(s, "message") && strings.Contains(s, "eve") {
			t.Errorf("run for another: %s", s)
		}
	}
	alone.Signal(os.Interrupt)
	exitsWith(t, alone, 0)
	byKey.Signal(os.Interrupt)
	exitsWith(t, byKey, 0)
	alice.EndInput()
	exitsWith(t, alice, 0)
	exitsWith(t, verified, 1)
	verified.WaitStderr(0, patience, "the running gochat has ended")

	w.runs(2, "on", "--room", w.room, "--", "true")
	w.runs(2, "on", "--anyone", "--", "true")
	w.runs(2, "on", "--anyone", "--room", w.room)
	if _, errs := w.runs(1, "on", "--anyone", "--room", "elsewhere", "--data-dir", w.dir("bob"), "--", "true"); !strings.Contains(errs, "not in the room elsewhere") {
		t.Error(errs)
	}
}

// A command of the settings is run for messages of who was verified.
func TestOnMessage(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("there is no sh here")
	}
	w := newWorld(t)
	w.bootnode()
	bob := w.json("bob")
	alice := w.json("alice", "--on-message", `sh -c 'gochat="$0"; exec "$gochat" send --data-dir "$GOCHAT_DATA_DIR" --room "$GOCHAT_ROOM" "heard: $GOCHAT_TEXT"' `+w.binary)
	meet(alice, bob)
	bob.Say("from a stranger")
	alice.Wait(patience, "the stranger's message", proc.Message("from a stranger"))
	if r := alice.Do(map[string]any{"cmd": "verified", "to": bob.ReadyKey()}); !r.Bool("ok") {
		t.Fatal(string(r.Raw))
	}
	bob.Say("from a friend")
	bob.Wait(patience, "the answer", proc.Message("heard: from a friend"))
	none(t, bob, 0, "an answer to a stranger", proc.Message("heard: from a stranger"))
}

// What send says by its exit code, for each way to fail.
func TestSendFails(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode("--heartbeat-interval", "1", "--peer-timeout", "10") // who stands still is not missed before another comes
	_, key, _ := strings.Cut(boot.Stderr(), "key=")
	key, _, _ = strings.Cut(key, "\n")
	send := func(more ...string) []string {
		return append([]string{"send", "--data-dir", w.dir("alice"), "--room", w.room, "--timeout", "3s"}, more...)
	}
	w.runs(3, send("--bootnode", freeAddr(t), "no bootnode")...)
	w.runs(4, send("--bootnode", w.boot, "--timeout", "5s", "nobody")...)
	w.runs(5, send("--bootnode", w.boot, "--bootnode-key", strings.Repeat("a", 51)+"q", "--timeout", "30s", "wrong key")...)
	w.runs(2, send("--bootnode", w.boot)...)
	w.runs(2, "send", "--data-dir", w.dir("alice"), "no room")
	if _, errs := w.runs(2, send("--bootnode", w.boot, "--to", "bob", "nobody verified")...); !strings.Contains(errs, "nobody called bob was verified") {
		t.Error(errs)
	}

	// A member who leaves midway: it has the link, but takes nothing any more.
	bob := w.json("bob")
	bob.Wait(patience, "registration", proc.Registered)
	bob.Signal(syscall.SIGSTOP)
	late := proc.StartText(t, "late", w.command(send("--bootnode", w.boot, "--timeout", "10s", "midway")...))
	boot.WaitStderr(0, patience, "members=2")
	bob.Kill()
	exitsWith(t, late, 4)
	late.WaitStderr(0, patience, "not delivered")
	w.runs(4, send("--bootnode", w.boot, "--bootnode-key", key, "--timeout", "5s", "nobody any more")...)
}
