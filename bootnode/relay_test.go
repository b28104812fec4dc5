package bootnode

import (
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func (c *client) relayFrame(to *client, packet string) []byte {
	return wire.SealRelay(nil, c.welcome.Channel, to.welcome.Channel, c.session, []byte(packet))
}

// relayed returns what a client got through the relay, and from whom.
func (c *client) relayed(out []Action) (from uint32, packet string) {
	for _, a := range out {
		if ch, err := wire.RelayChannel(a.Packet); a.To == c.addr && err == nil && ch == c.welcome.Channel {
			from, p, err := wire.OpenRelay(nil, a.Packet, c.session)
			if err != nil {
				c.w.t.Fatal(err)
			}
			return from, string(p)
		}
	}
	return 0, ""
}

// carried counts relay frames.
func carried(out []Action) (n int) {
	for _, a := range out {
		if wire.Classify(a.Packet) == wire.ClassRelay {
			n++
		}
	}
	return n
}

func TestRelay(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	other := w.client(crypto.RoomTag{2})
	a.join()
	b.join()
	other.join()
	out := w.step(a.addr, a.relayFrame(b, "hello"))
	if from, p := b.relayed(out); from != a.welcome.Channel || p != "hello" || len(out) != 1 {
		t.Errorf("b got %q from %d", p, from)
	}
	big := string(make([]byte, wire.MaxPayload))
	if _, p := b.relayed(w.step(a.addr, a.relayFrame(b, big))); p != big {
		t.Error("a packet of the full size did not pass")
	}
	for name, p := range map[string][]byte{
		"to another room": a.relayFrame(other, "x"),
		"to oneself":      a.relayFrame(a, "x"),
		"empty":           a.relayFrame(b, ""),
		"to nobody":       wire.SealRelay(nil, a.welcome.Channel, 12345, a.session, []byte("x")),
		"too long":        a.relayFrame(b, big+"xxx"),
	} {
		if out := w.step(a.addr, p); len(out) != 0 {
			t.Errorf("%s: passed", name)
		}
	}
	if got := w.d.Stats(); got.Drops[DropRelayTarget] != 5 || got.Relayed != 2 || got.RelayedBytes != 5+wire.MaxPayload {
		t.Errorf("%+v", got)
	}
}

func TestRelayFromANewAddress(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	p := a.relayFrame(b, "more than a few bytes of a packet")
	out := w.step(stranger, p)
	if len(out) != 1 || wire.RendezvousKind(out[0].Packet) != wire.TypeChallenge || len(out[0].Packet) > len(p) {
		t.Errorf("%v", kinds(out))
	}
	if out := w.step(stranger, a.relayFrame(b, "x")); len(out) != 0 {
		t.Error("an answer longer than the frame")
	}
}

func TestRelayShare(t *testing.T) {
	w := newWorld(t, Limits{RelayRate: 10_000, RelayBurst: 50_000})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	packet := string(make([]byte, 1000))
	send := func(n int) (passed int) {
		for range n {
			passed += carried(w.step(a.addr, a.relayFrame(b, packet)))
		}
		return passed
	}
	if n := send(200); n != 50 {
		t.Errorf("%d packets of a burst of 50 passed", n)
	}
	if d := w.d.Stats().Drops[DropRelayRate]; d != 150 {
		t.Errorf("%d counted", d)
	}
	w.wait(2 * time.Second)
	if n := send(200); n != 20 {
		t.Errorf("%d packets passed after 2 s at 10 a second", n)
	}
	if n := carried(w.step(b.addr, b.relayFrame(a, packet))); n != 1 {
		t.Error("one member's share is taken from another's")
	}
	for _, limited := range []bool{false, true} {
		w := newWorld(t, Limits{RelayRate: 10_000, RelayBurst: 50_000, LimitLoopback: limited})
		a, b = w.client(testTag), w.client(testTag)
		a.addr = netip.MustParseAddrPort("127.0.0.1:1000")
		a.join()
		b.join()
		n := 0
		for range 100 {
			n += carried(w.step(a.addr, a.relayFrame(b, packet)))
		}
		if want := map[bool]int{false: 100, true: 50}[limited]; n != want {
			t.Errorf("loopback limited %v: %d passed, want %d", limited, n, want)
		}
	}
}

func TestRelayAcrossARenewal(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	a.beat()
	a.join()
	// The first frame under the new keys is a relay frame: it counts as use.
	if _, p := b.relayed(w.step(a.addr, a.relayFrame(b, "hello"))); p != "hello" {
		t.Errorf("b got %q", p)
	}
	if _, p := a.relayed(w.step(b.addr, b.relayFrame(a, "back"))); p != "back" {
		t.Errorf("a got %q", p)
	}
}
