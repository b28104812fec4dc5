package e2e

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"gochat/test/proc"
)

// A user at a terminal chooses a passphrase, mistypes it, and gets the terminal
// back as it was when he gives up.
func TestPassphraseAtTheTerminal(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	x := w.terminal("alice", 200, 40)
	run := func(command string) {
		x.write(fmt.Sprintf("clear; '%s' %s --data-dir '%s'; echo left with $?", w.binary, command, w.dir("alice")))
		x.keys("Enter")
	}
	answer := func(prompt, text string) {
		t.Helper()
		x.shows(prompt + ` *\n*$`) // the last thing on the screen
		x.write(text)
		x.keys("Enter")
	}
	x.write("stty -a > before")
	x.keys("Enter")

	run("lock")
	answer("New passphrase for the profile:", "")
	x.shows("a passphrase has 1 to")
	answer("New passphrase for the profile:", "horse")
	answer("The same again:", "hrose")
	x.shows("not the same")
	answer("not the same.\nNew passphrase for the profile:", "horse")
	answer("not the same.(\n.*)*The same again:", "horse")
	x.shows("is locked", "left with 0")
	x.hides("horse")

	client := fmt.Sprintf("--bootnode %s --room '%s'", w.boot, w.room)
	run(client)
	answer("Passphrase of the profile:", "hrose")
	x.shows("did not open it")
	answer("did not open it.*\nPassphrase of the profile:", "horse")
	x.shows(w.room)
	x.keys("C-c", "C-c")
	x.shows("left with 0")

	// Standard input is no terminal, but there is one; and so for the output.
	run("key show </dev/null")
	answer("Passphrase of the profile:", "horse")
	x.shows("locked with a passphrase", "left with 0")
	run("key export key.txt")
	answer("Passphrase of the profile:", "horse")
	answer("New passphrase for the file with the key:", "cow")
	answer("The same again:", "cow")
	x.shows("is in key.txt", "left with 0")
	run("key import key.txt --data-dir elsewhere # ")
	answer("Passphrase of the file with the key:", "cow")
	x.shows("the profile elsewhere has the key")

	run("unlock")
	answer("Passphrase of the profile:", "cow")
	answer("did not open it.*\nPassphrase of the profile:", "cow")
	answer("(?s:did not open it.*did not open it[^\n]*\n)Passphrase of the profile:", "cow")
	x.shows("passphrase is wrong", "left with 1")

	run("unlock")
	x.shows("Passphrase of the profile: *\n*$")
	x.keys("C-c")
	x.shows("interrupted", "left with 1")
	x.write("stty -a > after; echo com''pared")
	x.keys("Enter")
	x.shows("compared")
	if before, after := read(t, w.home+"/before"), read(t, w.home+"/after"); before != after {
		t.Errorf("the terminal's modes changed:\n%s\n%s", before, after)
	}
	run(client + " --json")
	x.shows("--passphrase-file", "left with 1")
}

// Whenever gochat is killed while it locks or unlocks, the profile is whole, in
// one form or the other, and the next start takes away what is left.
func TestKilledWhileLocking(t *testing.T) {
	const said = "the xylophone of quartz"
	w := newWorld(t)
	w.bootnode()
	dir, file := w.dir("alice"), filepath.Join(w.home, "passphrase")
	if err := os.WriteFile(file, []byte("horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	start := func() *proc.Process { return w.json("alice", "--passphrase-file", file, "--drain", "0") }
	leave := func(p *proc.Process) {
		p.Do(map[string]any{"cmd": "quit"})
		p.Exit(patience)
	}
	alice := start()
	key := alice.ReadyKey()
	alice.Say(said)
	leave(alice)
	killed := 0
	for i := range 12 {
		command, last := "lock", "history.sealed.db"
		if there(t, dir, "locked") {
			command, last = "unlock", "history.db"
		}
		p := proc.StartText(t, command, w.command(command, "--data-dir", dir, "--passphrase-file", file))
		if i%2 == 0 { // after some time
			time.Sleep(time.Duration(i) * 20 * time.Millisecond)
		} else { // when it is about to happen
			deadline := time.Now().Add(patience)
			for !there(t, dir, last) && time.Now().Before(deadline) {
				time.Sleep(time.Millisecond)
			}
			time.Sleep(time.Duration(i) * time.Millisecond)
		}
		p.Kill()
		if p.Exit(patience) != 0 {
			killed++
		}
		alice := start()
		if alice.ReadyKey() != key {
			t.Fatal("another key")
		}
		history := alice.Do(map[string]any{"cmd": "history"}).List("messages")
		if len(history) != 1 || history[0]["text"] != said {
			t.Fatalf("%s was killed; history: %v", command, history)
		}
		for _, e := range alice.Events() {
			if e.Type() == "notice" && e.String("code") == "history" {
				t.Error(string(e.Raw))
			}
		}
		leave(alice)
		locked := there(t, dir, "locked")
		t.Logf("%s was killed; locked: %v", command, locked)
		if there(t, dir, "history.db") == locked || there(t, dir, "history.sealed.db") != locked ||
			there(t, dir, "identity") == locked || there(t, dir, "identity.sealed") != locked {
			t.Errorf("%s was killed: both forms are there, or none", command)
		}
		if found := holds(t, dir, "xylophone"); (found == "") != locked {
			t.Errorf("locked: %v, but what was said is in the file %q", locked, found)
		}
	}
	if killed == 0 {
		t.Error("none was killed in time")
	}
}

func there(t *testing.T, dir, name string) bool {
	t.Helper()
	_, err := os.Lstat(filepath.Join(dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return err == nil
}

// holds is a file in the directory that has a word in it.
func holds(t *testing.T, dir, word string) (found string) {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range list {
		if bytes.Contains([]byte(read(t, filepath.Join(dir, e.Name()))), []byte(word)) {
			found = e.Name()
		}
	}
	return found
}
