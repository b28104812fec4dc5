package jsonio

import (
	"encoding/json"
	"slices"
	"testing"

	"gochat/crypto"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestTrust(t *testing.T) {
	s := fronttest.New()
	bob := fronttest.Joined("bob", peer.PathDirect, 0).Member
	s.SetMembers(bob)
	do := func(cmd, to string) reply {
		raw, _ := json.Marshal(to)
		r, _ := perform(s, command{Cmd: cmd, To: raw})
		return r
	}
	if r := do("verify", "bob"); !r.OK || r.Peer != bob.Key.String() || *r.Verified || !slices.Equal(r.Words, crypto.SafetyWords(s.Key(), bob.Key)) {
		t.Errorf("verify: %+v", r)
	}
	if r := do("verified", bob.Key.String()); !r.OK || !*r.Verified || r.Words != nil || !s.Verified(bob.Key) {
		t.Errorf("verified: %+v", r)
	}
	if r := do("unverify", "bob"); !r.OK || *r.Verified || s.Verified(bob.Key) {
		t.Errorf("unverify: %+v", r)
	}
	for to, code := range map[string]string{"": codeBadCommand, "eve": codeBadRecipient, "alice": codeBadRecipient, s.Key().String(): codeBadRecipient} {
		if r := do("verified", to); r.OK || r.Error.Code != code {
			t.Errorf("%q: %+v", to, r)
		}
	}
	if r, _ := perform(s, command{Cmd: "verify", To: json.RawMessage(`["bob","bob"]`)}); r.OK || r.Error.Code != codeBadCommand {
		t.Errorf("two: %+v", r)
	}
}
