package front_test

import (
	"strings"
	"testing"
	"time"

	"gochat/internal/front"
	"gochat/internal/front/fronttest"
	"gochat/peer"
)

func TestExposed(t *testing.T) {
	x := peer.Exposure{
		Own: []string{"203.0.113.10:4000", "192.168.1.2:4000"}, Announced: []string{"192.168.1.2:4000"},
		Bootnodes: []peer.BootnodeExposure{
			{Address: "b:1", Observed: "203.0.113.10:4000", Since: time.Now(), Every: 10 * time.Second,
				Rooms: []peer.RoomExposure{{Name: "lobby", Tag: "00ff"}}, Packets: 12, Bytes: 34_567},
			{Address: "c:1"},
		},
		Servers: []peer.ServerView{{Address: "s:2", Observed: "203.0.113.10:4000"}},
		Members: []peer.MemberExposure{
			{Person: fronttest.Person("bob"), Knows: true, Path: peer.PathDirect},
			{Person: fronttest.Person("carol"), Path: peer.PathRelay},
			{Person: fronttest.Person("dave"), Knew: true},
		},
	}
	rest := strings.Join(front.Exposed(x), "\n")
	for _, want := range []string{
		"bootnode b:1\n", "sees you at 203.0.113.10:4000 since", "every 10s", "knows the room lobby by the tag 00ff alone",
		"carried 12 packets of yours, 34 kB", "bootnode c:1\n  has not taken you in", "STUN server s:2 sees you at",
		"can read: 192.168.1.2:4000", "bob#", "knows your addresses, and talks to you directly",
		"carol#", "knows no address of yours, and is met by relay", "dave#", "has known your addresses", "your addresses: 203.0.113.10:4000, 192", "--relay-only",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q is missing, or not in its place, in\n%s", want, strings.Join(front.Exposed(x), "\n"))
		}
		rest = after
	}
	hidden := strings.Join(front.Exposed(peer.Exposure{Own: []string{"a"}, Disclose: peer.ToNobody}), "\n")
	if hidden != "no member learns your address (--relay-only)." {
		t.Errorf("hidden: %q", hidden)
	}
}
