package e2e

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gochat/test/proc"
)

// Two compare words; what was verified survives a restart, with a passphrase, too.
func TestVerify(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	file := filepath.Join(w.home, "passphrase.txt")
	if err := os.WriteFile(file, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	key := bob.ReadyKey()
	a, b := alice.Do(map[string]any{"cmd": "verify", "to": "bob"}), bob.Do(map[string]any{"cmd": "verify", "to": "alice"})
	if words := a.Strings("words"); len(words) != 12 || !slices.Equal(words, b.Strings("words")) {
		t.Errorf("alice sees %s, bob %s", a.Raw, b.Raw)
	}
	verified := func(want bool) func(proc.Event) bool {
		return func(e proc.Event) bool {
			return e.Type() == "peer" && e.String("peer") == key && e.Bool("verified") == want
		}
	}
	mark := alice.Mark()
	alice.Do(map[string]any{"cmd": "verified", "to": "bob"})
	alice.WaitAfter(mark, patience, "bob, verified", verified(true))
	alice.Signal(os.Interrupt)
	exitsWith(t, alice, 0)
	lock := w.command("lock", "--data-dir", w.dir("alice"), "--passphrase-file", file)
	if out, err := lock.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	alice = w.json("alice", "--passphrase-file", file)
	alice.Wait(patience, "bob, verified", verified(true))
	bob.Say("it is me")
	if e := alice.Wait(patience, "bob's message", proc.Message("it is me")); !e.Bool("verified") {
		t.Errorf("not verified: %s", e.Raw)
	}
	mark = alice.Mark()
	alice.Do(map[string]any{"cmd": "unverify", "to": key})
	alice.WaitAfter(mark, patience, "bob, not verified", verified(false))
}

// gochat doctor runs beside a gochat that has the profile, and writes nothing.
func TestDoctor(t *testing.T) {
	w := newWorld(t)
	doctor := func(args ...string) (text string, code int) {
		out, err := w.command(append([]string{"doctor", "--data-dir", w.dir("doctor")}, args...)...).Output()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			code = exit.ExitCode()
		} else if err != nil {
			t.Fatal(err)
		}
		return string(out), code
	}
	if out, code := doctor("--bootnode", w.boot); code != 3 || !strings.Contains(out, "To do: is "+w.boot+" right") {
		t.Errorf("code %d:\n%s", code, out)
	}
	w.bootnode()
	w.json("alice")
	out, code := doctor("--bootnode", w.boot, "--json")
	var found struct {
		Type      string
		OK        bool
		Bootnodes []struct {
			State string
			RTT   float64  `json:"rtt_ms"`
			Clock *float64 `json:"clock_ms"`
		}
	}
	if err := json.Unmarshal([]byte(out), &found); err != nil || code != 0 || found.Type != "doctor" || !found.OK {
		t.Fatalf("code %d, %v: %s", code, err, out)
	}
	if b := found.Bootnodes[0]; b.State != "registered" || b.RTT <= 0 || b.Clock == nil || *b.Clock < -1000 || *b.Clock > 1000 {
		t.Errorf("the bootnode: %s", out)
	}
	if out, code := doctor("--bootnode", w.boot, "--bootnode-key", strings.Repeat("b", 51)+"a"); code != 5 {
		t.Errorf("another key: code %d:\n%s", code, out)
	}
	if _, err := os.Stat(w.dir("doctor")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("it has left something in its directory: %v", err)
	}
}

// To hide an address takes a bootnode.
func TestHidingRefused(t *testing.T) {
	w := newWorld(t)
	for _, args := range [][]string{{"--relay-only"}, {"--direct", "verified"}} {
		out, err := w.command(append([]string{"--room", "r", "--ui", "json", "--data-dir", w.dir("x")}, args...)...).CombinedOutput()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 || !strings.Contains(string(out), "--bootnode HOST:PORT") {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}
