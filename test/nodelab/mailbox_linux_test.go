package nodelab

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"gochat/test/natlab"
	"gochat/test/proc"
)

// What alice leaves for bob at one node, while he is away, he finds at another,
// once, in order, though she is gone and the node where she left it was killed.
func TestMailbox(t *testing.T) {
	if testing.Short() {
		t.Skip("half a minute")
	}
	t.Parallel()
	w := newWorld(t, natlab.Public, natlab.Hosts(2), natlab.Loss(0.05), natlab.Delay(5*time.Millisecond))
	w.clusterWith(func(int) []string { return []string{"--mailbox-dir", filepath.Join(t.TempDir(), "mail")} })
	for _, n := range w.nodes {
		n.now.WaitStderr(0, patience, "the mailbox is open")
	}
	home, hers := t.TempDir(), t.TempDir()
	alice := w.joinIn(hers, "h1", "alice", "away", w.nodes[0])
	bob := w.joinIn(home, "h2", "bob", "away", w.nodes[2])
	w.meet()
	for _, p := range []*member{alice, bob} { // so each knows the other's box
		p.Wait(patience, "delivery", proc.Acked(p.Say("here is "+p.Name)))
	}
	alice.Do(map[string]any{"cmd": "quit"})
	alice.Exit(patience)
	bob.Wait(patience, "alice's leave", proc.Left(alice.key))
	// Whatever the mailbox says of alice's box, it has answered for bob's before.
	bob.Say("for alice")
	bob.Wait(patience, "the mailbox", func(e proc.Event) bool {
		return e.Type() == "kept" || e.Type() == "notice" && e.String("code") == "mailbox-unknown"
	})
	alice = w.joinIn(hers, "h1", "alice", "away", w.nodes[0])
	alice.Wait(patience, "bob", proc.JoinedAs(bob.key))
	bob.Do(map[string]any{"cmd": "quit"})
	bob.Exit(patience)
	alice.Wait(patience, "bob's leave", proc.Left(bob.key))
	const messages = 5
	said := time.Now()
	var ids []string
	for i := range messages {
		ids = append(ids, alice.Say(fmt.Sprint("for bob ", i)))
	}
	for _, id := range ids {
		alice.Wait(patience, "the mailbox", func(e proc.Event) bool {
			return e.Type() == "kept" && e.String("id") == id && e.String("peer") == bob.key
		})
	}
	t.Logf("kept after %v", time.Since(said))
	alice.Do(map[string]any{"cmd": "quit"})
	alice.Exit(patience)
	w.nodes[0].now.Kill()
	w.nodes[0].now.Exit(patience)

	begin := time.Now()
	bob = w.joinIn(home, "h2", "bob", "away", w.nodes[2])
	bob.Wait(patience, "the last message", proc.Message(fmt.Sprint("for bob ", messages-1)))
	t.Logf("fetched %v after bob's start", time.Since(begin))
	bob.Do(map[string]any{"cmd": "quit"})
	bob.Exit(patience)
	var got []string
	for _, e := range bob.Events() {
		if proc.AnyMessage(e) && strings.HasPrefix(e.String("text"), "for bob ") {
			got = append(got, e.String("text"))
		}
	}
	for i, text := range got {
		if text != fmt.Sprint("for bob ", i) {
			t.Errorf("message %d is %q", i, text)
		}
	}
	if len(got) != messages {
		t.Errorf("%d messages, want %d", len(got), messages)
	}
}
