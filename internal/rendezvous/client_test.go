package rendezvous

import (
	"maps"
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func TestRegisters(t *testing.T) {
	w := newWorld(t, 1)
	a := w.add()
	w.run(time.Second)
	b := w.add()
	w.run(80 * time.Millisecond) // two round trips
	if got, want := b.states(), []State{Connecting, Registered}; !slices.Equal(got, want) {
		t.Fatalf("states %v, want %v", got, want)
	}
	w.run(20 * time.Millisecond)
	w.mustAgree()
	m := b.members[a.Session()]
	if m.Announcement.Peer != a.id.Public() || m.Observed != a.addr || m.Announcement.Nick != "nick" {
		t.Errorf("b sees a as %+v", m)
	}
	if got := last[Observed](b); got != (Observed{b.addr, 9596, UDP}) {
		t.Errorf("observed %+v", got)
	}
	if got := last[Welcomed](b); got != (Welcomed{testHeartbeat, testTimeout}) {
		t.Errorf("welcomed %+v", got)
	}
	if got := last[KeySeen](b); got != (KeySeen{w.boot.key.Public(), false}) {
		t.Errorf("key seen %+v", got)
	}
	w.leave(a)
	w.run(time.Second)
	if got := last[MemberLeft](b); got != (MemberLeft{a.Session(), false}) {
		t.Errorf("left %+v", got)
	}
	w.mustAgree()
}

func TestWaitsForAnnouncement(t *testing.T) {
	run, _ := crypto.NewRunKey()
	c := NewClient(Config{Room: testRoom, Run: run})
	if out := c.Step(worldZero, Start{}); len(out) != 0 || !c.NextDeadline().IsZero() {
		t.Fatalf("started with nothing to announce: %v", out)
	}
	if out := c.Step(worldZero, Announce{make([]byte, wire.MaxAnnouncement+1)}); len(out) != 0 {
		t.Fatalf("took an announcement nobody would: %v", out)
	}
	out := c.Step(worldZero, Announce{[]byte("sealed")})
	if len(out) != 2 || out[0] != Action(StateChanged{Connecting, ""}) {
		t.Fatalf("got %v", out)
	}
}

// No single lost packet makes anybody unreachable or anybody leave.
func TestAnySingleLoss(t *testing.T) {
	for lost := 1; ; lost++ {
		w := newWorld(t, uint64(lost))
		w.drop = func(n int, _ bool, _ []byte) bool { return n == lost }
		a := w.add()
		w.run(300 * time.Millisecond)
		b := w.add()
		w.run(400 * time.Millisecond)
		w.step(a, Announce{a.announcementOf(2)})
		w.run(25 * time.Second)
		w.mustAgree()
		if b.members[a.Session()].Announcement.Generation != 2 {
			t.Fatalf("packet %d lost: update did not arrive", lost)
		}
		for _, n := range w.nodes {
			if slices.Contains(n.states(), Unreachable) || has[MemberLeft](n) {
				t.Fatalf("packet %d lost: %v", lost, n.seen)
			}
		}
		if lost > w.count {
			if lost < 20 {
				t.Fatalf("only %d packets in the scenario", w.count)
			}
			return
		}
	}
}

func TestHeavyLoss(t *testing.T) {
	for seed := range uint64(5) {
		w := newWorld(t, seed)
		w.drop = func(int, bool, []byte) bool { return w.rng.Float64() < 0.3 }
		for range 8 {
			w.add()
		}
		w.run(time.Minute)
		for range 5 { // losses may stand in the way at any one moment
			if w.run(5 * time.Second); w.agreed() == nil {
				break
			}
		}
		w.mustAgree()
	}
}

func TestHelloPace(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.silent = true
	n := w.add()
	w.run(2 * time.Minute)
	ts := n.times(wire.TypeHello)
	for i := 1; i < len(ts); i++ {
		want := min(250*time.Millisecond<<(i-1), 10*time.Second)
		if gap := ts[i] - ts[i-1]; gap < want*8/10 || gap > want*12/10 {
			t.Errorf("gap %d is %v, want about %v", i, gap, want)
		}
	}
	if len(ts) < 15 {
		t.Errorf("%d HELLOs in two minutes", len(ts))
	}
	if got, want := n.states(), []State{Connecting, Unreachable}; !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
	w.boot.silent = false
	w.step(n, NetworkChanged{}) // tried at once
	w.run(100 * time.Millisecond)
	w.mustAgree()
}

// Unreachable is told after five seconds, and the reason tells where it ends.
func TestRegisterLost(t *testing.T) {
	w := newWorld(t, 1)
	w.drop = func(_ int, _ bool, p []byte) bool { return wire.RendezvousKind(p) == wire.TypeRegister }
	n := w.add()
	w.run(4990 * time.Millisecond)
	if slices.Contains(n.states(), Unreachable) {
		t.Error("unreachable too early")
	}
	w.run(20 * time.Millisecond)
	if s := last[StateChanged](n); s.State != Unreachable || s.Reason == noAnswer {
		t.Errorf("state %+v", s)
	}
	w.run(3 * time.Minute)
	if got := len(n.times(wire.TypeRegister)); got < 10 || got > 40 {
		t.Errorf("%d REGISTERs in three minutes", got)
	}
	if h := len(n.times(wire.TypeHello)); h < 4 {
		t.Errorf("%d HELLOs: cookies are not renewed", h)
	}
}

func TestBeatsDoNotDrift(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(101 * time.Second)
	ts := n.times(wire.TypeBeat)
	if len(ts) != 11 {
		t.Fatalf("%d beats in 100 s: %v", len(ts), ts)
	}
	for i, at := range ts {
		if want := 80*time.Millisecond + time.Duration(i)*testHeartbeat; at != want {
			t.Errorf("beat %d at %v, want %v", i, at, want)
		}
	}
}

// Timers that come late do not add up.
func TestLateTimers(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	first := n.NextDeadline()
	for i := range 5 {
		due := first.Add(time.Duration(i) * testHeartbeat)
		if got := n.NextDeadline(); !got.Equal(due) {
			t.Fatalf("beat %d due at %v, want %v", i, got.Sub(first), due.Sub(first))
		}
		n.silent = true
		w.run(due.Add(300 * time.Millisecond).Sub(w.now))
		n.silent = false
		w.run(100 * time.Millisecond)
	}
}

func TestUnansweredBeatsResent(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	w.boot.silent = true
	w.run(13 * time.Second)
	ts := n.times(wire.TypeBeat)[1:]
	if len(ts) != 4 || ts[1]-ts[0] != time.Second || ts[3]-ts[2] != time.Second {
		t.Fatalf("beats at %v", ts)
	}
	w.run(5 * time.Second)
	if s := last[StateChanged](n); s != (StateChanged{Unreachable, noAnswer}) {
		t.Fatalf("after 18 s of silence: %+v", s)
	}
	if _, ok := n.SealRelay(nil, 1, []byte("x")); ok {
		t.Error("relays through a dead session")
	}
	w.boot.silent = false
	w.run(20 * time.Second)
	w.mustAgree()
}

func TestAnswersProbeAtOnce(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	w.boot.seal(n.addr, w.boot.sessions[n.Session()], wire.TypeProbe, nil)
	w.run(20 * time.Millisecond)
	if len(n.times(wire.TypeBeat)) != 2 {
		t.Fatal("no beat")
	}
	if got := n.NextDeadline(); !got.Equal(w.now.Add(time.Second)) {
		t.Errorf("next is due in %v, want the resend after 1 s", got.Sub(w.now))
	}
}

func TestChallengeMovesAddress(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	n.addr = netip.MustParseAddrPort("192.0.2.7:7")
	w.step(n, NetworkChanged{})
	w.run(time.Second)
	if got := w.boot.sessions[n.Session()].addr; got != n.addr {
		t.Errorf("bootnode sends to %v", got)
	}
	if got := last[Observed](n); got.Addr != n.addr {
		t.Errorf("observed %v", got)
	}
}

// A machine that slept for an hour finds its way back, evicted or not.
func TestTimeJump(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	a.silent = true
	w.run(time.Hour)
	a.silent = false
	if !has[MemberLeft](b) {
		t.Error("b did not see a time out")
	}
	w.run(2 * time.Second)
	w.mustAgree()
	if len(a.times(wire.TypeBeat)) > 4 {
		t.Errorf("beats were made up for: %v", a.times(wire.TypeBeat))
	}
	if has[MemberLeft](a) {
		t.Error("a lost b, who was there all the time")
	}
}

func TestRefused(t *testing.T) {
	w := newWorld(t, 1)
	w.boot.status = wire.StatusRoomFull
	n := w.add()
	w.run(20 * time.Second)
	if s := last[StateChanged](n); s != (StateChanged{Unreachable, wire.StatusRoomFull.String()}) {
		t.Fatalf("state %+v", s)
	}
	if got := len(n.times(wire.TypeRegister)); got != 1 {
		t.Errorf("%d REGISTERs in 20 s", got)
	}
	w.run(60 * time.Second)
	if got := len(n.times(wire.TypeRegister)); got < 2 || got > 4 {
		t.Errorf("%d REGISTERs in 80 s", got)
	}
	w.boot.status = wire.StatusOK
	w.run(40 * time.Second)
	w.mustAgree()
}

func TestKeys(t *testing.T) {
	given := crypto.RunPublic{9}
	t.Run("strict", func(t *testing.T) {
		w := newWorld(t, 1)
		n := w.addConfig(Config{ExpectedKey: &given, Strict: true})
		w.run(time.Minute)
		if got := last[KeyMismatch](n); got != (KeyMismatch{given, w.boot.key.Public()}) {
			t.Fatalf("got %+v", got)
		}
		if len(n.times(wire.TypeRegister)) != 0 || len(n.times(wire.TypeHello)) != 1 || !n.NextDeadline().IsZero() {
			t.Error("goes on after a strict mismatch")
		}
	})
	t.Run("strict and right", func(t *testing.T) {
		w := newWorld(t, 1)
		key := w.boot.key.Public()
		n := w.addConfig(Config{ExpectedKey: &key, Strict: true})
		w.run(time.Second)
		w.mustAgree()
		if got := last[KeySeen](n); got != (KeySeen{key, false}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("pinned", func(t *testing.T) {
		w := newWorld(t, 1)
		n := w.addConfig(Config{ExpectedKey: &given})
		w.run(time.Second)
		w.mustAgree()
		if got := last[KeySeen](n); got != (KeySeen{w.boot.key.Public(), true}) {
			t.Errorf("got %+v", got)
		}
	})
	t.Run("changes on the way", func(t *testing.T) {
		w := newWorld(t, 1)
		n := w.add()
		w.run(time.Second)
		w.boot.restart()
		w.boot.key, _ = crypto.NewRunKey()
		w.run(11 * time.Second)
		w.mustAgree()
		if got := last[KeySeen](n); got != (KeySeen{w.boot.key.Public(), true}) {
			t.Errorf("got %+v", got)
		}
	})
}

func TestUpdateResent(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	w.drop = func(_ int, _ bool, p []byte) bool {
		k := wire.RendezvousKind(p)
		return k == wire.TypeUpdate || k == wire.TypeUpdateAck
	}
	w.step(a, Announce{a.announcementOf(2)})
	w.run(5 * time.Second)
	w.step(a, Announce{a.announcementOf(3)})
	w.drop = nil
	w.run(5 * time.Second)
	if got := b.members[a.Session()].Announcement.Generation; got != 3 {
		t.Errorf("b has generation %d", got)
	}
	sent := len(a.times(wire.TypeUpdate))
	w.run(30 * time.Second)
	if now := len(a.times(wire.TypeUpdate)); now != sent {
		t.Errorf("%d UPDATEs after the acknowledgement", now-sent)
	}
}

// The acknowledgement of one announcement does not count for the next.
func TestLateUpdateAck(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	var late []byte
	w.drop = func(_ int, _ bool, p []byte) bool {
		if wire.RendezvousKind(p) == wire.TypeUpdateAck {
			late = p
			return true
		}
		return false
	}
	w.step(a, Announce{a.announcementOf(2)})
	w.run(300 * time.Millisecond)
	w.drop = func(_ int, _ bool, p []byte) bool { return wire.RendezvousKind(p) == wire.TypeUpdate }
	w.step(a, Announce{a.announcementOf(3)})
	w.step(a, Packet{Data: late})
	w.drop = nil
	w.run(5 * time.Second)
	if got := b.members[a.Session()].Announcement.Generation; got != 3 {
		t.Errorf("b has generation %d", got)
	}
}

// A cookie that grew old while the machine slept is not tried again.
func TestOldCookie(t *testing.T) {
	w := newWorld(t, 1)
	w.drop = func(_ int, _ bool, p []byte) bool { return wire.RendezvousKind(p) == wire.TypeRegister }
	n := w.add()
	w.run(100 * time.Millisecond)
	n.silent = true
	w.run(cookieLife)
	n.silent = false
	before := len(n.times(wire.TypeRegister))
	w.step(n, Timer{})
	if len(n.times(wire.TypeHello)) != 2 || len(n.times(wire.TypeRegister)) != before {
		t.Errorf("sent %v", n.sent)
	}
}

func TestBootnodeSaysGoodbye(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	w.boot.seal(n.addr, w.boot.sessions[n.Session()], wire.TypeBye, nil)
	w.boot.restart()
	w.run(time.Second)
	want := []State{Connecting, Registered, Unreachable, Registered}
	if got := n.states(); !slices.Equal(got, want) {
		t.Errorf("states %v, want %v", got, want)
	}
}

// snapshot is a client's state as deep as packets can change it.
type snapshot struct {
	client    Client
	session   session
	byChannel map[uint32]crypto.SessionID
	members   map[crypto.SessionID]*member
	missing   map[crypto.SessionID]bool
	named     map[crypto.SessionID]bool
}

func snap(c *Client) (s snapshot) {
	s.client = *c
	s.client.now, s.client.out = time.Time{}, nil
	s.members, s.missing, s.named = maps.Clone(c.roster.members), maps.Clone(c.roster.missing), maps.Clone(c.roster.named)
	if c.session != nil {
		s.session, s.byChannel = *c.session, maps.Clone(c.session.byChannel)
	}
	return s
}

func FuzzPacket(f *testing.F) {
	w := newWorld(&testing.T{}, 1)
	w.add()
	n := w.add()
	var seen [][]byte
	w.drop = func(_ int, _ bool, p []byte) bool { seen = append(seen, p); return false }
	w.run(11 * time.Second)
	for _, p := range seen {
		f.Add(p)
	}
	f.Add(wire.Gone{Session: n.Session(), Counter: 1}.Append(nil))
	f.Add([]byte{wire.MagicRendezvous, wire.Version, byte(wire.TypeBeatAck)})
	fresh, _ := crypto.NewRunKey()
	waiting := NewClient(Config{Room: testRoom, Run: fresh, Rand: w.rng})
	waiting.Step(w.now, Announce{[]byte("x")})
	waiting.Step(w.now, Start{})
	f.Fuzz(func(t *testing.T, p []byte) {
		for _, c := range []*Client{n.Client, waiting} {
			before := snap(c)
			if out := c.Step(w.now, Packet{Data: p}); len(out) != 0 {
				t.Errorf("answered a foreign packet: %v", out)
			}
			if after := snap(c); !reflect.DeepEqual(before, after) {
				t.Errorf("a foreign packet changed the client")
			}
			if _, _, _, err := c.OpenRelay(p); err == nil {
				t.Error("opened a foreign relay frame")
			}
		}
	})
}

// The bootnode's clock is compared with ours at half of the round trip; what
// cannot be a clock says nothing.
func TestMeasures(t *testing.T) {
	for _, tc := range []struct {
		ahead time.Duration
		known bool
	}{
		{0, true}, {90 * time.Second, true}, {-time.Hour, true}, {150 * 365 * 24 * time.Hour, false}, {-60 * 365 * 24 * time.Hour, false},
	} {
		w := newWorld(t, 1)
		w.boot.ahead = tc.ahead
		a := w.add()
		w.run(time.Second)
		i := slices.IndexFunc(a.seen, func(x Action) bool { _, is := x.(Measured); return is })
		if (i >= 0) != tc.known {
			t.Errorf("%v: measured is %v", tc.ahead, i >= 0)
		}
		if want := (Measured{40 * time.Millisecond, tc.ahead}); i >= 0 && a.seen[i] != Action(want) {
			t.Errorf("%v: %+v, want %+v", tc.ahead, a.seen[i], want)
		}
	}
}
