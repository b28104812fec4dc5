package front_test

import (
	"strings"
	"testing"

	"gochat/crypto"
	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestVerifyCommands(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	thief := bob
	thief.Key, thief.Impostor = fronttest.Key("thief"), true
	s.SetMembers(bob)
	run := func(line string) (string, bool) {
		r := front.Execute(s, s.Room, line)
		return strings.Join(r.Lines, "\n"), !r.Failed
	}
	said, ok := run("/verify bob")
	for _, w := range crypto.SafetyWords(s.Key(), bob.Key) {
		if !strings.Contains(said, w) {
			t.Errorf("%s is not among %q", w, said)
		}
	}
	if !ok || s.Verified(bob.Key) {
		t.Error("to look is not to verify")
	}
	if said, ok = run("/verified bob"); !ok || !s.Verified(bob.Key) || !strings.Contains(said, "bob#") {
		t.Errorf("verified: %q", said)
	}
	if said, _ = run("/who"); !strings.HasSuffix(said, ", verified") {
		t.Errorf("roster: %q", said)
	}
	if said, _ = run("/whois bob"); !strings.Contains(said, "verified by you") {
		t.Errorf("whois: %q", said)
	}
	if said, ok = run("/unverify " + bob.Key.String()); !ok || s.Verified(bob.Key) {
		t.Errorf("unverify: %q", said)
	}
	s.SetMembers(thief)
	for line, want := range map[string]string{
		"/verified bob":                     "is not the bob you know",
		"/verified":                         "usage: /verified",
		"/verify a b":                       "usage: /verify",
		"/verified nobody":                  "nobody in your rooms is called",
		"/verify alice":                     "your own key",
		"/verified " + s.Key().String():     "your own key",
		"/unverify " + strings.ToUpper("x"): "nobody in your rooms is called",
	} {
		if said, ok := run(line); ok || !strings.Contains(said, want) {
			t.Errorf("%s: %q", line, said)
		}
	}
}
