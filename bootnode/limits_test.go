package bootnode

import (
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func (c *client) tryJoin() wire.Status {
	c.greet()
	c.sendRegister()
	return c.welcome.Status
}

func TestMemberLimits(t *testing.T) {
	otherTag := crypto.RoomTag{2}
	for _, c := range []struct {
		name   string
		limits Limits
		second func(w *world) *client
		want   wire.Status
	}{
		{"room", Limits{MembersPerRoom: 1}, func(w *world) *client { return w.client(testTag) }, wire.StatusRoomFull},
		{"other room", Limits{MembersPerRoom: 1}, func(w *world) *client { return w.client(otherTag) }, wire.StatusOK},
		{"all", Limits{Members: 1}, func(w *world) *client { return w.client(otherTag) }, wire.StatusOverloaded},
		{"address", Limits{MembersPerAddress: 1}, func(w *world) *client {
			c := w.client(otherTag)
			c.addr = netip.MustParseAddrPort("192.0.2.1:9")
			return c
		}, wire.StatusAddressFull},
		{"other address", Limits{MembersPerAddress: 1}, func(w *world) *client { return w.client(testTag) }, wire.StatusOK},
	} {
		w := newWorld(t, c.limits)
		first := w.client(testTag)
		first.join()
		second := c.second(w)
		if got := second.tryJoin(); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
		if c.want == wire.StatusOK {
			continue
		}
		if s := w.d.Stats(); s.Members != 1 || s.Refused != 1 {
			t.Errorf("%s: %+v", c.name, s)
		}
		if _, ok := first.beat(); !ok {
			t.Errorf("%s: the member suffers", c.name)
		}
		first.join() // who is there may always register again
		w.step(first.addr, first.beatFrame())
		w.step(first.addr, first.frame(wire.TypeBye, nil))
		if got := second.tryJoin(); got != wire.StatusOK {
			t.Errorf("%s: no place after the first left: %v", c.name, got)
		}
	}
}

func TestAddressesAreCountedBySite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8::1", "2001:db8::ffff:2", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "2001:db8::1", false},
	} {
		if got := siteOf(netip.MustParseAddr(c.a)) == siteOf(netip.MustParseAddr(c.b)); got != c.same {
			t.Errorf("%s and %s: %v", c.a, c.b, got)
		}
	}
	w := newWorld(t, Limits{MembersPerAddress: 1})
	for range 3 {
		c := w.client(testTag)
		c.addr = netip.AddrPortFrom(netip.MustParseAddr("::1"), c.addr.Port())
		c.join()
	}
}

func TestServesSomeRooms(t *testing.T) {
	w := newWorld(t, Limits{})
	served := map[crypto.RoomTag]bool{testTag: true}
	w.d.cfg.Serves = func(tag crypto.RoomTag) bool { return served[tag] }
	other := w.client(crypto.RoomTag{2})
	if got := other.tryJoin(); got != wire.StatusRefused {
		t.Errorf("another room: %v", got)
	}
	member := w.client(testTag)
	member.join()
	served[crypto.RoomTag{2}] = true
	delete(served, testTag) // who is in stays
	other.join()
	if got := w.client(testTag).tryJoin(); got != wire.StatusRefused {
		t.Errorf("a room no longer served: %v", got)
	}
	if _, ok := member.beat(); !ok {
		t.Error("a member was dropped with its room's service")
	}
}

// A flood of newcomers from one address leaves others' way in open, and a
// flood from everywhere leaves members alone.
func TestNewcomersAreLimited(t *testing.T) {
	w := newWorld(t, Limits{})
	hello := wire.Hello{}.Append(nil)
	answered := 0
	for range 3 * helloPerAddress.burst {
		answered += len(w.step(stranger, hello))
	}
	if answered != helloPerAddress.burst {
		t.Errorf("%d HELLOs of one address answered", answered)
	}
	a := w.client(testTag)
	a.join()

	w = newWorld(t, Limits{HellosPerSecond: 100, RegistersPerSec: 3})
	answered = 0
	for i := range 1000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), 1)
		answered += len(w.step(from, hello))
	}
	if answered != 100 {
		t.Errorf("%d HELLOs answered in all", answered)
	}
	w.wait(time.Second)
	joined := 0
	for range 10 {
		if c := w.client(testTag); true {
			c.greet()
			c.sendRegister()
			if c.session != nil {
				joined++
				a = c
			}
		}
	}
	if joined != 3 {
		t.Errorf("%d registrations at once", joined)
	}
	if _, ok := a.beat(); !ok {
		t.Error("a member's beat was dropped")
	}
}

func TestMeter(t *testing.T) {
	var m meter
	r := rate{perSecond: 10, burst: 5}
	taken := 0
	for now := time.Duration(0); now <= 10*time.Second; now += 10 * time.Millisecond {
		if r.take(&m, now, 1) {
			taken++
		}
	}
	if taken != 5+100 {
		t.Errorf("%d units in 10 s", taken)
	}
	if r.take(&m, 20*time.Second, 6) {
		t.Error("more than the burst at once")
	}
}
