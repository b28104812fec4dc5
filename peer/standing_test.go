package peer

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"gochat/crypto"
	"gochat/internal/text"
)

func TestStanding(t *testing.T) {
	alice, mallory, other := crypto.PublicKey{1}, crypto.PublicKey{2}, crypto.PublicKey{3}
	names := newMemoryNames()
	names.Pin(text.Fold("alice"), alice)
	names.Pin(text.Fold("carol"), other)
	for _, c := range []struct {
		what     string
		verified []crypto.PublicKey
		nick     string
		key      crypto.PublicKey
		called   string
		impostor bool
		claims   string
	}{
		{"a new nick", nil, "dave", mallory, "dave", false, ""},
		{"its own", nil, "alice", alice, "alice", false, ""},
		{"another's", nil, "alice", mallory, "alice", true, ""},
		{"a verified one's", []crypto.PublicKey{alice}, "alice", mallory, mallory.Nickname(), false, "alice"},
		{"in other letters", []crypto.PublicKey{alice}, "ALICE", mallory, mallory.Nickname(), false, "ALICE"},
		{"its own, verified", []crypto.PublicKey{alice}, "alice", alice, "alice", false, ""},
		{"two verified", []crypto.PublicKey{alice, mallory}, "alice", mallory, "alice", true, ""},
		{"verified, another's", []crypto.PublicKey{mallory}, "carol", mallory, "carol", true, ""},
	} {
		names.verified = map[crypto.PublicKey]bool{}
		for _, k := range c.verified {
			names.verified[k] = true
		}
		called, impostor, claims := Standing(names, c.nick, c.key)
		if called != c.called || impostor != c.impostor || claims != c.claims {
			t.Errorf("%s: %q, %v, %q", c.what, called, impostor, claims)
		}
	}
	if _, known := names.First(text.Fold("dave")); known {
		t.Error("asking pinned a nick")
	}
}

// Whoever claims the name of a verified key goes by another, and the user is told
// why; with the verification the refusal goes.
func TestVerifiedNameIsRefused(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		friend, b := crypto.IdentityFromSeed([32]byte{9}).Public(), p.b.Key()
		if err := p.a.cfg.Names.Verify(text.Fold("x"), friend); err != nil {
			t.Fatal(err)
		}
		p.both("r") // b is called x, too
		m := p.lastMember(p.a, b)
		if m.Nick != b.Nickname() || m.Claims != "x" || m.Impostor || m.State != Joined {
			t.Errorf("the roster: %+v", m)
		}
		for _, e := range p.events(p.a) {
			if c, ok := e.(MemberChanged); ok && (c.Nick == "x" || strings.Contains(c.Reason, "to x")) {
				t.Errorf("told as x: %+v", c)
			}
		}
		notices := func(code string) (n int) {
			synctest.Wait()
			for _, e := range p.events(p.a) {
				if x, ok := e.(Notice); ok && x.Code == code {
					n++
				}
			}
			return n
		}
		if notices(CodeNickRefused) != 1 || notices(CodeNickKey) != 0 {
			t.Errorf("notices: %d of the refusal, %d of another key", notices(CodeNickRefused), notices(CodeNickKey))
		}
		p.say(p.b.Room("r"), "hello")
		if said := p.a.Room("r").History(1); len(said) != 1 || said[0].Nick != b.Nickname() {
			t.Errorf("the message: %+v", said)
		}
		if who := p.a.Room("r").People(b)[0]; who.Nick != b.Nickname() || who.Impostor {
			t.Errorf("the person: %+v", who)
		}
		d, err := p.a.Direct(b)
		if err != nil || d.Name() != "@"+b.Nickname() {
			t.Errorf("the conversation is called %v, %v", d.Name(), err)
		}

		if err := p.a.Unverify(friend); err != nil {
			t.Fatal(err)
		}
		if m := p.lastMember(p.a, b); m.Nick != "x" || m.Claims != "" || !m.Impostor {
			t.Errorf("not verified any more: %+v", m)
		}
		if notices(CodeNickKey) != 1 {
			t.Error("no word of the other key")
		}
		if err := p.a.Verify(b); err != nil { // b is the real one
			t.Fatal(err)
		}
		if m := p.lastMember(p.a, b); m.Nick != "x" || m.Impostor || !m.Verified {
			t.Errorf("verified himself: %+v", m)
		}
		if !slices.ContainsFunc(p.events(p.a), func(e Event) bool { _, ok := e.(MessageEvent); return ok }) {
			t.Error("who is refused a name is not heard")
		}
	})
}
