package rendezvous

import (
	"testing"
	"time"

	"gochat/crypto"
	"gochat/internal/wire"
)

// say has the bootnode send a frame to a client, and lets it arrive.
func (w *world) say(n *node, t wire.RendezvousType, body []byte) {
	w.boot.seal(n.addr, w.boot.sessions[n.Session()], t, body)
	w.run(100 * time.Millisecond)
}

func told(n *node) (texts []string) {
	for _, a := range n.seen {
		if a, ok := a.(Told); ok {
			texts = append(texts, a.Text)
		}
	}
	return texts
}

// Each of the operator's words is told once, whatever is repeated, and beats say
// which ones have arrived.
func TestOperatorsWordsAreToldOnce(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	for _, x := range []wire.Text{
		{Kind: wire.TextMOTD, ID: 7, Text: "welcome"}, {Kind: wire.TextMOTD, ID: 7, Text: "welcome"},
		{Kind: wire.TextNotice, ID: 3, Text: "three"}, {Kind: wire.TextNotice, ID: 3, Text: "three"}, {Kind: wire.TextNotice, ID: 2, Text: "two, late"},
		{Kind: wire.TextNotice, ID: 4, Text: "four"}, {Kind: 9, ID: 9, Text: "unknown"},
	} {
		w.say(n, wire.TypeText, x.Append(nil))
	}
	if got := told(n); len(got) != 3 || got[0] != "welcome" || got[1] != "three" || got[2] != "four" {
		t.Errorf("%q", got)
	}
	if n.words.motd != 7 || n.words.notice != 4 {
		t.Errorf("beats would say %+v", n.words)
	}
}

// Who is sent away says why, and comes back neither at once nor for good.
func TestSentAway(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	w.say(n, wire.TypeText, wire.Text{Kind: wire.TextReason, Text: "enough"}.Append(nil))
	w.boot.status = wire.StatusBanned
	w.say(n, wire.TypeBye, nil)
	if n.state != Unreachable || len(told(n)) != 1 {
		t.Fatalf("%v, %q", n.state, told(n))
	}
	before := len(n.times(wire.TypeHello))
	w.run(20 * time.Second)
	if now := len(n.times(wire.TypeHello)); now != before {
		t.Errorf("it asked %d times within 20 s", now-before)
	}
	// Refused again and again it asks ever less often.
	w.run(2 * time.Hour)
	if asked := len(n.times(wire.TypeRegister)); asked < 8 || asked > 20 {
		t.Errorf("asked %d times in two hours", asked)
	}
	w.boot.status = wire.StatusOK
	w.run(20 * time.Minute)
	w.mustAgree()
}

// A bootnode's word that it stops is passed on; who retires says goodbye, and
// comes back after the time.
func TestRetire(t *testing.T) {
	w := newWorld(t, 1)
	n := w.add()
	w.run(time.Second)
	to := []wire.Alternative{{Address: "b:1", Key: crypto.RunPublic{1}}}
	w.say(n, wire.TypeMoved, wire.Moved{Seconds: 15, Elsewhere: to}.Append(nil))
	if d := last[Departing](n); d.CalledOff || d.In != 15*time.Second || len(d.Elsewhere) != 1 || d.Elsewhere[0] != to[0] {
		t.Fatalf("%+v", d)
	}
	w.step(n, Retire{For: 40 * time.Second})
	w.run(time.Second)
	if len(w.boot.sessions) != 0 || n.state != Unreachable {
		t.Errorf("%d sessions, %v", len(w.boot.sessions), n.state)
	}
	if _, ok := n.SealRelay(nil, 1, []byte("x")); ok {
		t.Error("it goes on relaying where it has left")
	}
	w.run(25 * time.Second)
	if n.state == Registered {
		t.Error("back too soon")
	}
	w.run(30 * time.Second)
	w.mustAgree()
	w.say(n, wire.TypeMoved, wire.Moved{CalledOff: true}.Append(nil))
	if d := last[Departing](n); !d.CalledOff {
		t.Errorf("%+v", d)
	}
}

// A refusal for a stop says where else to go, and one for a ban says why.
func TestRefusalSaysMore(t *testing.T) {
	for status, more := range map[wire.Status]func(n *node) bool{
		wire.StatusMoving: has[Departing],
		wire.StatusBanned: func(n *node) bool { return len(told(n)) == 0 }, // without a reason there is nothing to say
	} {
		w := newWorld(t, 1)
		w.boot.status = status
		n := w.add()
		w.run(5 * time.Second)
		if n.state != Unreachable || n.reason != status.String() || !more(n) {
			t.Errorf("%v: %v, %q", status, n.state, n.reason)
		}
	}
}

// A token is shown to the bootnode by proof alone.
func TestToken(t *testing.T) {
	const token = "a token that is secret"
	w := newWorld(t, 1)
	n := w.addConfig(Config{Token: token})
	w.run(time.Second)
	w.mustAgree()
	f, err := wire.OpenRegister(n.connect.frame, w.boot.key)
	if err != nil || !f.Invitation.Proves(token, w.boot.key.Public(), f.Cookie, f.Tag, f.Run) {
		t.Errorf("%+v, %v", f.Invitation, err)
	}
}

// A token that is not accepted is told apart from none.
func TestTokenNotAccepted(t *testing.T) {
	for token, want := range map[string]string{"": wire.StatusUninvited.String(), "a token mistyped": notInvited} {
		w := newWorld(t, 1)
		w.boot.status = wire.StatusUninvited
		n := w.add()
		n.cfg.Token = token
		w.run(5 * time.Second)
		if n.reason != want {
			t.Errorf("%q: %q", token, n.reason)
		}
	}
}
