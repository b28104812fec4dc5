package natlab

import (
	"encoding/binary"
	"encoding/json"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"gochat/test/proc"
)

// arrivals counts the packets that come in at a node from an address.
func (w *world) arrivals(node string, from netip.Addr) *atomic.Int64 {
	w.t.Helper()
	var port *os.File
	err := within(w.namespace(node), func() (err error) {
		port, err = openPort("eth0")
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { port.Close() })
	var n atomic.Int64
	source := from.As4()
	go func() {
		frame := make([]byte, 2048)
		for {
			size, err := port.Read(frame)
			if err != nil {
				return
			}
			const udp = 17
			f := frame[:size]
			if size >= ethernet+20 && binary.BigEndian.Uint16(f[12:]) == typeIPv4 && f[ethernet+9] == udp && [4]byte(f[ethernet+12:ethernet+16]) == source {
				n.Add(1)
			}
		}
	}()
	return &n
}

// reason matches a member who is reached by relay for a reason.
func reason(words string) func(proc.Event) bool {
	return func(e proc.Event) bool {
		return proc.JoinedBy("relay")(e) && strings.Contains(e.String("reason"), words)
	}
}

// No packet from the address of who hides arrives at another member.
func TestHiddenAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat)
	w.NAT("A", FullCone)
	home := w.wanIP("A")
	t.Run("relay-only", func(t *testing.T) {
		sub := w.in(t)
		seen := sub.arrivals("p", home)
		a := sub.client("a", "alice", "hidden", t.TempDir(), "--relay-only")
		b := sub.client("p", "bob", "hidden", t.TempDir())
		a.Wait(patience, "the reason", reason("you asked for --relay-only"))
		b.Wait(patience, "the reason", reason("alice shows its address to nobody here"))
		id := a.Say("from nowhere")
		a.Wait(patience, "the acknowledgement", proc.Acked(id))
		for _, p := range []*proc.Process{a, b} {
			if e, ok := p.Saw(3*neverWithin, proc.JoinedBy("direct")); ok {
				t.Errorf("%s claims a direct path: %s", p.Name, e.Raw)
			}
		}
		leave(t, a, b)
		if n := seen.Load(); n > 0 {
			t.Errorf("%d packets of alice's came to bob", n)
		}
	})
	t.Run("until verified", func(t *testing.T) {
		sub := w.in(t)
		seen, stranger := sub.arrivals("p", home), sub.arrivals("q", home)
		a := sub.client("a", "alice", "verified", t.TempDir(), "--direct", "verified")
		b := sub.client("p", "bob", "verified", t.TempDir())
		c := sub.client("q", "carol", "verified", t.TempDir())
		for _, p := range []*proc.Process{b, c} {
			p.Wait(patience, "alice by relay", reason("alice shows its address to nobody here"))
			a.Wait(patience, p.Name+" by relay", reason(p.Name+" is not verified"))
		}
		if n := seen.Load() + stranger.Load(); n > 0 {
			t.Errorf("%d packets of alice's came to strangers", n)
		}
		wordsA, wordsB := a.Do(map[string]any{"cmd": "verify", "to": "bob"}), b.Do(map[string]any{"cmd": "verify", "to": "alice"})
		if list := wordsA.Strings("words"); len(list) != 12 || !slices.Equal(list, wordsB.Strings("words")) {
			t.Errorf("alice compares %s, bob %s", wordsA.Raw, wordsB.Raw)
		}
		began := time.Now()
		mark := b.Mark()
		a.Do(map[string]any{"cmd": "verified", "to": "bob"})
		direct := b.WaitAfter(mark, patience, "a direct path to alice", func(e proc.Event) bool {
			return proc.JoinedBy("direct")(e) && e.String("peer") == a.ReadyKey() // carol's may come now, too
		})
		t.Logf("direct %v after the verification", direct.At.Sub(began).Round(time.Millisecond))
		for deadline := time.Now().Add(patience); seen.Load() == 0; time.Sleep(10 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("nothing was counted on the direct path") // then nothing above was, either
			}
		}
		mark = b.Mark()
		a.Do(map[string]any{"cmd": "unverify", "to": "bob"})
		b.WaitAfter(mark, patience, "the relay", reason("alice shows its address to nobody here"))
		b.Saw(neverWithin, func(proc.Event) bool { return false }) // what came before that has been counted
		before := seen.Load()
		id := b.Say("by relay again")
		b.Wait(patience, "the acknowledgement", proc.Acked(id))
		b.Saw(2*neverWithin, func(proc.Event) bool { return false })
		if n := seen.Load() - before; n > 0 {
			t.Errorf("%d packets of alice's came to bob after that", n)
		}
		if n := stranger.Load(); n > 0 {
			t.Errorf("%d packets of alice's came to carol", n)
		}
	})
}

// gochat doctor knows the NAT it is behind.
func TestDoctor(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Flat)
	for _, tc := range []struct{ kind, udp, mapping string }{
		{PortRestricted, "yes", "endpoint-independent"},
		{Symmetric, "yes", "address-and-port-dependent"},
		{UDPDrop, "no", "unknown"},
	} {
		t.Run(tc.kind, func(t *testing.T) {
			sub := w.in(t)
			sub.NAT("A", tc.kind)
			began := time.Now()
			out, err := sub.command("a", t.TempDir(), "doctor", "--json", "--no-portmap", "--bootnode", sub.ServerAddr().String()).Output()
			var found struct {
				OK           bool
				UDP, Mapping string
				Words        []string
				Bootnodes    []struct{ State, TCP string }
			}
			if err := json.Unmarshal(out, &found); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if err != nil || !found.OK || found.UDP != tc.udp || found.Mapping != tc.mapping || found.Bootnodes[0].TCP != "works" {
				t.Errorf("%v: %s", err, out)
			}
			if took := time.Since(began); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
			t.Logf("after %v:\n%s", time.Since(began).Round(time.Millisecond), strings.Join(found.Words, "\n"))
		})
	}
}
