package rendezvous

import (
	"bytes"
	"errors"
	"math"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"gochat/crypto"
	"gochat/internal/wire"
)

// forward opens a frame as the bootnode does and seals it for the other hop.
func (b *fakeBoot) forward(from *node, frame []byte) []byte {
	s := b.sessions[from.Session()]
	to, packet, err := wire.OpenRelay(nil, frame, s.box)
	if err != nil {
		return nil
	}
	for _, d := range b.sessions {
		if d.channel == to {
			return wire.SealRelay(nil, d.channel, s.channel, d.box, packet)
		}
	}
	return nil
}

func TestRelay(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	if _, ok := a.SealRelay(nil, 1, []byte("early")); ok {
		t.Error("sealed before registration")
	}
	w.run(time.Second)
	msg := bytes.Repeat([]byte{0x47}, wire.MaxPayload)
	up, ok := a.SealRelay([]byte("head"), a.members[b.Session()].Channel, msg)
	if !ok || string(up[:4]) != "head" || len(up[4:]) > wire.MaxPacket {
		t.Fatalf("sealed %v, %d bytes", ok, len(up))
	}
	down := w.boot.forward(a, up[4:])
	channel, id, got, err := b.OpenRelay(down)
	if err != nil || id != a.Session() || channel != b.members[id].Channel || !bytes.Equal(got, msg) {
		t.Fatalf("got %d from %x on %d: %v", len(got), id, channel, err)
	}
	if _, _, _, err := b.OpenRelay(down); !errors.Is(err, crypto.ErrSeal) {
		t.Errorf("a repeated frame: %v", err)
	}
	if _, _, _, err := b.OpenRelay(down[:10]); !errors.Is(err, wire.ErrFrame) {
		t.Errorf("a cut frame: %v", err)
	}
	if _, ok := a.SealRelay(nil, 2, append(msg, 0)); ok {
		t.Error("sealed an oversized packet")
	}
	if _, ok := a.SealRelay(nil, 2, nil); ok {
		t.Error("sealed an empty packet")
	}
}

// Packets on their way during a re-registration still open.
func TestRelayAcrossSessions(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	var frames [][]byte
	for range 2 {
		frames = append(frames, w.boot.forward(a, mustSeal(t, a, b)))
	}
	frames = append(frames, w.boot.forward(a, mustSeal(t, a, b)))
	before := w.boot.regs
	b.session.worn = true // as after four thousand million frames
	w.step(b, Timer{})
	w.run(time.Second)
	if w.boot.regs != before+1 {
		t.Fatal("did not register anew")
	}
	if _, id, _, err := b.OpenRelay(frames[2]); err != nil || id != a.Session() {
		t.Errorf("a frame of the former session: %v", err)
	}
	w.run(10 * time.Second)
	if _, _, _, err := b.OpenRelay(frames[0]); err == nil {
		t.Error("a frame of a session long gone opens")
	}
	w.mustAgree()
}

func mustSeal(t *testing.T, from, to *node) []byte {
	t.Helper()
	up, ok := from.SealRelay(nil, from.members[to.Session()].Channel, []byte("hi"))
	if !ok {
		t.Fatal("not registered")
	}
	return up
}

// The relay counter never wraps: at its end there is a new session, or silence.
func TestRelayCounterEnds(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	old := a.session
	skipTo(old.box, wire.RelayCounterLimit-1)
	mustSeal(t, a, b)
	if old.worn {
		t.Fatal("worn too early")
	}
	mustSeal(t, a, b)
	if !old.worn || !a.NextDeadline().Equal(a.now) {
		t.Fatal("not worn at the limit")
	}
	mustSeal(t, a, b) // still usable
	skipTo(old.box, math.MaxUint32)
	mustSeal(t, a, b)
	if _, ok := a.SealRelay(nil, 1, []byte("x")); ok {
		t.Fatal("the counter wrapped")
	}
	w.step(a, Timer{})
	w.run(time.Second)
	if a.session == old {
		t.Fatal("no new session")
	}
	mustSeal(t, a, b)
	w.mustAgree()
}

// skipTo sets the counter of the next relay frame, which package crypto keeps
// to itself: nobody but a test may skip.
func skipTo(s *crypto.Session, n uint64) {
	next := reflect.ValueOf(s).Elem().FieldByName("next").Index(int(crypto.LaneRelay))
	*(*uint64)(unsafe.Pointer(next.UnsafeAddr())) = n
}

// The bootnode's counters end as well; the member sees them coming.
func TestBootnodeRelayCounterEnds(t *testing.T) {
	w := newWorld(t, 1)
	a, b := w.add(), w.add()
	w.run(time.Second)
	skipTo(w.boot.sessions[b.Session()].box, wire.RelayCounterLimit)
	if _, _, _, err := b.OpenRelay(w.boot.forward(a, mustSeal(t, a, b))); err != nil {
		t.Fatal(err)
	}
	before := w.boot.regs
	w.step(b, Timer{})
	w.run(time.Second)
	if w.boot.regs != before+1 {
		t.Error("did not register anew")
	}
	w.mustAgree()
}

// A WELCOME that was good once, played again by somebody on the path to a later
// REGISTER with the same cookie, does not bring its key back, whose counters
// were used. Nor does a bootnode that gives a key twice.
func TestWelcomePlayedAgain(t *testing.T) {
	l := newLine(t, Config{})
	cookie := crypto.Cookie{7}
	var first []byte
	var old *session
	for i := range 3 {
		l.pass(maxPace + time.Second)
		frame := wire.CookieFrame{Nonce: l.c.connect.nonce, Cookie: cookie, Key: l.boot.Public()}
		l.step(Packet{frame.Append(nil), UDP})
		_, last := l.sent()
		f, err := wire.OpenRegister(last[UDP], l.boot)
		if err != nil {
			t.Fatal(err)
		}
		keys, _ := crypto.NewRegisterKeys(l.boot, f.Run)
		w := wire.Welcome{Key: crypto.SessionKey{byte(i + 1)}, Channel: 1, Heartbeat: testHeartbeat, Timeout: testTimeout}
		w.Roster.Reset = true
		if i == 2 {
			l.step(Packet{first, UDP})
			if l.c.state == Registered || l.c.session != old {
				t.Fatal("an old WELCOME opened a session")
			}
			w.Key = crypto.SessionKey{1}
			l.step(Packet{w.Seal(l.c.Session(), keys, wire.RequestOf(last[UDP])), UDP})
			if l.c.state == Registered || l.c.session != old {
				t.Fatal("a key that was used opened a session")
			}
			w.Key = crypto.SessionKey{3}
		}
		p := w.Seal(l.c.Session(), keys, wire.RequestOf(last[UDP]))
		if i == 0 {
			first = p
		}
		l.step(Packet{p, UDP})
		if l.c.state != Registered || l.c.session == old {
			t.Fatalf("registration %d: %v", i, l.c.state)
		}
		old = l.c.session
		if i < 2 {
			l.c.lose(l.now, Unreachable, noAnswer)
			l.sent()
		}
	}
}
