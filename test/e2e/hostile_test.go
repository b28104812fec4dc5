package e2e

import (
	"fmt"
	"math/rand/v2"
	"net"
	"slices"
	"strings"
	"testing"

	"gochat/test/proc"
)

// Nothing on standard input ends the JSON front: it is told, and on it goes.
func TestGarbageOnStandardInput(t *testing.T) {
	w := newWorld(t)
	w.bootnode()
	alice, bob := w.json("alice"), w.json("bob")
	meet(alice, bob)
	lines := []struct{ line, code string }{
		{"hello", "bad_json"},
		{`{"cmd":"send","text":`, "bad_json"},
		{"[1,2,3]", "bad_json"},
		{"\x00\xff\xfe\x1b[2J", "bad_json"},
		{`"send"`, "bad_json"},
		{`{"cmd":7}`, "bad_command"},
		{`{"cmd":"send","text":["x"]}`, "bad_command"},
		{`{"id":{"a":1},"cmd":"peers"}`, "bad_command"},
		{`{"cmd":"send","text":"` + strings.Repeat("x", 2<<20) + `"}`, "line_too_long"},
		{strings.Repeat("[", 100_000), "bad_json"},
	}
	for _, l := range lines {
		mark := alice.Mark()
		alice.Type(l.line)
		alice.WaitAfter(mark, patience, fmt.Sprintf("an error for %.40q", l.line), func(e proc.Event) bool {
			return e.Type() == "error" && e.String("code") == l.code && e.String("message") != ""
		})
	}
	for cmd, code := range map[string]string{"": "unknown_command", "fly": "unknown_command", "send": "empty"} {
		if r := alice.Do(map[string]any{"cmd": cmd}); r.Bool("ok") || r.Fields("error")["code"] != code {
			t.Errorf("%q: %s", cmd, r.Raw)
		}
	}
	for _, limit := range []int{-1, 0, 10_001} {
		if r := alice.Do(map[string]any{"cmd": "history", "limit": limit}); r.Bool("ok") {
			t.Errorf("history of %d: %s", limit, r.Raw)
		}
	}
	alice.Type("")
	alice.Type(`{"cmd":"peers","unknown":[{}]}`)
	deliveredTo(alice, alice.Say("still here"), 1)
	alice.EndInput()
	exitsWith(t, alice, 0)
}

// Datagrams of strangers change nothing, at the bootnode or at a member.
func TestStrayDatagrams(t *testing.T) {
	w := newWorld(t)
	boot := w.bootnode(quick...)
	port := freeAddr(t)
	alice, bob := w.json("alice", "--port", port[strings.LastIndex(port, ":")+1:]), w.json("bob")
	meet(alice, bob)
	bob.Wait(patience, "a direct path", proc.JoinedBy("direct"))
	mark := map[*proc.Process]int{alice: alice.Mark(), bob: bob.Mark()}
	for _, target := range []string{w.boot, port} {
		flood(t, target)
	}
	// Whoever lost something would have told by the time all this is through.
	carol := w.json("carol")
	meet(alice, bob, carol)
	deliveredTo(alice, alice.Say("nothing happened"), 2)
	for _, p := range []*proc.Process{alice, bob} {
		none(t, p, mark[p], "changed by a stray datagram", func(e proc.Event) bool {
			return gone(e) || proc.Complaint(e) || e.Type() == "error" || e.Type() == "bootnode"
		})
	}
	sameRoom(t, []*proc.Process{alice, bob, carol}, []string{"nothing happened"})
	if n := strings.Count(boot.Stderr(), "\n"); n > 20 {
		t.Errorf("the bootnode's log has %d lines", n)
	}
}

// flood sends random datagrams of all sizes with all first bytes, and those a
// real member begins with, cut and altered.
func flood(t *testing.T, target string) {
	t.Helper()
	conn, err := net.Dial("udp", target)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	random := rand.New(rand.NewPCG(1, 2))
	bytes := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(random.Uint32())
		}
		return b
	}
	send := func(b []byte) {
		if _, err := conn.Write(b); err != nil {
			t.Fatalf("%s does not listen any more: %v", target, err)
		}
	}
	for first := range 256 {
		for _, size := range []int{1, 2, 8, 20, 33, 100, 1200, 1400} {
			b := bytes(size)
			b[0] = byte(first)
			send(b)
		}
	}
	send(nil)
	for _, real := range helloes(t) {
		for cut := range real {
			send(real[:cut])
			altered := slices.Clone(real)
			altered[cut] ^= byte(1 + random.IntN(255))
			send(altered)
		}
		send(append(slices.Clone(real), bytes(100)...))
	}
}

// helloes are the first datagrams of a real member.
func helloes(t *testing.T) (list [][]byte) {
	t.Helper()
	listener, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	w := newPlace(t)
	w.boot = listener.LocalAddr().String()
	member := w.json("dave")
	for range 3 {
		b := make([]byte, 2048)
		n, _, err := listener.ReadFrom(b)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, b[:n])
	}
	member.Kill()
	return list
}
