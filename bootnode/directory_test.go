package bootnode

import (
	"bytes"
	"maps"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

func kinds(out []Action) (ks []wire.RendezvousType) {
	for _, a := range out {
		ks = append(ks, wire.RendezvousKind(a.Packet))
	}
	return ks
}

func TestJoinTellsBothSides(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	if a.welcome.Observed != a.addr || a.welcome.STUNPort != 9596 ||
		a.welcome.Heartbeat != DefaultHeartbeat || a.welcome.Timeout != DefaultTimeout {
		t.Errorf("welcome: %+v", a.welcome)
	}
	out := b.join()
	a.hear(out)
	want := w.d.truth(testTag)
	if len(want) != 2 || !maps.Equal(a.roster.members, want) || !maps.Equal(b.roster.members, want) {
		t.Errorf("a knows %v, b knows %v, want %v", a.roster.members, b.roster.members, want)
	}
	for _, x := range out {
		if x.Path != 3 || len(x.Packet) > wire.MaxPayload {
			t.Errorf("%d bytes by path %d", len(x.Packet), x.Path)
		}
	}
	other := w.client(crypto.RoomTag{9})
	a.hear(other.join())
	if len(other.roster.members) != 1 || len(a.roster.members) != 2 {
		t.Error("rooms see each other")
	}
}

func TestWelcomeFitsAPacket(t *testing.T) {
	w := newWorld(t, Limits{})
	for range 12 {
		c := w.client(testTag)
		c.announcement = bytes.Repeat([]byte{byte(w.next)}, wire.MaxAnnouncement)
		for _, a := range c.join() {
			if len(a.Packet) > wire.MaxPayload {
				t.Fatalf("a packet of %d bytes", len(a.Packet))
			}
		}
		c.heal()
		if !maps.Equal(c.roster.members, w.d.truth(testTag)) {
			t.Fatal("the rest of the roster did not come")
		}
	}
}

func TestRepeatedRegisterGetsTheSameSession(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	b.join()
	a.join()
	key, joined := a.welcome.Key, w.d.Stats().Joined
	first := a.session
	out := a.sendRegister()
	if a.welcome.Key != key || a.session != first || w.d.Stats().Joined != joined {
		t.Error("a repeated REGISTER made another session")
	}
	if got := b.bodies(out, wire.TypeRoster); len(got) != 0 {
		t.Error("a repeated REGISTER was announced")
	}
	if _, ok := a.beat(); !ok {
		t.Error("no ack")
	}
}

// A replayed REGISTER, late or with a stolen cookie's address forged, must not
// end the session its member uses.
func TestRegisterDoesNotDisturbASession(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	a.beat()
	for range 3 {
		w.step(a.addr, a.register)
		if _, ok := a.beat(); !ok {
			t.Fatal("a replayed REGISTER ended the session")
		}
	}
	if m := w.d.sessions[a.id]; m.passing().attempt != nil {
		t.Error("the key of the first attempt is kept for no use")
	}
}

func TestRegisteringAnew(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	a.beat()
	old := *a
	a.addr = netip.MustParseAddrPort("198.51.100.7:999")
	a.announcement = []byte("another")
	out := a.join()
	if a.welcome.Key == old.welcome.Key || a.welcome.Channel != old.welcome.Channel {
		t.Error("want a new key and the same channel")
	}
	if len(a.bodies(out, wire.TypeProbe)) != 1 {
		t.Error("not asked to use the new keys")
	}
	if _, ok := old.beat(); !ok {
		t.Error("the old keys ended before the new ones were used")
	}
	probes := 0
	for _, x := range w.wait(11 * time.Second) {
		if wire.RendezvousKind(x.Packet) == wire.TypeProbe && (x.To == a.addr || x.To == old.addr) {
			probes++
		}
	}
	if probes != 2 {
		t.Errorf("%d probes of a silent member with keys to come", probes)
	}
	b.hear(w.step(a.addr, a.beatFrame()))
	if _, ok := old.beat(); ok {
		t.Error("the old keys still work")
	}
	if want := w.d.truth(testTag); !maps.Equal(b.roster.members, want) || len(want) != 2 {
		t.Errorf("b knows %v, want %v", b.roster.members, want)
	}
	a.addr = netip.MustParseAddrPort("198.51.100.7:1000") // nothing else changes
	a.join()
	b.hear(w.step(a.addr, a.beatFrame()))
	if want := w.d.truth(testTag); !maps.Equal(b.roster.members, want) {
		t.Errorf("b knows %v, want %v", b.roster.members, want)
	}
	if len(w.d.sites) != 2 || w.d.sites[siteOf(a.addr.Addr())] != 1 {
		t.Errorf("members per address: %v", w.d.sites)
	}
}

func TestLostBeatsDoNotEvict(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	for range 20 {
		w.wait(14900 * time.Millisecond) // the beat at 10 s is lost, the one now is not
		if _, ok := a.beat(); !ok {
			t.Fatal("evicted")
		}
	}
	for range 20 { // every beat is lost, one of the answers to probes is not
		out := w.wait(14 * time.Second)
		if n := len(a.bodies(out, wire.TypeProbe)); n != maxProbes {
			t.Fatalf("%d probes", n)
		}
		if _, ok := a.beat(); !ok {
			t.Fatal("evicted")
		}
	}
	w.wait(DefaultTimeout)
	if s := w.d.Stats(); s.Members != 0 || s.TimedOut != 1 || w.d.heard.head != nil || w.d.probed.head != nil {
		t.Errorf("silence after all that is not noticed: %+v", s)
	}
}

// While packets wait unread, silence counts a tenth: what would end it may be
// among them.
func TestNobodyIsGivenUpInHasteWhenBehind(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	behind := func(d time.Duration) {
		for range d / time.Second {
			w.now = w.now.Add(time.Second)
			w.d.Step(w.now, Event{Behind: true})
		}
	}
	behind(9 * DefaultTimeout)
	if _, ok := a.beat(); !ok {
		t.Fatal("given up while its beats may have waited")
	}
	behind(11 * DefaultTimeout)
	if s := w.d.Stats(); s.Members != 0 {
		t.Error("a flood keeps the dead listed for ever")
	}
	b := w.client(testTag)
	b.join()
	w.wait(DefaultTimeout)
	if s := w.d.Stats(); s.Members != 0 {
		t.Error("silence does not count as ever once there is time again")
	}
}

func TestEvictionAfterProbes(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	w.wait(5 * time.Second)
	b.join()
	var at []time.Duration
	start := w.now.Add(-5 * time.Second)
	for len(w.d.sessions) == 2 {
		due := w.d.NextDeadline()
		if due.Sub(start) > 14*time.Second { // b is not silent
			b.hear(w.wait(due.Sub(w.now) - time.Millisecond))
			b.beat()
		}
		out := w.wait(due.Sub(w.now))
		if len(a.bodies(out, wire.TypeProbe)) > 0 {
			at = append(at, w.now.Sub(start))
		}
		b.hear(out)
	}
	want := []time.Duration{11 * time.Second, 12 * time.Second, 13 * time.Second, 14 * time.Second}
	if len(at) != 4 || at[0] != want[0] || at[3] != want[3] || w.now.Sub(start) != 15*time.Second {
		t.Errorf("probes at %v, evicted at %v", at, w.now.Sub(start))
	}
	if b.roster.how[a.id] != wire.RosterTimedOut || len(b.roster.members) != 1 {
		t.Errorf("b was told %v", b.roster.how)
	}
	if s := w.d.Stats(); s.TimedOut != 1 || s.Members != 1 {
		t.Errorf("%+v", s)
	}
	w.wait(time.Minute)
	if s := w.d.Stats(); s.Members+s.Rooms+len(w.d.sites)+len(w.d.channels) != 0 || !w.d.NextDeadline().IsZero() {
		t.Errorf("left over: %+v", s)
	}
}

// After the process was stopped everybody looks silent at once.
func TestNobodyIsEvictedUnasked(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	w.now = w.now.Add(time.Hour)
	out := keep(w.d.Step(w.now, Event{}))
	if len(a.bodies(out, wire.TypeProbe)) != 1 {
		t.Fatal("not probed")
	}
	w.wait(3900 * time.Millisecond)
	if _, ok := a.beat(); !ok {
		t.Error("evicted without the time to answer")
	}
}

func TestBye(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	bye := a.frame(wire.TypeBye, nil)
	b.hear(w.step(a.addr, bye))
	if b.roster.how[a.id] != wire.RosterLeft || len(b.roster.members) != 1 {
		t.Errorf("b was told %v", b.roster.how)
	}
	out := w.step(a.addr, bye)
	if len(out) != 1 || wire.RendezvousKind(out[0].Packet) != wire.TypeGone {
		t.Errorf("a second BYE gets %v", kinds(out))
	}
	// Also from an address that is not proven: nobody else can say it.
	w.step(netip.MustParseAddrPort("198.51.100.9:9"), b.frame(wire.TypeBye, nil))
	if s := w.d.Stats(); s.Rooms != 0 || s.Left != 2 || len(w.d.sites) != 0 {
		t.Errorf("left over: %+v", s)
	}
}

func TestRestartIsNoticed(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	before := a.welcome.Roster.Current
	w.now = w.now.Add(5 * time.Second)
	w.restart(Limits{})
	p := a.beatFrame()
	_, counter, _ := wire.SessionFrame(p)
	out := w.step(a.addr, p)
	if len(out) != 1 {
		t.Fatalf("%v", kinds(out))
	}
	f, err := wire.ParseGone(out[0].Packet)
	if err != nil || f.Session != a.id || f.Counter != counter || len(out[0].Packet) > len(p) {
		t.Errorf("%+v, %v", f, err)
	}
	a.join()
	if _, ok := a.beat(); !ok || a.welcome.Roster.Current <= before {
		t.Error("registration after a restart")
	}
}

func TestGoneIsLimited(t *testing.T) {
	w := newWorld(t, Limits{GonesPerSecond: 5})
	a := w.client(testTag)
	a.join()
	w.restart(Limits{GonesPerSecond: 5})
	n := 0
	for range 20 {
		n += len(w.step(a.addr, a.beatFrame()))
	}
	if n != 5 {
		t.Errorf("%d answers", n)
	}
	w.wait(time.Second)
	if len(w.step(a.addr, a.beatFrame())) != 1 {
		t.Error("no answer after a second")
	}
}

func TestUpdate(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	v := w.d.rooms[testTag].version
	first := a.frame(wire.TypeUpdate, []byte("first"))
	second := a.frame(wire.TypeUpdate, []byte("second"))
	again := a.frame(wire.TypeUpdate, []byte("second"))
	for i, p := range [][]byte{second, first, again} { // the first was overtaken
		_, counter, _ := wire.SessionFrame(p)
		out := w.step(a.addr, p)
		acks := a.bodies(out, wire.TypeUpdateAck)
		if len(acks) != 1 {
			t.Fatalf("%d acks", len(acks))
		}
		if f, err := wire.ParseUpdateAck(acks[0]); err != nil || f.Counter != counter {
			t.Errorf("ack %+v", f)
		}
		if n := len(b.bodies(out, wire.TypeRoster)); n != 1 && i == 0 || n != 0 && i > 0 {
			t.Errorf("frame %d: b was told %d times", i, n)
		}
	}
	if w.d.rooms[testTag].version != v+versionStep {
		t.Error("the version did not rise once")
	}
	b.heal()
	if want := w.d.truth(testTag); !maps.Equal(b.roster.members, want) || string(w.d.sessions[a.id].announcement) != "second" {
		t.Errorf("b knows %v, want %v", b.roster.members, want)
	}
	for range 100 {
		w.step(a.addr, a.frame(wire.TypeUpdate, []byte{byte(w.d.rooms[testTag].version >> 16)}))
	}
	if w.d.Stats().Drops[DropRate] == 0 {
		t.Error("a hundred updates at once were all announced")
	}
	if w.step(a.addr, a.frame(wire.TypeUpdate, make([]byte, wire.MaxAnnouncement+1))); len(w.d.sessions[a.id].announcement) > wire.MaxAnnouncement {
		t.Error("an announcement over the limit was taken")
	}
}

func TestHiddenAddress(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.hide = true
	a.join()
	b.join()
	for _, e := range b.welcome.Roster.Entries {
		if e.Session == a.id && e.Observed.IsValid() {
			t.Error("the hidden address is shown")
		}
	}
	if a.welcome.Observed != a.addr {
		t.Error("a member is not told its own address")
	}
}

func TestLargeRoomsAreToldInTicks(t *testing.T) {
	w := newWorld(t, Limits{})
	var all []*client
	for range smallRoom + 8 {
		c := w.client(testTag)
		out := c.join()
		for _, o := range all {
			o.hear(out)
		}
		all = append(all, c)
	}
	pages := 0
	for range 20 { // 20 changes in 200 ms
		out := w.step(all[0].addr, all[0].frame(wire.TypeUpdate, []byte{byte(pages), byte(w.now.Nanosecond())}))
		out = append(out, w.wait(10*time.Millisecond)...)
		pages += len(all[1].bodies(out, wire.TypeRoster))
	}
	if pages < 1 || pages > 3 {
		t.Errorf("%d pages in 200 ms", pages)
	}
	w.wait(pushInterval)
	all[1].heal()
	if !maps.Equal(all[1].roster.members, w.d.truth(testTag)) {
		t.Error("the roster differs")
	}
}

func TestShutdownTellsEveryone(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	out := keep(w.d.Shutdown(w.now))
	if len(out) != 2 || len(a.bodies(out, wire.TypeBye)) != 1 || len(b.bodies(out, wire.TypeBye)) != 1 {
		t.Errorf("%v", kinds(out))
	}
}
