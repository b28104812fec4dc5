package e2e

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/invite"
	"gochat/test/proc"
)

// outcome runs a command to its end.
func (w *world) outcome(stdin string, args ...string) (out, errs string, code int) {
	w.t.Helper()
	cmd := w.command(args...)
	cmd.Stdin = strings.NewReader(stdin)
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		code = exit.ExitCode()
	} else if err != nil {
		w.t.Fatal(err)
	}
	return stdout.String(), stderr.String(), code
}

// invited is an invite that must be there, without the line's end.
func (w *world) invited(args ...string) (line, words string) {
	w.t.Helper()
	out, errs, code := w.outcome("", append([]string{"invite"}, args...)...)
	line = strings.TrimSuffix(out, "\n")
	if code != 0 || !regexp.MustCompile(`^gochat:[a-z2-7]+$`).MatchString(line) {
		w.t.Fatalf("gochat invite: code %d\n%s%s", code, out, errs)
	}
	return line, errs
}

func (w *world) secretFile(secret string) string {
	w.t.Helper()
	file := filepath.Join(w.home, "secret.txt")
	if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return file
}

// Who joins by an invite is in the right room, at the right bootnode, and knows
// who invited him, also the next time.
func TestInvite(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice := w.json("alice", "--secret-file", w.secretFile("only for us"))
	alice.Wait(patience, "registration", proc.Registered)
	reply := alice.Do(map[string]any{"cmd": "invite"})
	line, words := w.invited("--data-dir", w.dir("alice"))
	if reply.String("invite") != line || reply.String("reach") != "machine" || !reply.Bool("private") || reply.Has("unpinned") {
		t.Errorf("the running gochat says %s, gochat invite %s", reply.Raw, line)
	}
	for _, want := range []string{"gochat join", "this machine only", "holds the room's secret"} {
		if !strings.Contains(words, want) {
			t.Errorf("%q is missing in %q", want, words)
		}
	}
	file := filepath.Join(w.home, "invite.txt")
	if _, errs, code := w.outcome("", "invite", "--data-dir", w.dir("alice"), "--room", w.room, "--out", file, "--nick", "x"); code != 0 || !strings.Contains(errs, "--nick has no effect") {
		t.Fatalf("code %d: %s", code, errs)
	}
	if st, err := os.Stat(file); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", st, err)
	}

	// Variables are for rooms of one's own; the invite wins.
	join := w.command("join", "--invite-file", file, "--nick", "bob", "--ui", "json", "--data-dir", w.dir("bob"))
	join.Env = append(join.Env, "ROOM=another", "SECRET=another", "BOOTNODE=127.0.0.1:1", "MODE=bootnode")
	bob := proc.Start(t, "bob", join)
	meet(alice, bob)
	who := bob.Wait(patience, "who invited", notice("invited"))
	if text := who.String("text"); !strings.HasPrefix(text, "alice#") || !strings.Contains(text, alice.ReadyKey()) {
		t.Errorf("bob is told %s", who.Raw)
	}
	inviter := func(e proc.Event) bool { return proc.JoinedAs(alice.ReadyKey())(e) && e.Bool("inviter") }
	bob.Wait(patience, "alice, who invited", inviter)
	bob.Signal(os.Interrupt)
	exitsWith(t, bob, 0)
	bob = w.json("bob", "--secret-file", w.secretFile("only for us"))
	bob.Wait(patience, "alice, who invited", inviter)

	// A third has it from standard input, and goes on typing there.
	carol := proc.StartText(t, "carol", w.command("join", "-", "--nick", "carol", "--ui", "plain", "--data-dir", w.dir("carol")))
	carol.Type(strings.ToUpper(line))
	carol.WaitStderr(0, patience, "alice#")
	carol.Type("hello from carol")
	alice.Wait(patience, "carol's words", proc.Message("hello from carol"))
	if strings.Contains(carol.Stderr(), "process list") {
		t.Error("nothing is in the process list")
	}

	// A fourth is in another room already, and uses the same bootnode.
	dave := proc.Start(t, "dave", w.command("--bootnode", w.boot, "--room", "elsewhere", "--nick", "dave", "--ui", "json", "--data-dir", w.dir("dave")))
	if r := dave.Do(map[string]any{"cmd": "join", "invite": line}); !r.Bool("ok") || r.String("room") != w.room {
		t.Errorf("%s", r.Raw)
	}
	dave.Wait(patience, "alice", proc.JoinedAs(alice.ReadyKey()))
	if r := dave.Do(map[string]any{"cmd": "join", "invite": line}); r.Bool("ok") {
		t.Errorf("joined twice: %s", r.Raw)
	}
}

// An invite names the bootnode's key: with another key it is refused.
func TestInviteToAnotherBootnode(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode()
	alice := w.json("alice")
	alice.Wait(patience, "registration", proc.Registered)
	line, _ := w.invited("--data-dir", w.dir("alice"))
	alice.EndInput()
	exitsWith(t, alice, 0)
	boot.Signal(os.Interrupt)
	exitsWith(t, boot, 0)
	if err := os.RemoveAll(w.dir("bootnode")); err != nil { // it gets another key
		t.Fatal(err)
	}
	w.bootnode()
	_, errs, code := w.outcome("", "join", line, "--data-dir", w.dir("bob"), "--ui", "plain", "--drain", "30s")
	if code != 5 || !strings.Contains(errs, "another key than the invite names") || !strings.Contains(errs, "for a new invite") {
		t.Errorf("code %d:\n%s", code, errs)
	}
}

// What is wrong with an invite is said, with an exit code, before anything is
// opened or written.
func TestBadInvite(t *testing.T) {
	w := newWorld(t)
	v := invite.Invite{Room: w.room, Secret: "only for us", Bootnodes: []invite.Bootnode{{Address: w.boot, Key: crypto.RunPublic{1}}}}
	line := v.String()
	v.Room = "red \x1b[31m"
	escape := v.String()
	v.Room, v.Bootnodes[0].Address = w.room, "no/address"
	astray := v.String()
	for name, tc := range map[string]struct {
		stdin string
		args  []string
		want  string
	}{
		"none":         {"", nil, "there is none"},
		"no invite":    {"", []string{"hello"}, "no invite"},
		"cut":          {"", []string{line[:100]}, "cut off; copy the whole line"},
		"mistyped":     {"", []string{line[:100] + "zz" + line[102:]}, "mistyped somewhere"},
		"a sign":       {"", []string{line[:100] + "!" + line[101:]}, "there is no '!' in one"},
		"newer":        {"", []string{"gochat:aiaawaiaafzneo4tru"}, "update this one"},
		"empty input":  {"", []string{"-"}, "no invite"},
		"no such file": {"", []string{"--invite-file", "nowhere"}, "cannot be read"},
		"room":         {"", []string{escape}, "control or invisible"},
		"bootnode":     {"", []string{astray}, "--bootnode"},
		"stray option": {"", []string{line, "--qr"}, "it belongs to gochat invite"},
	} {
		out, errs, code := w.outcome(tc.stdin, append([]string{"join"}, tc.args...)...)
		if code != 2 || out != "" || !strings.Contains(errs, tc.want) || strings.Contains(errs, "only for us") || strings.Contains(errs, "\x1b") {
			t.Errorf("%s: code %d, %q, %q", name, code, out, errs)
		}
	}
	if _, err := os.Stat(filepath.Join(w.home, "data")); err == nil {
		t.Error("something was written")
	}
	// Nobody at the address: as without an invite.
	_, errs, code := w.outcome("", "join", line, "--data-dir", w.dir("bob"), "--drain", "100ms")
	if code != 3 || !strings.Contains(errs, "no named bootnode answered") || !strings.Contains(errs, "process list") {
		t.Errorf("nobody there: code %d, %s", code, errs)
	}
}

// What cannot be invited to, with and without a gochat that runs.
func TestNoInvite(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	if _, errs, code := w.outcome("", "invite", "--data-dir", w.dir("alice")); code != 2 || !strings.Contains(errs, "no room was named") {
		t.Errorf("without a room: code %d, %s", code, errs)
	}
	_, words := w.invited("--data-dir", w.dir("alice"), "--room", w.room, "--bootnode", w.boot, "--bootnode-token", "sixteen-letters-or-more")
	if !strings.Contains(words, "does not name the key") || !strings.Contains(words, "--guest-token") {
		t.Errorf("%s", words)
	}
	line, words := w.invited("--data-dir", w.dir("alice"), "--room", w.room, "--guest-token", "sixteen-letters-or-more")
	if v, err := invite.Parse(line); err != nil || v.Token != "sixteen-letters-or-more" || !strings.Contains(words, "machine and network only") {
		t.Errorf("%+v, %v; %s", v, err, words)
	}
	out, _, code := w.outcome("", "invite", "--data-dir", w.dir("alice"), "--room", w.room, "--qr")
	if code != 0 || strings.Count(out, "\n") < 20 || !strings.Contains(out, "▀") || strings.Contains(out, "\x1b") {
		t.Errorf("code %d:\n%s", code, out)
	}

	alice := w.json("alice", "--secret-file", w.secretFile("only for us"))
	alice.Wait(patience, "registration", proc.Registered)
	alice.Say("kept")
	if _, errs, code := w.outcome("", "invite", "--data-dir", w.dir("alice"), "--room", "nowhere"); code != 1 || !strings.Contains(errs, "not in the room nowhere") {
		t.Errorf("an unknown room: code %d, %s", code, errs)
	}
	alice.Signal(os.Interrupt)
	alice.Exit(patience)
	_, errs, code := w.outcome("", "invite", "--data-dir", w.dir("alice"), "--room", w.room)
	if code != 1 || !strings.Contains(errs, "is private here") || !strings.Contains(errs, "--secret-file") {
		t.Errorf("a private room without its secret: code %d, %s", code, errs)
	}
}

// What the screen shows to whoever is alone can be copied off it, line ends and
// all, and run.
func TestInviteOffTheScreen(t *testing.T) {
	needTmux(t)
	w := newWorld(t)
	w.bootnode()
	w.room = "lobby"
	screen := w.terminal("alice", 80, 24)
	screen.write(w.binary + " --bootnode " + w.boot + " --room lobby --nick alice --data-dir " + w.dir("alice"))
	screen.keys("Enter")
	screen.shows("A friend joins with:", "this machine only")
	command := regexp.MustCompile(`(?s)gochat (join 'gochat:[^']+')`).FindStringSubmatch(screen.screen())
	if command == nil || !strings.Contains(command[1], "\n") {
		t.Fatalf("no command of several lines: %q", command)
	}
	sh := w.command()
	sh.Path, sh.Args = "/bin/sh", []string{"sh", "-c", "exec " + w.binary + " " + command[1] + " --nick bob --ui plain --data-dir " + w.dir("bob")}
	bob := proc.StartText(t, "bob", sh)
	bob.WaitStderr(0, patience, "alice#")
	screen.shows("bob#")
	bob.EndInput()
	exitsWith(t, bob, 0)
}

// An invite whose name for the inviter cannot be shown tells of the key all the same,
// and says why by another name.
func TestInviteWithoutAReadableName(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	v := invite.Invite{Room: w.room, Bootnodes: []invite.Bootnode{{Address: w.boot}}, Inviter: crypto.PublicKey{7}, Nick: "\x1b\x1b"}
	bob := proc.StartText(t, "bob", w.command("join", v.String(), "--ui", "plain", "--nick", "bob", "--data-dir", w.dir("bob")))
	name := crypto.PublicKey{7}.Nickname()
	bob.WaitStderr(0, patience, "the name of who invited you cannot be shown; "+name+" is made from the key in the invite")
	bob.WaitStderr(0, patience, name+"#"+crypto.PublicKey{7}.Suffix()+" invited you")
}
