package e2e

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"gochat/test/proc"
)

// Of two bootnodes in a cluster one is drained. It names the other by itself; its
// members, who talk across both, go there without a lost message; both tables
// of peers show what happens.
func TestDrainInACluster(t *testing.T) {
	w := newWorld(t)
	secret := w.write("secret", "a secret of this cluster alone\n")
	a, b := freeAddr(t), freeAddr(t)
	linked := func(own, advertise string) []string {
		return append([]string{"--cluster-listen", own, "--cluster-peers", a + "," + b, "--cluster-secret-file", secret, "--advertise", advertise}, quick...)
	}
	boot := w.bootnode(linked(a, w.boot)...)
	other := *w
	other.boot = freeAddr(t)
	proc.StartText(t, "second", w.command(append([]string{"--mode", "bootnode", "--listen", other.boot, "--data-dir", w.dir("second")}, linked(b, other.boot)...)...)).
		WaitStderr(0, patience, "bootnode listens")

	alice, bob := w.json("alice", "--relay-only"), w.json("bob", "--relay-only")
	carol := other.json("carol", "--relay-only")
	everybody := []*proc.Process{alice, bob, carol}
	meet(everybody...)
	peers := func() (list []struct {
		Node, State string
		Self        bool
		Hops        int
		Members     int
	}) {
		out, code := w.operate(w.dir("second"), "peers", "--json")
		var answer struct {
			Result struct{ Peers json.RawMessage }
		}
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != 0 {
			t.Fatalf("%q, %d, %v", out, code, err)
		}
		if err := json.Unmarshal(answer.Result.Peers, &list); err != nil {
			t.Fatal(err)
		}
		return list
	}
	await := func(what string, ok func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !ok(); time.Sleep(200 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%s: %+v", what, peers())
			}
		}
	}
	await("the table of peers", func() bool {
		p := peers()
		return len(p) == 2 && p[0].Self && p[1].Node == w.boot && p[1].Hops == 1 && p[1].Members == 2 && p[1].State == "alive"
	})
	kickElsewhere(t, w, w.dir("second"), w.boot)

	ids := map[*proc.Process][]string{}
	say := func(text string) {
		for _, p := range everybody {
			ids[p] = append(ids[p], p.Say(text))
		}
		time.Sleep(50 * time.Millisecond)
	}
	say("before")
	out, code := w.operate(w.dir("bootnode"), "drain", "--in", "30s")
	if code != 0 || !strings.Contains(out, other.boot) {
		t.Fatalf("%q, %d", out, code)
	}
	start := time.Now()
	for range 30 {
		say("meanwhile")
	}
	exitsWith(t, boot, 0)
	within(t, boot.EndedAt().Sub(start), 15*time.Second+slack, "the bootnode was left by all")
	say("after")
	for _, p := range everybody {
		for _, id := range ids[p] {
			deliveredTo(p, id, len(everybody)-1)
		}
		none(t, p, 0, "somebody was missed", gone)
		if got, want := len(all(p, proc.AnyMessage)), 32*(len(everybody)-1); got != want {
			t.Errorf("%s heard %d messages, want %d", p.Name, got, want)
		}
	}
	await("the table of peers after it", func() bool {
		p := peers()
		return len(p) == 2 && p[0].Members == 3 && p[1].State == "gone"
	})
}

// kickElsewhere tries to kick a member of another bootnode, and to ban that
// bootnode: the operator is told where that can be done, and nothing is changed.
func kickElsewhere(t *testing.T, w *world, dir, at string) {
	t.Helper()
	ask := func(want int, args ...string) (answer struct {
		Result struct {
			Rooms    []struct{ Tag string }
			Sessions []struct{ Session, Node string }
			Bans     []any
		}
		Error struct{ Message string }
	}) {
		out, code := w.operate(dir, append(args, "--json")...)
		if err := json.Unmarshal([]byte(out), &answer); err != nil || code != want {
			t.Fatalf("%v: %q, %d, %v", args, out, code, err)
		}
		return answer
	}
	room := ask(0, "rooms").Result.Rooms[0].Tag
	for _, s := range ask(0, "rooms", room).Result.Sessions {
		if s.Node == "" {
			continue
		}
		for whom, want := range map[string]string{s.Session: at, s.Node: "--cluster-secret-file"} {
			if got := ask(1, "kick", whom).Error.Message; !strings.Contains(got, want) {
				t.Errorf("kick %s: %q", whom, got)
			}
		}
		if list := ask(0, "bans").Result.Bans; len(list) != 0 {
			t.Errorf("bans: %v", list)
		}
		return
	}
	t.Error("no session of another bootnode")
}
