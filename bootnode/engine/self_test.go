package engine

import (
	"net"
	"net/netip"
	"testing"

	"gochat/bootnode/engine/enginetest"
)

func TestOwnAddress(t *testing.T) {
	local := []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("2001:db8::1")}
	for _, tc := range []struct {
		address, listen, advertise string
		own                        bool
	}{
		{"a.example:9597", "[::]:9597", "A.example:9595", true},
		{"a.example:9598", "[::]:9597", "a.example:9595", false}, // another node behind the same address
		{"b.example:9597", "[::]:9597", "a.example:9595", false},
		{"203.0.113.1:9597", "10.0.0.1:9597", "203.0.113.1:9595", true},
		{"10.0.0.1:9597", "[::]:9597", "", true},
		{"[::ffff:10.0.0.1]:9597", "0.0.0.0:9597", "", true},
		{"[2001:db8::1]:9597", "0.0.0.0:9597", "", true},
		{"10.0.0.2:9597", "0.0.0.0:9597", "", false},
		{"10.0.0.1:9597", "10.0.0.3:9597", "", false}, // another process on this machine
		{"10.0.0.3:9597", "10.0.0.3:9597", "", true},
		{"a.example:9597", "", "a.example:9595", false},
		{"", "[::]:9597", "", false},
	} {
		if got := ownAddress(tc.address, tc.listen, tc.advertise, local); got != tc.own {
			t.Errorf("%+v: %v", tc, got)
		}
	}
}

// A node that does not reach itself at the address of the list by which the others
// do is no missing node; another that cannot be reached is.
func TestOwnAddressIsNotMissing(t *testing.T) {
	listen := enginetest.Addresses(t, 2)
	_, port, err := net.SplitHostPort(listen[0])
	if err != nil {
		t.Fatal(err)
	}
	own := "127.0.0.9:" + port // nothing listens there
	n := start(t, Config{Key: key(1), ClusterListen: listen[0], ClusterPeers: []string{own, listen[1]}, ClusterSecret: secret, Advertise: "127.0.0.9:9595"})
	until(t, "the missing one is told of", func() bool { return n.whyOf(listen[1]) != "" })
	until(t, "both were looked at", func() bool {
		n.Engine.mu.Lock()
		defer n.Engine.mu.Unlock()
		return n.places[own] != place{}
	})
	if why := n.whyOf(own); why != "" {
		t.Errorf("the node misses itself: %s", why)
	}
}
