package peer

import (
	"errors"
	"testing"
	"testing/synctest"

	"gochat/crypto"
	"gochat/internal/text"
)

// lastMember is the latest that a node was told of another in a room.
func (p *pair) lastMember(n *Node, of crypto.PublicKey) (m Member) {
	synctest.Wait()
	for _, e := range p.events(n) {
		if c, ok := e.(MemberChanged); ok && c.Key == of {
			m = c.Member
		}
	}
	return m
}

func TestVerify(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		p.both("r")
		b := p.b.Key()
		if m := p.lastMember(p.a, b); m.Verified || m.State != Joined {
			t.Fatalf("at first: %+v", m)
		}
		if err := p.a.Verify(p.a.Key()); !errors.Is(err, ErrOwnKey) {
			t.Errorf("the own key: %v", err)
		}
		for _, on := range []bool{true, false, true} {
			change := p.a.Verify
			if !on {
				change = p.a.Unverify
			}
			p.forget(p.a)
			if err := change(b); err != nil {
				t.Fatal(err)
			}
			if m := p.lastMember(p.a, b); m.Key != b || m.Verified != on {
				t.Errorf("told after %v: %+v", on, m)
			}
			if r := p.a.Room("r"); r.Members()[0].Verified != on || r.People(b)[0].Verified != on {
				t.Errorf("the roster does not show %v", on)
			}
		}
	})
}

// Who came first with a nick loses it to the one who is verified.
func TestVerifiedOwnsTheNick(t *testing.T) {
	inPair(t, func(t *testing.T, p *pair) {
		thief := crypto.IdentityFromSeed([32]byte{9}).Public()
		p.a.cfg.Names.Pin(text.Fold("x"), thief) // b is called x, too
		p.both("r")
		b := p.b.Key()
		if m := p.lastMember(p.a, b); !m.Impostor {
			t.Fatalf("at first: %+v", m)
		}
		if err := p.a.Verify(b); err != nil {
			t.Fatal(err)
		}
		if m := p.lastMember(p.a, b); m.Impostor || !m.Verified {
			t.Errorf("verified: %+v", m)
		}
		if got := p.a.cfg.Names.Pin(text.Fold("x"), thief); got != b {
			t.Error("the nick is still the thief's")
		}
		if err := p.a.Verify(thief); err != nil { // a second one by that name
			t.Fatal(err)
		}
		if got := p.a.cfg.Names.Pin(text.Fold("x"), thief); got != b {
			t.Error("a verified key lost its nick")
		}
	})
}
