package engine

import (
	"net"
	"slices"
	"strings"
	"testing"

	"gochat/bootnode"
	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
)

// whyOf is what is told of an address; "" if nothing is.
func (n *node) whyOf(address string) string {
	for _, l := range n.now() {
		if l.Address == address && l.State == StateDown {
			return l.Why
		}
	}
	return ""
}

// A cluster of which one node is there, one is not, one has another secret, and
// one is no bootnode: each missing one is listed with the reason, and those that
// are there, itself among them, are not.
func TestMissingPeersAreTold(t *testing.T) {
	foreign, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer foreign.Close()
	go func() {
		for {
			c, err := foreign.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("SSH-2.0-OpenSSH_9.9\r\n"))
			c.Close()
		}
	}()
	other := start(t, Config{Key: key(3), ClusterListen: "127.0.0.1:0", ClusterSecret: []byte("another secret of twenty bytes")})
	there := start(t, Config{Key: key(2), ClusterListen: "127.0.0.1:0", ClusterSecret: secret})
	free := enginetest.Addresses(t, 2)
	own, nobody := free[0], free[1]
	peers := []string{own, there.ClusterAddr(), nobody, other.ClusterAddr(), foreign.Addr().String()}
	n := start(t, Config{Key: key(1), ClusterListen: own, ClusterPeers: peers, ClusterSecret: secret})
	for address, want := range map[string]string{nobody: WhyRefused, other.ClusterAddr(): WhySecret, foreign.Addr().String(): WhyForeign} {
		until(t, want, func() bool { return n.whyOf(address) == want })
	}
	until(t, "the one that is there is linked", func() bool { return n.state(there.Self()) == StateUp })
	until(t, "nothing is missing that is there", func() bool { return n.whyOf(own) == "" && n.whyOf(there.ClusterAddr()) == "" })
	address := there.ClusterAddr()
	until(t, "the one that is there has said its name", func() bool {
		n.Engine.mu.Lock()
		defer n.Engine.mu.Unlock()
		return n.places[address].node == there.Self()
	})
	there.stop()
	until(t, "the one that has gone is missed, by its name", func() bool {
		return slices.ContainsFunc(n.now(), func(l bootnode.Link) bool {
			return l.Address == address && l.Node == there.Self() && l.State == StateDown && l.Why == WhyRefused
		})
	})
	if s := other.Stats(); s.Strangers == 0 {
		t.Error("who has another secret is no stranger to the others")
	}
}

// A hub that is not there, one whose pin is another, and one that nobody vouches
// for are told apart; one that does not list this node is in TestKnownInUnknownOut.
func TestMissingHubIsTold(t *testing.T) {
	h := hub(t, key(1), key(2))
	nobody := "wss://" + enginetest.Addresses(t, 1)[0]
	gone := start(t, Config{Key: key(2), Uplink: []string{nobody}, UplinkPins: []Pin{{1}}})
	until(t, "nobody listens", func() bool { return gone.whyOf(nobody) == WhyRefused })
	wrong := start(t, Config{Key: key(3), Uplink: []string{h.FedURL()}, UplinkPins: []Pin{{1}}})
	until(t, "another pin", func() bool { return wrong.whyOf(h.FedURL()) == WhyPin })
	unknown := start(t, Config{Key: key(4), Uplink: []string{h.FedURL()}})
	until(t, "no authority", func() bool { return unknown.whyOf(h.FedURL()) == WhyCertificate })
}

func FuzzReadName(f *testing.F) {
	f.Add("INFO {\"server_name\":\"" + key(1).ID().String() + "\"}\r\n")
	f.Add("INFO {\"server_name\":7}\n")
	f.Add("+OK\r\nINFO {}\n")
	f.Add("INFO ")
	f.Fuzz(func(t *testing.T, said string) {
		node, ok := readName(strings.NewReader(said))
		if !ok && node != (crypto.NodeID{}) || ok && !strings.Contains(said, node.String()) {
			t.Errorf("%q: %s %v", said, node, ok)
		}
	})
}

func TestReadName(t *testing.T) {
	if node, ok := readName(strings.NewReader(`INFO {"server_name":"` + key(1).ID().String() + "\"}\r\n")); !ok || node != key(1).ID() {
		t.Errorf("%s %v", node, ok)
	}
	if _, ok := readName(strings.NewReader("INFO " + strings.Repeat("x", 2*maxHello) + "\n")); ok {
		t.Error("a line without end is read")
	}
}
