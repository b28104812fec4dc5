package bootnode

import (
	"bytes"
	"fmt"
	"net/netip"
	"runtime"
	"strings"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// texts are the operator's words that went to a client.
func (c *client) texts(out []Action) (list []wire.Text) {
	for _, b := range c.bodies(out, wire.TypeText) {
		f, err := wire.ParseText(b)
		if err != nil {
			c.w.t.Fatal(err)
		}
		list = append(list, f)
	}
	return list
}

// beats sends a beat that names what the client was told.
func (c *client) beats(motd, notice uint32) []Action {
	return c.w.step(c.addr, c.frame(wire.TypeBeat, wire.Beat{Version: c.roster.version, MOTD: motd, Notice: notice}.Append(nil)))
}

func TestGreeting(t *testing.T) {
	w := newWorld(t, Limits{})
	w.d.SetMOTD("welcome")
	a := w.client(testTag)
	a.join()
	got := a.texts(a.beats(0, a.welcome.Notice))
	if len(got) != 1 || got[0].Kind != wire.TextMOTD || got[0].Text != "welcome" || got[0].ID == 0 {
		t.Fatalf("%+v", got)
	}
	if again := a.texts(a.beats(got[0].ID, a.welcome.Notice)); len(again) != 0 {
		t.Errorf("who has it is told again: %+v", again)
	}
	w.d.SetMOTD("welcome again")
	if next := a.texts(a.beats(got[0].ID, a.welcome.Notice)); len(next) != 1 || next[0].ID == got[0].ID {
		t.Errorf("%+v", next)
	}
	// Who keeps saying that it has nothing gets it once a second at most.
	n := 0
	for range 1000 {
		n += len(a.texts(a.beats(0, a.welcome.Notice)))
	}
	if n > textsPerMember.burst {
		t.Errorf("told %d times at once", n)
	}
	w.d.SetMOTD("")
	w.wait(5 * time.Second)
	if none := a.texts(a.beats(0, a.welcome.Notice)); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}

// A notice reaches everybody in question, in order, whatever packet gets lost, and
// nobody who came later.
func TestNotices(t *testing.T) {
	w := newWorld(t, Limits{})
	other := crypto.RoomTag{2}
	a, b := w.client(testTag), w.client(other)
	a.join()
	b.join()
	n, out := w.d.Notify(w.now, "to all", crypto.RoomTag{})
	if n != 2 || len(a.bodies(out, wire.TypeProbe)) != 1 || len(b.bodies(out, wire.TypeProbe)) != 1 {
		t.Fatalf("%d members, %v", n, kinds(out))
	}
	if n, _ := w.d.Notify(w.now, "to one room", testTag); n != 1 {
		t.Fatalf("%d members in the room", n)
	}
	known := a.welcome.Notice
	var heard []string
	for range 5 { // the first answer is lost
		w.wait(2 * time.Second)
		for i, x := range a.texts(a.beats(0, known)) {
			if len(heard) > 0 || i > 0 || x.ID != known+1 || w.now.Sub(epoch) > 3*time.Second {
				heard, known = append(heard, x.Text), x.ID
			}
		}
	}
	if fmt.Sprint(heard) != "[to all to one room]" {
		t.Errorf("%q", heard)
	}
	if got := b.texts(b.beats(0, b.welcome.Notice)); len(got) != 1 || got[0].Text != "to all" {
		t.Errorf("the other room: %+v", got)
	} else if more := b.texts(b.beats(0, got[0].ID)); len(more) != 0 {
		t.Errorf("the other room was told what is not for it: %+v", more)
	}
	c := w.client(testTag)
	c.join()
	if late := c.texts(c.beats(0, c.welcome.Notice)); len(late) != 0 {
		t.Errorf("a newcomer: %+v", late)
	}
}

// Very many members are asked a few at a time.
func TestNoticeIsPaced(t *testing.T) {
	w := newWorld(t, Limits{LimitLoopback: false})
	for range 2*walkStep + 10 {
		w.client(testTag).join()
	}
	w.wait(time.Second)
	_, out := w.d.Notify(w.now, "x", crypto.RoomTag{})
	if len(out) != walkStep {
		t.Errorf("%d packets at once", len(out))
	}
	if rest := w.wait(100 * time.Millisecond); len(rest) != walkStep+10 {
		t.Errorf("%d packets after that", len(rest))
	}
}

func TestFindRoom(t *testing.T) {
	w := newWorld(t, Limits{})
	w.client(crypto.RoomTag{0x12, 0x34}).join()
	w.client(crypto.RoomTag{0x12, 0x56}).join()
	for name, want := range map[string]error{"1234": nil, "12": ErrRooms, "13": ErrNoRoom, "": ErrNoRoom, "1234zz": ErrNoRoom} {
		if _, err := w.d.FindRoom(name); err != want {
			t.Errorf("%q: %v", name, err)
		}
	}
	list, total := w.d.RoomList(9)
	if len(list) != 2 || total != 2 || list[0].Members != 1 || RoomName(list[0].Tag) != "123400000000" || !list[0].Opened.Equal(epoch) {
		t.Errorf("%+v", list)
	}
}

// The largest rooms are listed, whatever order the map has.
func TestRoomList(t *testing.T) {
	d := NewDirectory(DirectoryConfig{}, epoch)
	for i := range 1000 {
		tag := crypto.RoomTag{byte(i >> 8), byte(i)}
		d.rooms[tag] = newRoom(tag, 1, 1)
		d.rooms[tag].members = i / 3 // some are equally large
	}
	for _, most := range []int{1, 10, 100, 600, 1000, 2000} {
		list, total := d.RoomList(most)
		if len(list) != min(most, 1000) || total != 1000 {
			t.Fatalf("%d of %d rooms", len(list), total)
		}
		for i, x := range list {
			if x.Members != (999-i)/3 || i > 0 && x.Members == list[i-1].Members && bytes.Compare(list[i-1].Tag[:], x.Tag[:]) > 0 {
				t.Fatalf("of %d: room %d is %+v", most, i, x)
			}
		}
	}
}

func TestBans(t *testing.T) {
	for name, target := range map[string]func(c *client) Target{
		"session": func(c *client) Target { return Target{Session: c.id} },
		"run":     func(c *client) Target { return Target{Run: c.run.Public()} },
		"address": func(c *client) Target { return Target{Prefix: netip.PrefixFrom(c.addr.Addr(), 32)} },
		"prefix":  func(c *client) Target { return Target{Prefix: netip.MustParsePrefix("192.0.2.1/32")} },
	} {
		w := newWorld(t, Limits{})
		a, b := w.client(testTag), w.client(testTag)
		a.join()
		b.join()
		x := Ban{Target: target(a), Until: w.now.Add(time.Hour), Reason: "spam"}
		n, out := w.d.Ban(w.now, []Ban{x})
		out = keep(out)
		said := a.texts(out)
		if n != 1 || len(said) != 1 || said[0].Kind != wire.TextReason || said[0].Text != "spam" || len(a.bodies(out, wire.TypeBye)) != 1 {
			t.Fatalf("%s: %d, %+v, %v", name, n, said, kinds(out))
		}
		if b.hear(out); b.roster.how[a.id] != wire.RosterLeft || w.d.Stats().Members != 1 {
			t.Errorf("%s: b was not told", name)
		}
		a.session = nil
		a.greet()
		a.sendRegister()
		if a.welcome.Status != wire.StatusBanned || a.welcome.Reason != "spam" || a.welcome.Wait != 3600 {
			t.Errorf("%s: %+v", name, a.welcome)
		}
		if !w.d.Unban(x.Target) || w.d.Unban(x.Target) {
			t.Errorf("%s: taken back", name)
		}
		a.greet()
		if a.sendRegister(); a.welcome.Status != wire.StatusOK {
			t.Errorf("%s: %v after it was taken back", name, a.welcome.Status)
		}
		w.d.Ban(w.now, []Ban{x})
		w.wait(2 * time.Hour)
		a.greet()
		if a.sendRegister(); a.welcome.Status != wire.StatusOK {
			t.Errorf("%s: %v after its time", name, a.welcome.Status)
		}
	}
}

func TestTargets(t *testing.T) {
	key := bootKey.Public()
	for text, want := range map[string]string{
		"00112233445566ff": "00112233445566ff", key.String(): key.String(), "10.1.2.3": "10.1.2.3", "10.1.2.3/8": "10.0.0.0/8",
		"2001:db8::1": "2001:db8::1", "2001:DB8::1/32": "2001:db8::/32", "token:ann": "token:ann", "::ffff:10.0.0.1": "10.0.0.1",
		"10.0.0.0/32": "10.0.0.0", crypto.NodeID{7}.String(): crypto.NodeID{7}.String(), "0.0.0.0/0": "0.0.0.0/0",
	} {
		got, err := ParseTarget(text)
		if err != nil || got.String() != want {
			t.Errorf("%s: %v, %v", text, got, err)
		}
		if again, err := ParseTarget(got.String()); err != nil || again != got {
			t.Errorf("%s reads back as %v, %v", got, again, err)
		}
	}
	for _, text := range []string{"", "x", "token:", "token:a b", "10.0.0.0/33", "fe80::1%eth0", "0000000000000000", "::ffff:10.0.0.0/104", strings.Repeat("a", 5000)} {
		if got, err := ParseTarget(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzTarget(f *testing.F) {
	for _, s := range []string{"00112233445566ff", "10.0.0.0/8", "token:x", "::1", bootKey.Public().String(), ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		x, err := ParseTarget(s)
		if err != nil {
			return
		}
		if again, err := ParseTarget(x.String()); err != nil || again != x {
			t.Errorf("%q is %v and reads back as %v, %v", s, x, again, err)
		}
	})
}

func TestInvitations(t *testing.T) {
	list, err := ParseInvitations([]byte("# guests\n\nann:0123456789abcdef\r\nbob: fedcba9876543210\n"))
	if err != nil || len(list) != 2 {
		t.Fatal(list, err)
	}
	w := newWorld(t, Limits{})
	w.d.cfg.Invited = list
	a, b, c := w.client(testTag), w.client(testTag), w.client(testTag)
	a.token, b.token = "0123456789abcdef", "0123456789abcdeX"
	for x, want := range map[*client]wire.Status{a: wire.StatusOK, b: wire.StatusUninvited, c: wire.StatusUninvited} {
		x.greet()
		if x.sendRegister(); x.welcome.Status != want {
			t.Errorf("%v, want %v", x.welcome.Status, want)
		}
	}
	// A proof is for one registration: another member's cookie makes it void.
	thief := w.client(testTag)
	thief.greet()
	thief.stolen = crypto.NewInvitation(a.token, bootKey.Public(), a.cookie, testTag, a.run.Public())
	thief.register = thief.registerFrame(thief.cookie)
	if thief.sendRegister(); thief.welcome.Status != wire.StatusUninvited {
		t.Errorf("a stolen proof: %v", thief.welcome.Status)
	}
	if n, out := w.d.Ban(w.now, []Ban{{Target: Target{Guest: "ann"}}}); n != 1 || len(a.texts(out)) != 1 {
		t.Errorf("banned by name: %d", n)
	}
	a.greet()
	if a.sendRegister(); a.welcome.Status != wire.StatusBanned {
		t.Errorf("%v", a.welcome.Status)
	}
	w.d.Unban(Target{Guest: "ann"})
	a.greet()
	a.sendRegister()
	if n, _ := w.d.Reconfigure(w.now, Limits{}, list); n != 0 {
		t.Errorf("%d of those invited were sent away", n)
	}
	for _, tc := range []struct {
		lines string
		ended int
	}{
		{"ann:0123456789abcdef\nann:0123456789abcdeZ", 0}, // another token beside the one that was used
		{"ann:0123456789abcdeZ", 1},                       // instead of it, since it got about
	} {
		list, err := ParseInvitations([]byte(tc.lines))
		if err != nil {
			t.Fatal(err)
		}
		if n, _ := w.d.Reconfigure(w.now, Limits{}, list); n != tc.ended {
			t.Errorf("%q: %d were sent away, want %d", tc.lines, n, tc.ended)
		}
	}
	a.token = "0123456789abcdeZ"
	a.greet()
	if a.sendRegister(); a.welcome.Status != wire.StatusOK {
		t.Errorf("with the new token: %v", a.welcome.Status)
	}
	if n, _ := w.d.Reconfigure(w.now, Limits{}, Invitations{}); n != 1 || len(w.d.guests) != 0 {
		t.Errorf("%d were sent away, %d are remembered", n, len(w.d.guests))
	}
	for _, bad := range []string{"ann", "ann:short", ":0123456789abcdef", "a b:0123456789abcdef", "ann:0123456789abcdef\nbob:0123456789abcdef", "ann:" + strings.Repeat("x", 129)} {
		if _, err := ParseInvitations([]byte(bad)); err == nil || strings.Contains(err.Error(), "0123456789abcdef") {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

func FuzzInvitations(f *testing.F) {
	f.Add([]byte("ann:0123456789abcdef\n# x\n"))
	f.Add([]byte{0, ':', 255})
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ParseInvitations(b)
		if err == nil && len(list) > MaxInvitations {
			t.Errorf("%d invitations", len(list))
		}
	})
}

func TestNetworkLimit(t *testing.T) {
	w := newWorld(t, Limits{MembersPerNetwork: 2, Rooms: 2})
	at := func(c *client, addr string) *client { c.addr = netip.MustParseAddrPort(addr); return c }
	for _, x := range []struct {
		addr string
		tag  crypto.RoomTag
		want wire.Status
	}{
		{"10.0.0.1:1", crypto.RoomTag{1}, wire.StatusOK},
		{"10.0.0.200:1", crypto.RoomTag{1}, wire.StatusOK},
		{"10.0.0.3:1", crypto.RoomTag{1}, wire.StatusNetworkFull},
		{"10.0.1.1:1", crypto.RoomTag{1}, wire.StatusOK},
		{"[2001:db8:1:1::1]:1", crypto.RoomTag{2}, wire.StatusOK},
		{"[2001:db8:1:2::1]:1", crypto.RoomTag{2}, wire.StatusOK},
		{"[2001:db8:1:3::1]:1", crypto.RoomTag{2}, wire.StatusNetworkFull},
		{"[2001:db8:2:1::1]:1", crypto.RoomTag{3}, wire.StatusRoomsFull},
		{"127.0.0.1:1", crypto.RoomTag{1}, wire.StatusOK},
	} {
		c := at(w.client(x.tag), x.addr)
		c.greet()
		if c.sendRegister(); c.welcome.Status != x.want {
			t.Errorf("%s: %v, want %v", x.addr, c.welcome.Status, x.want)
		}
	}
	w.wait(time.Minute)
	if len(w.d.networks) != 0 || len(w.d.sites) != 0 {
		t.Errorf("%d networks are counted of nobody", len(w.d.networks))
	}
}

// A network of many addresses asks no more often than one network may.
func TestNetworkPace(t *testing.T) {
	w := newWorld(t, Limits{HellosPerSecond: 1 << 30})
	answered := 0
	for i := range 200_000 {
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), uint16(1+i%60_000))
		answered += len(w.step(from, wire.Hello{Nonce: wire.NewNonce()}.Append(nil)))
	}
	if answered > helloPerNetwork.burst {
		t.Errorf("%d HELLOs of one network were answered at once", answered)
	}
}

func TestDrain(t *testing.T) {
	w := newWorld(t, Limits{})
	a := w.client(testTag)
	a.join()
	to := []wire.Alternative{{Address: "b.example:9595"}}
	out := keep(w.d.Drain(w.now, 15*time.Second, to))
	moved := func(out []Action) (f wire.Moved, n int) {
		for _, b := range a.bodies(out, wire.TypeMoved) {
			f, _ = wire.ParseMoved(b)
			n++
		}
		return f, n
	}
	if f, n := moved(out); n != 1 || f.Seconds != 15 || len(f.Elsewhere) != 1 || f.Elsewhere[0] != to[0] {
		t.Fatalf("%+v, %d", f, n)
	}
	if f, n := moved(w.wait(4 * time.Second)); n != 2 || f.Seconds != 11 {
		t.Errorf("again: %+v, %d times", f, n)
	}
	b := w.client(testTag)
	b.greet()
	if b.sendRegister(); b.welcome.Status != wire.StatusMoving || b.welcome.Wait != 11 || len(b.welcome.Elsewhere) != 1 {
		t.Errorf("a newcomer: %+v", b.welcome)
	}
	if ack, ok := a.beat(); !ok || ack.Observed != a.addr || w.d.Drained() {
		t.Error("members are served no more")
	}
	if was, out := w.d.CallOff(w.now); !was {
		t.Error("not called off")
	} else if f, n := moved(out); n != 1 || !f.CalledOff {
		t.Errorf("%+v", f)
	}
	b.greet()
	if b.sendRegister(); b.welcome.Status != wire.StatusOK {
		t.Errorf("after it was called off: %v", b.welcome.Status)
	}
	w.d.Drain(w.now, 15*time.Second, nil)
	for _, c := range []*client{a, b} {
		w.step(c.addr, c.frame(wire.TypeBye, nil))
	}
	if !w.d.Drained() {
		t.Error("all have left, and it stays")
	}
	c := newWorld(t, Limits{})
	x := c.client(testTag)
	x.join()
	c.d.Drain(c.now, 3*time.Second, nil)
	if c.wait(3 * time.Second); !c.d.Drained() || !c.d.Draining().Equal(c.now) {
		t.Error("the time is over, and it stays")
	}
}

// A million forged registrations and a million HELLOs from forged addresses: memory
// stays what it is, and less goes out than came in.
func TestMillionForgeries(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const million = 1_000_000
	w := newWorld(t, Limits{})
	for range 10 {
		w.client(testTag).join()
	}
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	forger := w.client(testTag)
	forger.greet()
	p := forger.register
	hello := wire.Hello{}.Append(nil)
	before, state := heap(), w.fingerprint()
	in, out := 0, 0
	for i := range million {
		w.now = w.now.Add(time.Microsecond)
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{byte(1 + i>>16), byte(i >> 8), byte(i), 7}), uint16(1024+i%50_000))
		p[3+i%crypto.CookieSize]++ // a cookie that is none
		for _, packet := range [][]byte{p, hello} {
			in += len(packet)
			for _, a := range w.d.Step(w.now, Event{From: from, Path: 3, Packet: packet}) {
				out += len(a.Packet)
			}
		}
	}
	if after := heap(); after > before+4<<20 {
		t.Errorf("the heap grew from %d to %d", before, after)
	}
	if w.fingerprint() != state {
		t.Error("a forgery changed something")
	}
	if out > in {
		t.Errorf("%d bytes out for %d in", out, in)
	}
	t.Logf("%d bytes out for %d in", out, in)
}
