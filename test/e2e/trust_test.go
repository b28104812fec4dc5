package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gochat/test/proc"
)

// Members of one bootnode and room name meet if they have the same secret, and
// can compare a word.
func TestSecrets(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	file := filepath.Join(w.home, "secret.txt")
	if err := os.WriteFile(file, []byte("correct horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var groups [][]*proc.Process
	groups = append(groups, []*proc.Process{w.json("ann", "--secret", "correct horse"), w.json("ben", "--secret-file", file)})
	environ := w.member("dan", "json")
	environ.Env = append(environ.Env, "SECRET=battery staple")
	groups = append(groups,
		[]*proc.Process{w.json("cat", "--secret", "battery staple"), proc.Start(t, "dan", environ)},
		[]*proc.Process{w.json("eve"), w.json("fay")})
	word := func(p *proc.Process) string { return p.Wait(patience, "ready", proc.Ready).String("room_word") }
	seen := map[string]bool{}
	for i, group := range groups {
		a, b := group[0], group[1]
		if word(a) == "" || word(a) != word(b) || seen[word(a)] {
			t.Errorf("room words of %s and %s: %q, %q; of others: %v", a.Name, b.Name, word(a), word(b), seen)
		}
		seen[word(a)] = true
		if private := a.Wait(patience, "ready", proc.Ready).Bool("private"); private != (i < 2) {
			t.Errorf("%s: private is %v", a.Name, private)
		}
	}
	for _, group := range groups {
		meet(group...)
		group[0].Say("for " + group[1].Name)
		group[1].Wait(patience, "a message", proc.Message("for "+group[1].Name))
	}
	// By now any two of them would have met.
	for _, group := range groups {
		for i, p := range group {
			other := group[1-i]
			none(t, p, 0, "somebody with another secret", func(e proc.Event) bool {
				return e.Has("peer") && e.String("peer") != p.ReadyKey() && e.String("peer") != other.ReadyKey()
			})
		}
	}
	plain := w.plain("gus")
	plain.WaitStderr(0, patience, "room word: "+word(groups[2][0])+"\n")
	if strings.Contains(plain.Stderr(), "private") {
		t.Errorf("an open room is called private: %s", plain.Stderr())
	}
}

// Somebody takes alice's nick. Both may talk; who came second is marked, in
// every front, and stays so when alice is away and after a restart.
func TestSomebodyElsesNick(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob, carol := w.json("alice"), w.json("bob"), w.plain("carol")
	meet(alice, bob)
	carol.WaitStderr(0, patience, "alice#")
	mallory := proc.Start(t, "mallory", w.command("--bootnode", w.boot, "--room", w.room, "--nick", "alice",
		"--ui", "json", "--data-dir", w.dir("mallory")))
	meet(alice, bob, mallory)
	marked := func(p *proc.Process, who *proc.Process, want bool) {
		t.Helper()
		key := who.ReadyKey()
		for _, e := range all(p, func(e proc.Event) bool { return e.Has("impostor") && e.String("peer") == key }) {
			if e.Bool("impostor") != want || e.String("nick") != "alice" {
				t.Errorf("%s sees %s: %s", p.Name, who.Name, e.Raw)
			}
		}
	}
	if e := bob.Wait(patience, "a notice", notice("nick-has-another-key")); e.String("level") != "warning" {
		t.Errorf("notice %s", e.Raw)
	}
	said := alice.Say("I am alice")
	bob.Wait(patience, "alice's message", proc.Message("I am alice"))
	mallory.Say("so am I")
	bob.Wait(patience, "mallory's message", proc.Message("so am I"))
	marked(bob, alice, false)
	marked(bob, mallory, true)
	if e := carol.Wait(patience, "alice's message", proc.Line("I am alice")); strings.Contains(string(e.Raw), "not the alice you know") {
		t.Errorf("marked: %s", e.Raw)
	}
	if e := carol.Wait(patience, "mallory's message", proc.Line("so am I")); !strings.Contains(string(e.Raw), "(not the alice you know): so am I") {
		t.Errorf("not marked: %s", e.Raw)
	}

	deliveredTo(alice, said, 3)

	// Alice is away, and bob has been started anew.
	alice.Signal(os.Interrupt)
	exitsWith(t, alice, 0)
	bob.Signal(os.Interrupt)
	exitsWith(t, bob, 0)
	bob = w.json("bob")
	bob.Wait(patience, "mallory", proc.JoinedAs(mallory.ReadyKey()))
	mark := mallory.Mark()
	mallory.Say("alice is away")
	bob.Wait(patience, "mallory's message", proc.Message("alice is away"))
	marked(bob, mallory, true)
	none(t, mallory, mark, "an error", func(e proc.Event) bool { return e.Type() == "error" })
}
