package lan

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// bench is one finder under a test's hands.
type bench struct {
	*Finder
	t   *testing.T
	now time.Time
}

func newBench(t *testing.T) *bench {
	b := &bench{t: t, now: worldZero}
	b.Finder = NewFinder(FinderConfig{Room: testRoom, Home: homeAddr(HomePort), Rand: rand.New(rand.NewPCG(1, 2))})
	return b
}

func (b *bench) do(ev Event) []Action { return b.Step(b.now, ev) }

// wait lets time pass and returns what was done meanwhile.
func (b *bench) wait(d time.Duration) (out []Action) {
	for end := b.now.Add(d); ; {
		at := b.NextDeadline()
		if at.IsZero() || at.After(end) {
			b.now = end
			return out
		}
		if at.After(b.now) {
			b.now = at
		}
		out = append(out, b.do(Timer{})...)
	}
}

// asks returns the nonce of the last question among actions.
func (b *bench) asks(as []Action) [16]byte {
	b.t.Helper()
	for _, a := range slices.Backward(as) {
		var p []byte
		switch a := a.(type) {
		case Multicast:
			p = a.Packet
		case Send:
			p = a.Packet
		}
		if q, err := wire.ParseLANQuery(p); err == nil {
			return q.Nonce
		}
	}
	b.t.Fatalf("no question in %v", as)
	return [16]byte{}
}

func of[A Action](as []Action) (found []A) {
	for _, a := range as {
		if a, ok := a.(A); ok {
			found = append(found, a)
		}
	}
	return found
}

func (b *bench) targets(as []Action) []Target {
	b.t.Helper()
	us := of[Use](as)
	if len(us) == 0 {
		b.t.Fatalf("no Use in %v", as)
	}
	return us[len(us)-1].Targets
}

func advertOf(room *crypto.RoomKeys, key byte, nonce [16]byte) []byte {
	return wire.LANAdvert{Nonce: nonce, Key: crypto.RunPublic{key}, Port: 7000}.Seal(room)
}

var (
	honest   = netip.MustParseAddrPort("192.168.1.7:40000")
	stranger = netip.MustParseAddrPort("192.168.1.66:40000")
)

// An advert sent again from elsewhere does nothing but make us ask there.
func TestReplayedAdvert(t *testing.T) {
	b := newBench(t)
	b.do(Start{})
	p := advertOf(testRoom, 1, wire.NewLANNonce())
	out := b.do(Packet{stranger, p})
	if sends := of[Send](out); len(of[Use](out)) > 0 || len(sends) != 1 || sends[0].To != stranger {
		t.Fatalf("an unasked advert led to %v", out)
	}
	q := b.asks(out)
	// Neither an answer to an older question, nor one of another room.
	b.wait(answerFor + time.Second)
	if out := b.do(Packet{stranger, advertOf(testRoom, 1, q)}); len(of[Use](out)) > 0 {
		t.Fatalf("a late answer led to %v", out)
	}
	q = b.asks(b.wait(3 * time.Second))
	if out := b.do(Packet{stranger, advertOf(otherRoom, 1, q)}); len(out) > 0 {
		t.Fatalf("another room's advert led to %v", out)
	}
	if out := b.do(Packet{honest, advertOf(testRoom, 1, q)}); !slices.Equal(b.targets(out), []Target{{"192.168.1.7:7000", crypto.RunPublic{1}}}) {
		t.Fatalf("the answer led to %v", out)
	}
	// Once known, it is not moved by anybody.
	if out := b.do(Packet{stranger, advertOf(testRoom, 1, q)}); len(out) > 0 {
		t.Errorf("the same from elsewhere led to %v", out)
	}
}

// An answer counts for a while only, also where nothing was asked since.
func TestLateAnswer(t *testing.T) {
	b := newBench(t)
	out := append(b.do(Start{}), b.wait(time.Second)...)
	b.do(Opened{crypto.RunPublic{9}, 7000})
	out = append(out, b.wait(askIdle)...)
	q := b.asks(out)
	out = b.wait(answerFor + time.Second)
	if slices.ContainsFunc(of[Multicast](out), func(m Multicast) bool { return wire.RendezvousKind(m.Packet) == wire.TypeLANQuery }) {
		t.Fatal("asked again: this shows nothing")
	}
	if out := b.do(Packet{stranger, advertOf(testRoom, 1, q)}); len(of[Use](out)) > 0 {
		t.Errorf("led to %v", out)
	}
}

// A bootnode that is heard is not asked; a silent one is, and then forgotten.
func TestSilence(t *testing.T) {
	b := newBench(t)
	b.do(Packet{honest, nil})
	q := b.asks(b.do(Start{}))
	b.do(Packet{honest, advertOf(testRoom, 1, q)})
	for range 10 {
		if out := of[Send](b.wait(advertEvery)); len(out) > 0 {
			t.Fatalf("asked: %v", out)
		}
		b.do(Packet{honest, advertOf(testRoom, 1, wire.NewLANNonce())})
	}
	if out := of[Send](b.wait(suspectAfter)); len(out) != 1 || out[0].To != honest {
		t.Errorf("after %v: %v", suspectAfter, out)
	}
	if out := b.wait(goneAfter - suspectAfter); len(of[Send](out)) < 5 || len(b.targets(out)) > 0 {
		t.Errorf("after %v: %v", goneAfter, out)
	}
}

// Who passes our questions on gets no more than one attempt.
func TestInBetween(t *testing.T) {
	b := newBench(t)
	q := b.asks(b.do(Start{}))
	taken := b.targets(b.do(Packet{stranger, advertOf(testRoom, 1, q)}))
	out := b.do(Unreachable{taken[0].Address})
	if left := b.targets(out); len(left) > 0 {
		t.Fatalf("still uses %v", left)
	}
	if out := b.do(Packet{honest, advertOf(testRoom, 1, q)}); len(of[Use](out)) > 0 {
		t.Errorf("an answer from before led to %v", out)
	}
	q = b.asks(out)
	if out := b.do(Packet{stranger, advertOf(testRoom, 1, q)}); len(out) > 0 {
		t.Errorf("the same again led to %v", out)
	}
	if got := b.targets(b.do(Packet{honest, advertOf(testRoom, 1, q)})); len(got) != 1 || got[0].Address != "192.168.1.7:7000" {
		t.Errorf("uses %v", got)
	}
	b.do(Unreachable{"192.168.1.66:7000"}) // not used any more: nothing to it
	if b.find(crypto.RunPublic{1}) == nil {
		t.Error("late news of a former target was taken")
	}
}

// Old adverts do not keep a member from opening a bootnode.
func TestReplaysDoNotPreventOpening(t *testing.T) {
	b := newBench(t)
	out := b.do(Start{})
	for i := range 100 {
		out = append(out, b.do(Packet{stranger, advertOf(testRoom, byte(i+1), [16]byte{byte(i)})})...)
		out = append(out, b.wait(5*time.Millisecond)...)
	}
	if len(of[Open](out)) != 1 {
		t.Error("no bootnode was opened")
	}
}

func TestOpeningWaitsForAdvert(t *testing.T) {
	b := newBench(t)
	b.do(Start{})
	b.own.plan(b.now.Add(time.Millisecond))
	b.do(Packet{honest, advertOf(testRoom, 1, [16]byte{1})})
	if len(of[Open](b.wait(holdFor-time.Millisecond))) > 0 {
		t.Error("opened although somebody was quicker")
	}
}

func TestFourLowest(t *testing.T) {
	b := newBench(t)
	out := b.do(Start{})
	var ks []byte
	for i := range byte(100) { // more than are remembered
		if i%20 == 0 {
			b.now = b.now.Add(time.Second)
			out = b.do(Timer{})
		}
		from := netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, i}), 40000)
		b.do(Packet{from, advertOf(testRoom, 100-i, b.asks(out))})
	}
	for _, t := range b.used {
		ks = append(ks, t.Key[0])
	}
	if len(b.known) != maxKnown || !slices.Equal(ks, []byte{37, 38, 39, 40}) {
		t.Errorf("knows %d, uses %v", len(b.known), ks)
	}
}

// An answer over IPv6 waits for the same over IPv4.
func TestPrefersIPv4(t *testing.T) {
	v6 := netip.MustParseAddrPort("[fe80::1%eth0]:40000")
	b := newBench(t)
	q := b.asks(b.do(Start{}))
	b.do(Packet{v6, advertOf(testRoom, 1, q)})
	b.do(Packet{v6, advertOf(testRoom, 2, q)})
	out := b.do(Packet{honest, advertOf(testRoom, 1, q)})
	if got := b.targets(out); len(got) != 1 || got[0].Address != "192.168.1.7:7000" {
		t.Errorf("at first uses %v", got)
	}
	if got := b.targets(b.wait(ipv6Wait)); len(got) != 2 || got[1].Address != "[fe80::1%eth0]:7000" {
		t.Errorf("then uses %v", got)
	}
}

// Another bootnode at the same address takes the place of the one before.
func TestSameAddress(t *testing.T) {
	b := newBench(t)
	q := b.asks(b.do(Start{}))
	b.do(Packet{honest, advertOf(testRoom, 1, q)})
	us := of[Use](b.do(Packet{honest, advertOf(testRoom, 2, q)}))
	if len(us) != 2 || len(us[0].Targets) != 0 || len(us[1].Targets) != 1 || us[1].Targets[0].Key[0] != 2 {
		t.Errorf("used %v", us)
	}
}

func TestAnswersAreNoLargerAndLimited(t *testing.T) {
	b := newBench(t)
	b.do(Start{})
	b.wait(time.Second)
	b.do(Opened{crypto.RunPublic{9}, 7000})
	b.wait(time.Second)
	answers := 0
	for range 1000 {
		q := wire.LANQuery{Nonce: wire.NewLANNonce()}.Append(nil)
		for _, s := range of[Send](b.do(Packet{stranger, q})) {
			answers++
			if s.To != stranger || len(s.Packet) > len(q) {
				t.Fatalf("%d bytes to %v", len(s.Packet), s.To)
			}
		}
	}
	if answers != answersPerSecond {
		t.Errorf("%d answers at once", answers)
	}
	b.now = b.now.Add(time.Second)
	q := wire.LANQuery{Nonce: [16]byte{7}}.Append(nil)
	ad, err := wire.ParseLANAdvert(of[Send](b.do(Packet{stranger, q}))[0].Packet)
	if err != nil || !ad.Ours(testRoom) || ad.Nonce != [16]byte{7} || ad.Port != 7000 {
		t.Errorf("%+v, %v", ad, err)
	}
}

// Checks are limited too: a replayed advert makes us send at most as much.
func TestChecksAreLimited(t *testing.T) {
	b := newBench(t)
	b.do(Start{})
	p := advertOf(testRoom, 1, [16]byte{1})
	checks := 0
	for range 1000 {
		for _, s := range of[Send](b.do(Packet{stranger, p})) {
			checks++
			if len(s.Packet) > len(p) {
				t.Fatalf("%d bytes for %d", len(s.Packet), len(p))
			}
		}
	}
	if checks != checksPerSecond || len(b.ask.nonces) > 16 {
		t.Errorf("%d checks, %d nonces", checks, len(b.ask.nonces))
	}
}

func TestForgedCookie(t *testing.T) {
	b := newBench(t)
	out := b.do(Start{})
	hello, err := wire.ParseHello(of[Probe](out)[0].Packet)
	if err != nil {
		t.Fatal(err)
	}
	good := wire.CookieFrame{Nonce: hello.Nonce, Key: crypto.RunPublic{1}}
	bad := good
	bad.Nonce[0]++
	for _, ev := range []Cookie{{stranger, good.Append(nil)}, {homeAddr(HomePort), bad.Append(nil)}, {homeAddr(HomePort), nil}} {
		if out := b.do(ev); len(out) > 0 {
			t.Errorf("%v led to %v", ev, out)
		}
	}
	if got := b.targets(b.do(Cookie{homeAddr(HomePort), good.Append(nil)})); len(got) != 1 {
		t.Errorf("uses %v", got)
	}
}

func TestAvoided(t *testing.T) {
	var a avoided
	target := Target{Address: "x"}
	now := worldZero
	for want := avoidFor; want < 2*maxAvoidFor; want *= 2 {
		want := min(want, maxAvoidFor)
		a.add(now, target)
		if !a.has(now.Add(want-1), target) || a.has(now.Add(want), target) {
			t.Fatalf("not avoided for %v", want)
		}
		now = now.Add(want)
	}
	for i := range 1000 {
		a.add(now, Target{Key: crypto.RunPublic{byte(i), byte(i >> 8)}})
	}
	if len(a) != maxAvoided {
		t.Errorf("%d are avoided", len(a))
	}
	a.add(now.Add(time.Hour), target)
	if len(a) != 1 || a[0].wait != avoidFor {
		t.Errorf("old ones stay: %v", a)
	}
}

func TestStopped(t *testing.T) {
	b := newBench(t)
	if out := b.do(Packet{honest, advertOf(testRoom, 1, [16]byte{})}); out != nil || !b.NextDeadline().IsZero() {
		t.Errorf("before Start: %v", out)
	}
	b.do(Start{})
	b.wait(time.Second)
	b.do(Opened{crypto.RunPublic{9}, 7000})
	if out := b.do(Stop{}); len(out) != 1 || out[0] != (Close{}) {
		t.Errorf("Stop: %v", out)
	}
	if out := b.do(Timer{}); out != nil || !b.NextDeadline().IsZero() {
		t.Errorf("after Stop: %v", out)
	}
}

// FuzzFinder feeds packets and cookies; nothing of that may break a bound.
func FuzzFinder(f *testing.F) {
	q := wire.LANQuery{Nonce: [16]byte{1}}.Append(nil)
	for _, p := range [][]byte{nil, {0x28}, q, q[:len(q)-1], advertOf(testRoom, 1, [16]byte{1}), advertOf(otherRoom, 1, [16]byte{1}),
		wire.Hello{}.Append(nil), wire.CookieFrame{}.Append(nil)} {
		f.Add(p, uint16(0))
		f.Add(p, uint16(300))
	}
	f.Fuzz(func(t *testing.T, p []byte, ms uint16) {
		b := newBench(t)
		b.do(Start{})
		b.do(OpenFailed{})
		b.wait(time.Duration(ms) * time.Millisecond)
		if ms%2 == 0 {
			b.do(Opened{crypto.RunPublic{9}, 7000})
		}
		for _, ev := range []Event{Packet{stranger, p}, Packet{netip.AddrPort{}, p}, Cookie{homeAddr(HomePort), p}, Cookie{stranger, p}, Unreachable{string(p)}} {
			out := b.do(ev)
			if len(of[Send](out)) > 1 || len(of[Use](out)) > 0 {
				t.Fatalf("%v led to %v", ev, out)
			}
			for _, s := range of[Send](out) {
				if len(s.Packet) > len(p) {
					t.Fatalf("%d bytes for %d", len(s.Packet), len(p))
				}
			}
		}
		b.wait(time.Second)
	})
}
