package mesh

import (
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gochat/internal/simnet"
	"gochat/peer"
)

// outside counts the packets of a member that leave for anywhere but the
// bootnode.
func (w *world) outside(m *member) *atomic.Int64 {
	var n atomic.Int64
	w.net.OnPacket(func(p simnet.Trace) {
		if p.Origin == m.host && p.Dst.Addr().String() != "203.0.113.1" {
			n.Add(1)
		}
	})
	return &n
}

// hiding has alice show her addresses as given.
func (w *world) hiding(d peer.Disclosure) {
	w.tune = func(name string, cfg *peer.Config) {
		if name == "alice" {
			cfg.Disclose = d
		}
	}
}

// Who asked for the relay alone sends to the bootnode and nowhere else, beside
// members who try, on the same LAN, too.
func TestRelayOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.hiding(peer.ToNobody)
		home := w.net.Internet.Router("home", simnet.FullCone(), "203.0.113.10")
		a := w.join("alice", home.LAN.Host("alice", "192.168.1.2"), 1)
		shown := w.outside(a)
		b := w.join("bob", home.LAN.Host("bob", "192.168.1.3"), 1)
		c := w.join("carol", w.net.Internet.Host("carol", "203.0.113.40"), 1)
		w.meet(5*time.Second, a, b, c)
		a.send("from nowhere")
		w.agree(5*time.Second, []string{"from nowhere"}, a, b, c)
		time.Sleep(time.Minute)
		b.send("still there?")
		w.agree(5*time.Second, []string{"from nowhere", "still there?"}, a, b, c)
		synctest.Wait()
		const ours, theirs = "you asked for --relay-only: relayed through 203.0.113.1:9595", "alice shows its address to nobody here: relayed through 203.0.113.1:9595"
		for _, m := range a.room.Members() {
			if m.Path != peer.PathRelay || m.Reason != ours {
				t.Errorf("alice sees %s: %v (%s)", m.Nick, m.Path, m.Reason)
			}
		}
		if m := b.state(a); m.Path != peer.PathRelay || m.Reason != theirs || m.Address != "" {
			t.Errorf("bob sees alice: %v (%s) at %s", m.Path, m.Reason, m.Address)
		}
		if m := b.state(c); m.Path != peer.PathDirect || m.Reason != "" {
			t.Errorf("bob sees carol: %v (%s)", m.Path, m.Reason)
		}
		if n := shown.Load(); n > 0 {
			t.Errorf("%d packets showed alice's address", n)
		}
		x := a.node.Exposed()
		if len(x.Own)+len(x.Announced)+len(x.Servers) > 0 || len(x.Members) != 2 || x.Members[0].Knows || x.Members[1].Knows {
			t.Errorf("exposed: %+v", x)
		}
		if b := x.Bootnodes[0]; b.Observed == "" || b.Packets == 0 || b.Bytes == 0 || len(b.Rooms) != 1 || b.Every == 0 || b.Since.IsZero() {
			t.Errorf("exposed to the bootnode: %+v", b)
		}
	})
}

// Strangers meet by relay; to verify one opens the direct path, to take it back
// closes it.
func TestDirectOnceVerified(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, delay)
		defer w.end()
		w.hiding(peer.ToVerified)
		a := w.join("alice", w.home("alice", simnet.PortRestricted(), 1), 1)
		b := w.join("bob", w.home("bob", simnet.PortRestricted(), 2), 1)
		c := w.join("carol", w.home("carol", simnet.FullCone(), 3), 1)
		var toBob, toOthers atomic.Int64
		w.net.OnPacket(func(p simnet.Trace) {
			if p.Origin != a.host {
				return
			}
			switch to := p.Dst.Addr().String(); {
			case strings.HasPrefix(to, "203.0.113.12"), strings.HasPrefix(to, "192.168."): // bob's router, bob, or what he named
				toBob.Add(1)
			case to != "203.0.113.1":
				toOthers.Add(1)
			}
		})
		w.meet(5*time.Second, a, b, c)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if m := a.state(b); m.Path != peer.PathRelay || !strings.HasPrefix(m.Reason, "bob is not verified, and you asked for --direct verified") {
			t.Errorf("a stranger: %v (%s)", m.Path, m.Reason)
		}
		if toBob.Load()+toOthers.Load() > 0 {
			t.Errorf("%d packets showed alice's address", toBob.Load()+toOthers.Load())
		}
		if err := a.node.Verify(keyOf("bob")); err != nil {
			t.Fatal(err)
		}
		took := w.eventually(time.Second, "a direct path", func() bool {
			return a.state(b).Path == peer.PathDirect && b.state(a).Path == peer.PathDirect
		})
		knows := func(want, wanted bool) {
			t.Helper()
			x := a.node.Exposed()
			if len(x.Own) == 0 || len(x.Announced) > 0 || x.Members[0].Nick != "bob" || x.Members[0].Knows != want || x.Members[0].Knew != wanted || x.Members[1].Knows {
				t.Errorf("exposed: %+v", x)
			}
		}
		knows(true, false)
		t.Logf("direct %v after the verification", took)
		time.Sleep(10 * time.Second)
		if err := a.node.Unverify(keyOf("bob")); err != nil {
			t.Fatal(err)
		}
		w.eventually(200*time.Millisecond, "the relay", func() bool {
			return a.state(b).Path == peer.PathRelay && b.state(a).Path == peer.PathRelay
		})
		knows(false, true)
		before := toBob.Load()
		a.send("by the relay again")
		b.send("so I see")
		w.agree(time.Second, []string{"by the relay again", "so I see"}, a, b, c)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		if n := toBob.Load() - before; n > 0 {
			t.Errorf("%d packets showed alice's address after that", n)
		}
		if toOthers.Load() > 0 || a.state(c).Path != peer.PathRelay || b.state(c).Path != peer.PathDirect {
			t.Errorf("carol: %d packets, %v at alice, %v at bob", toOthers.Load(), a.state(c).Path, b.state(c).Path)
		}
	})
}
