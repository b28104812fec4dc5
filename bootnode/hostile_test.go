package bootnode

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

var stranger = netip.MustParseAddrPort("203.0.113.66:6666")

func TestNewAddressMustAnswer(t *testing.T) {
	for _, c := range []struct {
		name string
		kind wire.RendezvousType
		body []byte
	}{
		{"beat", wire.TypeBeat, make([]byte, 16)},
		{"update", wire.TypeUpdate, []byte("from elsewhere")},
		{"roster get", wire.TypeRosterGet, make([]byte, 8)},
	} {
		w := newWorld(t, Limits{})
		a, b := w.client(testTag), w.client(testTag)
		a.join()
		b.join()
		version, announcement := w.d.rooms[testTag].version, string(w.d.sessions[a.id].announcement)
		p := a.frame(c.kind, c.body)
		out := w.step(stranger, p)
		if len(out) != 1 || wire.RendezvousKind(out[0].Packet) != wire.TypeChallenge ||
			out[0].To != stranger || len(out[0].Packet) > len(p) {
			t.Fatalf("%s: %v", c.name, kinds(out))
		}
		m := w.d.sessions[a.id]
		if m.addr != a.addr || m.room.version != version || string(m.announcement) != announcement {
			t.Errorf("%s: changed before the challenge was met", c.name)
		}
		// Who passed the frame on cannot read the token; the member can.
		a.addr = stranger
		token := a.bodies(out, wire.TypeChallenge)[0]
		if w.step(stranger, a.frame(wire.TypeChallengeEcho, make([]byte, 8))); m.addr == stranger {
			t.Fatalf("%s: a wrong token was taken", c.name)
		}
		if w.step(b.addr, a.frame(wire.TypeChallengeEcho, token)); m.addr == b.addr {
			t.Fatalf("%s: a token was taken from another address than it went to", c.name)
		}
		echo := a.frame(wire.TypeChallengeEcho, token)
		b.hear(w.step(stranger, echo))
		if m.addr != stranger || m.room.version != version+versionStep {
			t.Errorf("%s: not moved", c.name)
		}
		if ack, ok := a.beat(); !ok || ack.Observed != stranger {
			t.Errorf("%s: ack %+v", c.name, ack)
		}
		b.heal()
		if b.roster.members[a.id] != w.d.truth(testTag)[a.id] {
			t.Errorf("%s: b was not told", c.name)
		}
		before := w.fingerprint()
		if w.step(stranger, echo); w.fingerprint() != before {
			t.Errorf("%s: a replay did something", c.name)
		}
	}
}

func TestReplayIsIgnored(t *testing.T) {
	w := newWorld(t, Limits{})
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	frames := [][]byte{
		a.beatFrame(), a.frame(wire.TypeUpdate, []byte("new")),
		a.frame(wire.TypeRosterGet, make([]byte, 8)), a.relayFrame(b, "packet"),
	}
	for _, p := range frames {
		if len(w.step(a.addr, p)) == 0 {
			t.Fatal("the frame has no effect to repeat")
		}
	}
	w.wait(3 * time.Second)
	before := w.fingerprint()
	for _, p := range frames {
		for _, from := range []netip.AddrPort{a.addr, b.addr, stranger} {
			if out := w.step(from, p); len(out) != 0 {
				t.Errorf("a replay got %v", kinds(out))
			}
		}
	}
	if w.fingerprint() != before {
		t.Error("a replay changed something")
	}
}

// corpus is one of each packet that a client can send, with a member behind
// the sealed ones.
func corpus(w *world) (a *client, packets [][]byte) {
	a, b := w.client(testTag), w.client(testTag)
	a.join()
	b.join()
	newcomer := w.client(testTag)
	newcomer.greet()
	return a, [][]byte{
		wire.Hello{}.Append(nil),
		newcomer.register,
		a.register,
		a.beatFrame(),
		a.frame(wire.TypeUpdate, bytes.Repeat([]byte{7}, 300)),
		a.frame(wire.TypeRosterGet, make([]byte, 8)),
		a.frame(wire.TypeChallengeEcho, make([]byte, 8)),
		a.frame(wire.TypeBye, nil),
		a.relayFrame(b, "hello"),
		wire.LANQuery{}.Append(nil),
		wire.Gone{Session: a.id}.Append(nil),
		wire.STUNRequest(wire.TxID{1}),
	}
}

// mangled reports whether p is none of what a client has sent: paddings aside,
// a frame changed anywhere is no frame.
func mangled(p []byte, packets [][]byte) bool {
	return wire.RendezvousKind(p) != wire.TypeHello &&
		!func() bool {
			for _, q := range packets {
				if bytes.Equal(p, q) {
					return true
				}
			}
			return false
		}()
}

func TestMangledPacketsChangeNothing(t *testing.T) {
	w := newWorld(t, Limits{})
	a, packets := corpus(w)
	before := w.fingerprint()
	try := func(p []byte) {
		if !mangled(p, packets) {
			return
		}
		for _, from := range []netip.AddrPort{a.addr, stranger} {
			for _, x := range w.step(from, p) {
				if len(x.Packet) > len(p) || x.To != from {
					t.Fatalf("%x got %d bytes", p, len(x.Packet))
				}
			}
		}
	}
	rnd := rand.New(rand.NewPCG(3, 4))
	for _, p := range packets {
		for n := range p {
			try(p[:n])
		}
		try(append(bytes.Clone(p), 0))
		for range 100 {
			q := bytes.Clone(p)
			q[rnd.IntN(len(q))] ^= 1 << rnd.IntN(8)
			try(q)
		}
	}
	if w.fingerprint() != before {
		t.Error("a mangled packet changed something")
	}
}

func FuzzPacket(f *testing.F) {
	_, packets := corpus(newWorld(f, Limits{}))
	for _, p := range packets {
		f.Add(p, true)
		f.Add(p[:len(p)/2], false)
	}
	f.Add([]byte{}, false)
	f.Add(make([]byte, 2000), true)
	w := newWorld(f, Limits{})
	a, packets := corpus(w)
	before := w.fingerprint()
	f.Fuzz(func(t *testing.T, p []byte, member bool) {
		from := stranger
		if member {
			from = a.addr
		}
		for _, x := range w.step(from, p) {
			if len(x.Packet) > len(p) {
				t.Errorf("%d bytes for %d", len(x.Packet), len(p))
			}
		}
		if answer := answerSTUN(p, from); len(answer) > len(p) {
			t.Errorf("STUN: %d bytes for %d", len(answer), len(p))
		}
		if mangled(p, packets) && w.fingerprint() != before {
			t.Error("the directory changed")
		}
	})
}

// Whatever a stranger sends, also what he caught from a member, he never gets
// more than he sent, and nothing at all goes anywhere else.
func TestNoAmplification(t *testing.T) {
	w := newWorld(t, Limits{})
	_, packets := corpus(w)
	for _, p := range packets {
		if wire.RendezvousKind(p) == wire.TypeBye {
			continue // its effect, not its answer, goes to others
		}
		total := 0
		for _, x := range w.step(stranger, p) {
			if x.To != stranger {
				t.Errorf("type %d: a packet went to %v", wire.RendezvousKind(p), x.To)
			}
			total += len(x.Packet)
		}
		total += len(answerSTUN(p, stranger))
		if total > len(p) {
			t.Errorf("type %d: %d bytes for %d", wire.RendezvousKind(p), total, len(p))
		}
	}
	for _, from := range []string{"192.0.2.1:1", "[2001:db8::1]:1"} {
		from := netip.MustParseAddrPort(from)
		short := wire.STUNRequest(wire.TxID{1})[:20]
		short[2], short[3] = 0, 0 // no attributes
		if answer := answerSTUN(short, from); answer != nil {
			t.Errorf("STUN: %d bytes for 20", len(answer))
		}
		if answer := answerSTUN(wire.STUNRequest(wire.TxID{1}), from); answer == nil {
			t.Error("a padded request got no answer")
		}
	}
}

func TestNoStateBeforeACookie(t *testing.T) {
	w := newWorld(t, Limits{})
	empty := w.fingerprint()
	a := w.client(testTag)
	a.greet()
	forged := a.registerFrame(crypto.Cookie{1, 2, 3})
	if out := w.step(a.addr, forged); len(out) != 0 || w.d.Stats().Drops[DropCookie] != 1 {
		t.Errorf("a forged cookie got %v", kinds(out))
	}
	if out := w.step(stranger, a.register); len(out) != 0 || w.d.Stats().Drops[DropCookie] != 2 {
		t.Errorf("another address's cookie got %v", kinds(out))
	}
	w.now = w.now.Add(3 * time.Minute)
	if out := w.step(a.addr, a.register); len(out) != 0 || w.d.Stats().Drops[DropCookie] != 3 {
		t.Errorf("an old cookie got %v", kinds(out))
	}
	a.greet()
	stolen := *a
	stolen.keys = w.client(testTag).keys // holds another run key than it names
	if out := w.step(a.addr, stolen.registerFrame(a.cookie)); len(out) != 0 {
		t.Errorf("a REGISTER without the run key got %v", kinds(out))
	}
	if w.fingerprint() != empty {
		t.Error("something was remembered")
	}
}
