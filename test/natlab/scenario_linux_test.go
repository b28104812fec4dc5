package natlab

import (
	"testing"
	"time"

	"gochat/test/proc"
)

// neverWithin is how long we watch for a path that cannot be.
const neverWithin = time.Second

// public stands for a host without NAT.
const public = "public"

// place sets up one side of a pair and returns its node.
func (w *world) place(home, kind string) string {
	w.t.Helper()
	if kind == public {
		return map[string]string{"A": "p", "B": "q"}[home]
	}
	w.NAT(home, kind)
	return map[string]string{"A": "a", "B": "b"}[home]
}

// meet starts two members in a room of their own and has each get a message
// of the other, one of them typed before the other was there.
func (w *world) meet(nodeA, nodeB, room string) (a, b *proc.Process, first time.Duration) {
	w.t.Helper()
	a = w.client(nodeA, "alice", room, w.t.TempDir())
	a.Wait(patience, "alice to register", proc.Registered)
	a.Say("typed early")
	start := time.Now()
	b = w.client(nodeB, "bob", room, w.t.TempDir())
	first = b.Wait(patience, "the message typed early", proc.Message("typed early")).At.Sub(start)
	b.Say("typed late")
	a.Wait(patience, "bob's message", proc.Message("typed late"))
	return a, b, first
}

// leave ends both members gracefully and checks that alice sees bob go.
func leave(t testing.TB, a, b *proc.Process) {
	t.Helper()
	joined := a.Wait(0, "bob", proc.Joined)
	b.EndInput() // waits until alice has everything; quit would not
	if code := b.Exit(patience); code != 0 {
		t.Errorf("bob left with code %d", code)
	}
	a.Wait(patience, "bob's leave", proc.Left(joined.String("peer")))
	a.Do(map[string]any{"cmd": "quit"})
	if code := a.Exit(patience); code != 0 {
		t.Errorf("alice left with code %d", code)
	}
}

// expectPath checks that both end up on a path, and that a message passes then.
func expectPath(t testing.TB, a, b *proc.Process, path string) {
	t.Helper()
	a.Wait(directWithin, "a "+path+" path at alice", proc.JoinedBy(path))
	b.Wait(directWithin, "a "+path+" path at bob", proc.JoinedBy(path))
	id := a.Say("by " + path)
	b.Wait(patience, "a message by the "+path+" path", proc.Message("by "+path))
	a.Wait(patience, "its acknowledgement", proc.Acked(id))
}

// TestConePairsAreDirect also unplugs the bootnode: what claims to be a direct
// path must still carry messages.
func TestConePairsAreDirect(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	for _, pair := range [][2]string{
		{public, PortRestricted}, {FullCone, AddressRestricted}, {PortRestricted, PortRestricted},
	} {
		t.Run(pair[0]+"×"+pair[1], func(t *testing.T) {
			sub := w.in(t)
			start := time.Now()
			a, b, first := sub.meet(sub.place("A", pair[0]), sub.place("B", pair[1]), "cone-"+pair[0]+pair[1])
			expectPath(t, a, b, "direct")
			t.Logf("first message %d ms after bob's start, all done after %d ms", first.Milliseconds(), time.Since(start).Milliseconds())
			sub.Unplug("srv")
			defer sub.Plug("srv")
			id := a.Say("without a server")
			b.Wait(patience, "a message with the server gone", proc.Message("without a server"))
			a.Wait(patience, "its acknowledgement", proc.Acked(id))
			leave(t, a, b)
		})
	}
}

func TestHardPairsAreRelayed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat, Delay(25*time.Millisecond), Hops(6))
	for _, pair := range [][2]string{{SymmetricBlock, Symmetric}, {Symmetric, Symmetric}} {
		t.Run(pair[0]+"×"+pair[1], func(t *testing.T) {
			sub := w.in(t)
			a, b, first := sub.meet(sub.place("A", pair[0]), sub.place("B", pair[1]), "hard-"+pair[1])
			expectPath(t, a, b, "relay")
			for _, p := range []*proc.Process{a, b} {
				if e, ok := p.Saw(neverWithin, proc.JoinedBy("direct")); ok {
					t.Errorf("%s claims a direct path: %s", p.Name, e.Raw)
				}
			}
			t.Logf("first message %d ms after bob's start", first.Milliseconds())
			leave(t, a, b)
		})
	}
}

// in is the same world for a subtest, whose processes end with it.
func (w *world) in(t testing.TB) *world {
	sub := *w
	lab := *w.Lab
	lab.t = t
	sub.Lab, sub.t = &lab, t
	return &sub
}
