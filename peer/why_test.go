package peer

import (
	"testing"

	"gochat/punch"
)

func TestDetourWords(t *testing.T) {
	const x = "203.0.113.1:9595"
	for _, tc := range []struct {
		d    detour
		want string
	}{
		{detour{why: punch.WhyDirect, via: x}, ""},
		{detour{why: punch.WhySearching, via: x}, "looking for a direct path: relayed through " + x},
		{detour{why: punch.WhySearching}, "looking for a direct path: no relay either"},
		{detour{why: punch.WhyNoCandidates, via: x}, "no address to try: relayed through " + x},
		{detour{why: punch.WhyBothSymmetric, via: x}, "both behind symmetric NATs: relayed through " + x},
		{detour{why: punch.WhyPredicting, via: x}, "trying the ports that a NAT will use next: relayed through " + x},
		{detour{why: punch.WhyGuessing, via: x}, "guessing the port of a symmetric NAT: relayed through " + x},
		{detour{why: punch.WhyBirthdayOff, via: x}, "a port would have to be guessed, which --no-birthday forbids on one side: relayed through " + x},
		{detour{why: punch.WhyGuessedInVain, via: x}, "the port of a symmetric NAT was not guessed: relayed through " + x},
		{detour{why: punch.WhyUDPBlocked, via: x}, "UDP is blocked here: relayed through " + x},
		{detour{why: punch.WhyUDPBlocked, via: x, blocked: true, nick: "bob"}, "UDP is blocked at bob's end: relayed through " + x},
		{detour{why: punch.WhyHidden, via: x, disclose: ToNobody}, "you asked for --relay-only: relayed through " + x},
		{detour{why: punch.WhyHidden, via: x, disclose: ToVerified, nick: "bob"}, "bob is not verified, and you asked for --direct verified: relayed through " + x},
		{detour{why: punch.WhyWithheld, via: x, nick: "bob"}, "bob shows its address to nobody here: relayed through " + x},
		{detour{why: punch.WhySearching, via: x, tcp: true}, "UDP is blocked here: relayed over TCP through " + x},
		{detour{why: punch.WhyBothSymmetric, via: x, tcp: true, udp: true}, "both behind symmetric NATs: relayed over TCP through " + x},
		{detour{why: punch.WhyHidden, via: x, tcp: true}, "you asked for --relay-only: relayed over TCP through " + x},
		{detour{why: punch.WhyUnused, via: x}, "a direct path is looked for once you two talk: relayed through " + x},
		{detour{why: punch.WhyNothingAnswered, via: x}, "no address answers, trying again from time to time: relayed through " + x},
	} {
		if got := tc.d.words(); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.d, got, tc.want)
		}
	}
}
