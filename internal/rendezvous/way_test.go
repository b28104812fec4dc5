package rendezvous

import (
	"slices"
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// line is one client and a bootnode at the end of both ways, by hand.
type line struct {
	t    *testing.T
	now  time.Time
	c    *Client
	boot *crypto.RunKey
	box  *crypto.Session
	out  []Action
}

func newLine(t *testing.T, cfg Config) *line {
	l := &line{t: t, now: worldZero}
	l.boot, _ = crypto.NewRunKey()
	cfg.Room = testRoom
	cfg.Run, _ = crypto.NewRunKey()
	l.c = NewClient(cfg)
	l.step(Announce{[]byte("announcement")})
	l.step(Start{})
	return l
}

func (l *line) step(ev Event) {
	l.out = append(l.out, l.c.Step(l.now, ev)...)
}

// pass lets time pass, deadline by deadline.
func (l *line) pass(d time.Duration) {
	for end := l.now.Add(d); ; {
		next := l.c.NextDeadline()
		if next.IsZero() || next.After(end) {
			l.now = end
			return
		}
		l.now = later(l.now, next)
		l.step(Timer{})
	}
}

// sent takes what was sent, as types by way.
func (l *line) sent() (types [vias][]wire.RendezvousType, last [vias][]byte) {
	for _, a := range l.out {
		if s, ok := a.(Send); ok {
			types[s.Via] = append(types[s.Via], wire.RendezvousKind(s.Packet))
			last[s.Via] = s.Packet
		}
	}
	l.out = nil
	return types, last
}

func (l *line) cookie(nonce [8]byte) []byte {
	return wire.CookieFrame{Nonce: nonce, Cookie: crypto.Cookie{1}, Key: l.boot.Public()}.Append(nil)
}

// welcome answers a REGISTER.
func (l *line) welcome(register []byte, v Via) {
	l.t.Helper()
	f, err := wire.OpenRegister(register, l.boot)
	if err != nil {
		l.t.Fatal(err)
	}
	keys, err := crypto.NewRegisterKeys(l.boot, f.Run)
	if err != nil {
		l.t.Fatal(err)
	}
	key := crypto.NewSessionKey()
	l.box = crypto.NewSession(key, crypto.RoleServer)
	w := wire.Welcome{Key: key, Channel: 1, Heartbeat: testHeartbeat, Timeout: testTimeout}
	w.Roster.Reset = true
	l.step(Packet{w.Seal(l.c.Session(), keys, wire.RequestOf(register)), v})
}

// answer sends a frame of the session.
func (l *line) answer(t wire.RendezvousType, body []byte, v Via) {
	p, _ := wire.SealSession(nil, t, l.c.Session(), l.box, body)
	l.step(Packet{p, v})
}

// ack answers the latest beat of those sent by a way.
func (l *line) ack(beat []byte, v Via) {
	_, counter, err := wire.SessionFrame(beat)
	if err != nil {
		l.t.Fatal(err)
	}
	l.answer(wire.TypeBeatAck, wire.BeatAck{Counter: counter}.Append(nil), v)
}

func (l *line) registeredBy(v Via) *line {
	l.t.Helper()
	if v == TCP {
		l.step(Open{TCP})
		l.step(Packet{l.cookie([8]byte{}), TCP})
	} else {
		l.step(Packet{l.cookie(l.c.connect.nonce), UDP})
	}
	_, last := l.sent()
	l.welcome(last[v], v)
	if l.c.state != Registered || l.c.Via() != v {
		l.t.Fatalf("%v by %v", l.c.state, l.c.Via())
	}
	_, last = l.sent()
	l.ack(last[v], v)
	l.out = nil
	return l
}

// The connection's own cookie saves a round trip.
func TestGreetingSavesTheHello(t *testing.T) {
	l := newLine(t, Config{NoUDP: true})
	l.step(Open{TCP})
	if types, _ := l.sent(); len(types[UDP])+len(types[TCP]) != 0 {
		t.Errorf("sent %v before the greeting", types)
	}
	l.step(Packet{l.cookie([8]byte{}), TCP})
	if types, _ := l.sent(); !slices.Equal(types[TCP], []wire.RendezvousType{wire.TypeRegister}) || types[UDP] != nil {
		t.Errorf("sent %v", types)
	}
}

// By UDP nobody may leave out the nonce.
func TestGreetingCountsOverTCPOnly(t *testing.T) {
	l := newLine(t, Config{})
	l.sent()
	l.step(Packet{l.cookie([8]byte{}), UDP})
	if types, _ := l.sent(); len(types[UDP]) != 0 || !l.c.Heard(UDP).IsZero() {
		t.Errorf("a cookie without the nonce counted: %v", types)
	}
}

// UDP's COOKIE came, but the REGISTER does not get through.
func TestRegisterGoesOnOverTCP(t *testing.T) {
	l := newLine(t, Config{})
	l.step(Packet{l.cookie(l.c.connect.nonce), UDP})
	l.sent()
	l.step(Open{TCP})
	l.step(Packet{l.cookie([8]byte{}), TCP})
	if types, _ := l.sent(); len(types[TCP]) != 0 {
		t.Errorf("impatient: %v", types)
	}
	l.pass(time.Second)
	types, last := l.sent()
	if !slices.Contains(types[TCP], wire.TypeRegister) {
		t.Fatalf("sent %v", types)
	}
	l.welcome(last[TCP], TCP)
	if l.c.Via() != TCP || l.c.state != Registered {
		t.Errorf("%v by %v", l.c.state, l.c.Via())
	}
}

// While a move is on, beats go both ways and relay frames stay where they are
// taken; an answer over UDP, to which a challenge belongs, ends it.
func TestMoveToUDP(t *testing.T) {
	l := newLine(t, Config{}).registeredBy(TCP)
	l.step(Prefer{UDP})
	types, last := l.sent()
	if !slices.Equal(types[UDP], types[TCP]) || !slices.Equal(types[UDP], []wire.RendezvousType{wire.TypeBeat}) {
		t.Fatalf("sent %v", types)
	}
	l.ack(last[TCP], TCP)
	if l.c.Via() != TCP {
		t.Fatal("an answer over TCP moved it")
	}
	l.answer(wire.TypeChallenge, make([]byte, 8), UDP)
	types, last = l.sent()
	if !slices.Equal(types[UDP], []wire.RendezvousType{wire.TypeChallengeEcho, wire.TypeBeat}) || l.c.Via() != TCP {
		t.Fatalf("sent %v, by %v", types, l.c.Via())
	}
	l.ack(last[UDP], UDP)
	if l.c.Via() != UDP || l.c.ways.moving {
		t.Fatal("did not arrive")
	}
	l.sent()
	l.answer(wire.TypeChallenge, make([]byte, 8), TCP) // late, for a frame that was on its way
	if types, _ = l.sent(); len(types[TCP]) != 0 {
		t.Errorf("moves back: %v", types)
	}
}

// UDP that stays silent is given up after a few beats, and nothing was missed.
func TestMoveThatFails(t *testing.T) {
	l := newLine(t, Config{}).registeredBy(TCP)
	l.step(Prefer{UDP})
	for range 40 {
		_, last := l.sent()
		if last[TCP] != nil {
			l.ack(last[TCP], TCP)
		}
		l.pass(100 * time.Millisecond)
	}
	if l.c.ways.moving || l.c.Via() != TCP || l.c.state != Registered {
		t.Errorf("moving %v, by %v, %v", l.c.ways.moving, l.c.Via(), l.c.state)
	}
	l.sent()
	l.pass(11 * time.Second)
	if types, _ := l.sent(); len(types[UDP]) != 0 || len(types[TCP]) == 0 {
		t.Errorf("sent %v", types)
	}
}

func TestMoveToTCPWhenUDPIsSilent(t *testing.T) {
	l := newLine(t, Config{}).registeredBy(UDP)
	l.pass(13 * time.Second)
	var since time.Duration
	for _, a := range l.out {
		if u, ok := a.(Unanswered); ok {
			since = max(since, u.For)
		}
	}
	if since < 2*time.Second || since > 3*time.Second {
		t.Errorf("unanswered for %v", since)
	}
	l.step(Open{TCP})
	l.step(Packet{l.cookie([8]byte{}), TCP})
	l.sent()
	l.step(Prefer{TCP})
	l.answer(wire.TypeChallenge, make([]byte, 8), TCP)
	types, _ := l.sent()
	if !slices.Equal(types[TCP], []wire.RendezvousType{wire.TypeBeat, wire.TypeChallengeEcho}) || l.c.Via() != TCP {
		t.Errorf("sent %v, by %v", types, l.c.Via())
	}
}

// A lost connection carries nothing; the next one is proven before it does.
func TestLostConnection(t *testing.T) {
	l := newLine(t, Config{NoUDP: true}).registeredBy(TCP)
	l.step(Close{TCP})
	if _, ok := l.c.SealRelay(nil, 2, []byte("x")); ok {
		t.Error("sealed for a connection that is gone")
	}
	l.pass(12 * time.Second)
	if types, _ := l.sent(); len(types[UDP])+len(types[TCP]) != 0 {
		t.Errorf("sent %v", types)
	}
	l.step(Open{TCP})
	l.step(Packet{l.cookie([8]byte{}), TCP})
	l.step(Prefer{TCP})
	l.answer(wire.TypeChallenge, make([]byte, 8), TCP)
	types, _ := l.sent()
	if !slices.Contains(types[TCP], wire.TypeChallengeEcho) || l.c.state != Registered {
		t.Errorf("sent %v, %v", types, l.c.state)
	}
	if _, ok := l.c.SealRelay(nil, 2, []byte("x")); !ok {
		t.Error("the new connection does not carry")
	}
}

// Whatever way is named, nothing breaks.
func TestUnknownWay(t *testing.T) {
	l := newLine(t, Config{})
	for _, ev := range []Event{Open{9}, Close{9}, Prefer{9}, Packet{[]byte("x"), 9}} {
		l.step(ev)
	}
}

// In doubt a beat that gets no answer is repeated after two round trips, a few
// times; an answer ends that.
func TestDoubtRepeatsQuickly(t *testing.T) {
	l := newLine(t, Config{}).registeredBy(UDP)
	l.step(Doubt{})
	_, last := l.sent()
	l.now = l.now.Add(100 * time.Millisecond)
	l.ack(last[UDP], UDP) // the round trip takes so long
	l.out = nil
	l.step(Doubt{})
	var at []time.Duration
	var told []Unanswered
	for range 30 {
		for _, a := range l.out {
			switch a := a.(type) {
			case Send:
				at = append(at, l.now.Sub(worldZero)/(100*time.Millisecond))
			case Unanswered:
				told = append(told, a)
			}
		}
		l.out = nil
		l.pass(100 * time.Millisecond)
	}
	if want := []time.Duration{1, 3, 5, 7, 9, 19, 29}; !slices.Equal(at, want) {
		t.Errorf("beats at %v tenths of a second, want %v", at, want)
	}
	if len(told) < 3 || told[2] != (Unanswered{UDP, 600 * time.Millisecond, 3}) {
		t.Errorf("told %v", told)
	}
	l.step(Doubt{})
	_, last = l.sent()
	l.ack(last[UDP], UDP)
	l.out = nil
	l.pass(5 * time.Second)
	if types, _ := l.sent(); len(types[UDP]) != 0 {
		t.Errorf("sent %v after the answer", types)
	}
}
