package natlab

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"gochat/test/proc"
)

// ladderWithin is how long guessing of ports may take; the measured times are
// logged. In one of sixty cases the first round finds nothing, and the second
// begins after half a minute and ends after one.
const ladderWithin = 2 * time.Minute

// climb has two members meet and logs when both were direct, counted from
// bob's start.
func (w *world) climb(kindA, kindB, room string) {
	w.t.Helper()
	a := w.client(w.place("A", kindA), "alice", room, w.t.TempDir())
	a.Wait(patience, "alice to register", proc.Registered)
	nodeB := w.place("B", kindB)
	start := time.Now()
	b := w.client(nodeB, "bob", room, w.t.TempDir())
	w.climbed(start, a, b)
	leave(w.t, a, b)
}

func (w *world) climbed(start time.Time, a, b *proc.Process) {
	w.t.Helper()
	a.Say("while it is looked for")
	first := b.Wait(patience, "a message by any path", proc.Message("while it is looked for"))
	da := a.Wait(ladderWithin, "a direct path at alice", proc.JoinedBy("direct"))
	db := b.Wait(ladderWithin, "a direct path at bob", proc.JoinedBy("direct"))
	w.t.Logf("first message %d ms after bob's start, alice direct after %d ms, bob after %d ms",
		first.At.Sub(start).Milliseconds(), da.At.Sub(start).Milliseconds(), db.At.Sub(start).Milliseconds())
	w.Unplug("srv") // only what is really direct gets through now
	defer w.Plug("srv")
	id := a.Say("by the path that was found")
	b.Wait(patience, "a message by that path", proc.Message("by the path that was found"))
	a.Wait(patience, "its acknowledgement", proc.Acked(id))
}

// TestLadder meets pairs of NATs that plain probing does not connect; the
// matrix has them all.
func TestLadder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	for _, pair := range [][2]string{
		{SymmetricSequential, PortRestricted},
		{SymmetricSequential, SymmetricSequential},
		{PortRestricted, Symmetric},
	} {
		t.Run(pair[0]+"×"+pair[1], func(t *testing.T) {
			w.in(t).climb(pair[0], pair[1], "ladder-"+pair[0]+pair[1])
		})
	}
}

// TestLadderByAddress: a NAT whose ports depend on the address alone shows
// itself to a second bootnode.
func TestLadderByAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	second := netip.AddrPortFrom(serverIP2, w.ServerAddr().Port())
	home := t.TempDir()
	proc.StartText(t, "bootnode 2", w.command("srv", home, "--mode", "bootnode", "--listen", second.String(), "--data-dir", home))
	client := func(node, nick string) *proc.Process {
		home := t.TempDir()
		return proc.Start(t, nick, w.command(node, home, "--bootnode", fmt.Sprintf("%s,%s", w.ServerAddr(), second),
			"--room", "by-address", "--nick", nick, "--ui", "json", "--data-dir", home))
	}
	a := client(w.place("A", SymmetricAddress), "alice")
	a.Wait(patience, "alice to register", proc.Registered)
	start := time.Now()
	b := client(w.place("B", PortRestricted), "bob")
	w.climbed(start, a, b)
}

// TestLadderClash: routers whose own stack takes an early packet move the flow
// to another port.
func TestLadderClash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	for _, first := range []string{"A", "B"} {
		t.Run(first, func(t *testing.T) {
			sub := w.in(t)
			sub.NAT("A", PortRestricted, WANInput("accept"))
			sub.NAT("B", PortRestricted, WANInput("accept"))
			a := sub.client("a", "alice", "clash-"+first, t.TempDir())
			a.Wait(patience, "alice to register", proc.Registered)
			start := time.Now()
			b := sub.client("b", "bob", "clash-"+first, t.TempDir())
			sub.climbed(start, a, b)
			leave(t, a, b)
		})
	}
}

// TestLadderRefused: without guessing the pair stays relayed, and says so.
func TestLadderRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	w.NAT("A", Symmetric)
	home := t.TempDir()
	a := proc.Start(t, "alice", w.command("a", home, "--bootnode", w.ServerAddr().String(), "--no-birthday",
		"--room", "refused", "--nick", "alice", "--ui", "json", "--data-dir", home))
	a.Wait(patience, "alice to register", proc.Registered)
	b := w.client("b", "bob", "refused", t.TempDir())
	a.Wait(patience, "a relayed path", proc.JoinedBy("relay"))
	for _, p := range []*proc.Process{a, b} {
		if e, ok := p.Saw(3*time.Second, proc.JoinedBy("direct")); ok {
			t.Errorf("%s claims a direct path: %s", p.Name, e.Raw)
		}
	}
}
