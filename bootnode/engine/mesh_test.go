package engine

import (
	"fmt"
	"testing"

	"gochat/bootnode"
	"gochat/crypto"
)

var room = crypto.RoomSubject{1, 2, 3}

// delivers checks that all nodes hear each other's beacons, rooms and frames, once.
func delivers(t *testing.T, nodes ...*node) {
	t.Helper()
	meet(t, nodes...)
	for _, n := range nodes {
		n.Watch(room)
	}
	until(t, "a room's messages reach all who watch it", func() bool {
		ok := true
		for i, n := range nodes {
			n.PublishRoom(room, fmt.Appendf(nil, "try %d", i))
			for j := range nodes {
				ok = ok && (i == j || n.heard(room, fmt.Sprintf("try %d", j)) > 0)
			}
		}
		return ok
	})
	for i, n := range nodes {
		for j, to := range nodes {
			if i == j {
				continue
			}
			if err := n.SendFrame(to.Self(), fmt.Appendf(nil, "frame %d>%d", i, j)); err != nil {
				t.Fatal(err)
			}
		}
		n.PublishRoom(room, fmt.Appendf(nil, "once %d", i))
	}
	until(t, "frames and messages arrive", func() bool {
		for i := range nodes {
			for j, to := range nodes {
				if i != j && (to.framesWith(fmt.Sprintf("frame %d>%d", i, j)) == 0 || to.heard(room, fmt.Sprintf("once %d", i)) == 0) {
					return false
				}
			}
		}
		return true
	})
	for i := range nodes {
		for j, to := range nodes {
			if got := to.heard(room, fmt.Sprintf("once %d", i)); i != j && got != 1 {
				t.Errorf("node %d heard node %d %d times", j, i, got)
			}
		}
	}
	for i, n := range nodes {
		if got := n.Stats(); got.SlowConsumers+got.Disconnects+got.FramesDropped+got.FramesLost+got.PresenceDropped+got.Unheard != 0 {
			t.Errorf("node %d: %+v", i, got)
		}
	}
}

func TestCluster(t *testing.T) {
	nodes := cluster(t, 3)
	delivers(t, nodes...)
	for i, n := range nodes {
		kinds := map[crypto.NodeID]bootnode.LinkKind{}
		// A peer that was slow to answer when it was looked for is looked for again.
		until(t, "nobody is missed", func() bool { return n.allUp() })
		for _, l := range n.now() {
			kinds[l.Node] = l.Kind
			if l.Since.IsZero() {
				t.Errorf("node %d: %+v", i, l)
			}
		}
		for j, other := range nodes {
			if i != j && kinds[other.Self()] != bootnode.LinkCluster {
				t.Errorf("node %d has no link to node %d: %v", i, j, kinds)
			}
		}
	}
}

// A chain of operators: what one end says the other hears, and back.
func TestChain(t *testing.T) {
	a := hub(t, key(1), key(2))
	cfg := below(key(2), a)
	cfg.FedListen, cfg.FedAllow = "127.0.0.1:0", []crypto.NodeID{key(3).ID()}
	b := start(t, cfg)
	c := start(t, below(key(3), b))
	delivers(t, a, b, c)
	links := b.now()
	if len(links) != 2 {
		t.Fatalf("links of the middle: %+v", links)
	}
	for _, l := range links {
		want := bootnode.LinkUplink
		if l.Node == c.Self() {
			want = bootnode.LinkDownlink
		}
		if l.Kind != want || l.State != StateUp {
			t.Errorf("%+v", l)
		}
	}
}

// A node of another operator below a cluster reaches all of it, also when the
// one it dialled is gone.
func TestLeafBelowACluster(t *testing.T) {
	var peers []string
	var hubs []*node
	for i := range 2 {
		cfg := hubConfig(key(byte(i+1)), key(9))
		cfg.ClusterListen, cfg.ClusterPeers, cfg.ClusterSecret = "127.0.0.1:0", peers, secret
		hubs = append(hubs, start(t, cfg))
		peers = []string{hubs[0].ClusterAddr()}
	}
	cfg := below(key(9), hubs[0])
	pin, _ := hubs[1].Pin()
	cfg.Uplink, cfg.UplinkPins = append(cfg.Uplink, hubs[1].FedURL()), append(cfg.UplinkPins, pin)
	edge := start(t, cfg)
	delivers(t, append(hubs, edge)...)
	first, other := hubs[0], hubs[1]
	if hubs[1].state(edge.Self()) == StateUp {
		first, other = hubs[1], hubs[0]
	}
	first.stop()
	until(t, "the edge reaches the other node of the cluster", func() bool { return other.state(edge.Self()) == StateUp })
	meet(t, other, edge)
}

func TestUnwatch(t *testing.T) {
	nodes := cluster(t, 2)
	delivers(t, nodes...)
	nodes[1].Unwatch(room)
	until(t, "nothing more comes of the room", func() bool {
		before, marks := nodes[1].heard(room, "after"), nodes[1].heard(crypto.RoomSubject{}, "mark")
		nodes[0].PublishRoom(room, []byte("after"))
		nodes[0].PublishNode([]byte("mark"))
		until(t, "a beacon behind it", func() bool { return nodes[1].heard(crypto.RoomSubject{}, "mark") > marks })
		return nodes[1].heard(room, "after") == before
	})
}

func TestSubjects(t *testing.T) {
	if got, ok := parseSubject(roomSubject(room)); !ok || got != room {
		t.Errorf("%x, %v", got, ok)
	}
	if got, ok := parseSubject(nodePrefix + "U"); !ok || got != (crypto.RoomSubject{}) {
		t.Errorf("%x, %v", got, ok)
	}
	whole := roomSubject(room)
	for i := range whole {
		if _, ok := parseSubject(whole[:i]); ok {
			t.Errorf("%q is taken", whole[:i])
		}
	}
	// The zero subject is a beacon's: nobody may pass a room's message off as one.
	if _, ok := parseSubject(roomSubject(crypto.RoomSubject{})); ok {
		t.Error("a room without a name")
	}
}

func FuzzSubject(f *testing.F) {
	f.Add(roomSubject(room))
	f.Add(nodePrefix + "UX")
	f.Fuzz(func(t *testing.T, text string) {
		if s, ok := parseSubject(text); ok && s != (crypto.RoomSubject{}) && roomSubject(s) != text {
			t.Errorf("%q is also %q", text, roomSubject(s))
		}
	})
}

// A link within the cluster that breaks is counted as one of another operator is.
func TestLostRoutesAreCounted(t *testing.T) {
	nodes := cluster(t, 2)
	until(t, "the sweep has seen the link", func() bool { return nodes[0].Stats().Links == 1 })
	nodes[1].stop()
	until(t, "the lost link is counted", func() bool { return nodes[0].Stats().LinksLost == 1 })
}
