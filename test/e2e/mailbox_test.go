package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gochat/test/proc"
)

// mailboxWorld is a bootnode with a mailbox, and alice and bob, who have met there
// once and left.
func mailboxWorld(t *testing.T, options ...string) (w *world, boot *proc.Process, dir string) {
	w = newWorld(t)
	dir = filepath.Join(w.home, "mail")
	boot = w.bootnode(append([]string{"--mailbox-dir", dir}, options...)...)
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	deliveredTo(alice, alice.Say("here we are"), 1)
	deliveredTo(bob, bob.Say("yes"), 1)
	for _, p := range []*proc.Process{bob, alice} {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}
	return w, boot, dir
}

// gets waits until a member has all the texts and returns their order; none may
// come twice.
func gets(t *testing.T, p *proc.Process, texts ...string) {
	t.Helper()
	for _, text := range texts {
		p.Wait(patience, text, proc.Message(text))
	}
	var got []string
	for _, e := range all(p, proc.AnyMessage) {
		if slices.Contains(texts, e.String("text")) {
			got = append(got, e.String("text"))
		}
	}
	if !slices.Equal(got, texts) {
		t.Errorf("%s got %q, want %q", p.Name, got, texts)
	}
}

func kept(e proc.Event) bool { return e.Type() == "kept" }

// What alice says while bob is away, and she quits, bob has when he comes, alice
// being gone: once, and in order. So it is after the bootnode was restarted in
// between; then the mailbox has nothing left for him.
func TestMailbox(t *testing.T) {
	w, boot, dir := mailboxWorld(t)
	texts := []string{"one for bob", "two", strings.Repeat("long ", 10_000), "four"}
	alice := w.json("alice")
	for _, text := range texts {
		alice.Say(text)
	}
	for range texts {
		alice.Wait(patience, "a copy kept", kept)
	}
	r := alice.Do(map[string]any{"cmd": "delivery", "message_id": all(alice, kept)[0].String("id")})
	if d := r.List("delivery"); len(d) != 1 || d[0]["nick"] != "bob" || d[0]["mailbox"] != w.boot || d[0]["until"] == nil {
		t.Errorf("where it waits is not told: %s", r.Raw)
	}
	alice.EndInput()
	exitsWith(t, alice, 4)
	if !strings.Contains(alice.Stderr(), "mailbox of "+w.boot) {
		t.Errorf("alice does not say where it is: %s", alice.Stderr())
	}
	noPlainText(t, dir, "one for bob")

	bob := w.json("bob")
	gets(t, bob, texts...)
	bob.EndInput()
	exitsWith(t, bob, 0)

	// Alice quits at once, by a command that does nothing else.
	send := func(text string) {
		p := proc.StartText(t, "alice", w.command("send", "--data-dir", w.dir("alice"), "--bootnode", w.boot, "--room", w.room, text))
		exitsWith(t, p, 4)
		if !strings.Contains(p.Stderr(), "mailbox of "+w.boot) {
			t.Errorf("send does not say where it is: %s", p.Stderr())
		}
	}
	send("five")
	boot.Kill()
	boot.Exit(patience)
	w.bootnode("--mailbox-dir", dir)
	send("six")
	bob = w.json("bob")
	gets(t, bob, "five", "six")
	bob.EndInput()
	exitsWith(t, bob, 0)

	// Nothing comes again, and when they meet, nothing comes twice.
	bob = w.json("bob")
	bob.Wait(patience, "the bootnode", proc.Registered)
	alice = w.json("alice")
	meet(alice, bob)
	deliveredTo(alice, alice.Say("seven"), 1)
	gets(t, bob, "seven")
	none(t, bob, 0, "an old message", func(e proc.Event) bool {
		return proc.AnyMessage(e) && e.String("text") != "seven"
	})
}

// noPlainText fails if the operator's files show what was said.
func noPlainText(t *testing.T, dir, text string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		b, err := os.ReadFile(path)
		for _, secret := range []string{text, "alice", "bob"} {
			if strings.Contains(string(b), secret) {
				t.Errorf("%s shows %q", path, secret)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		t.Errorf("%d files, %v", files, err)
	}
}

// Nothing is left for who never came to the mailbox; the sender is told, and the
// messages arrive by meeting.
func TestMailboxUnknown(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode() // keeps nothing yet
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	deliveredTo(alice, alice.Say("here we are"), 1)
	deliveredTo(bob, bob.Say("yes"), 1)
	for _, p := range []*proc.Process{bob, alice} {
		p.Do(map[string]any{"cmd": "quit"})
		exitsWith(t, p, 0)
	}
	boot.Kill()
	boot.Exit(patience)
	w.bootnode("--mailbox-dir", filepath.Join(w.home, "mail"))
	alice = w.json("alice")
	id := alice.Say("for bob")
	e := alice.Wait(patience, "that bob never came", notice("mailbox-unknown"))
	if text := e.String("text"); !strings.Contains(text, "bob") || !strings.Contains(text, w.boot) {
		t.Errorf("said: %s", text)
	}
	r := alice.Do(map[string]any{"cmd": "delivery", "message_id": id})
	if d := r.List("delivery"); len(d) != 1 || d[0]["mailbox"] != nil || !strings.Contains(fmt.Sprint(d[0]["reason"]), "never came to the mailbox") {
		t.Errorf("why it waits is not told: %s", r.Raw)
	}
	bob = w.json("bob")
	gets(t, bob, "for bob")
}

// A box that is full is told of to the sender, and the messages arrive by meeting.
func TestMailboxFull(t *testing.T) {
	w, _, _ := mailboxWorld(t, "--mailbox-per-user", "3")
	alice := w.json("alice")
	var texts []string
	for i := range 6 {
		texts = append(texts, fmt.Sprint("message ", i))
		alice.Say(texts[i])
	}
	alice.Wait(patience, "that the mailbox is full", notice("mailbox-full"))
	bob := w.json("bob")
	gets(t, bob, texts...)
}
