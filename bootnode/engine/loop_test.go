package engine

import (
	"slices"
	"testing"

	"gochat/bootnode"
	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
)

// Three operators, each of whom dials the next: all are told, with names, and
// see it in their links.
func TestRingRaisesTheAlarm(t *testing.T) {
	ports := enginetest.Addresses(t, 3)
	var pins [3]Pin
	for i := range pins {
		e, err := New(Config{Key: key(byte(i + 1))})
		if err != nil {
			t.Fatal(err)
		}
		pins[i], _ = e.Pin()
	}
	var nodes []*node
	for i := range 3 {
		next, previous := (i+1)%3, (i+2)%3
		nodes = append(nodes, start(t, Config{
			Key: key(byte(i + 1)), FedListen: ports[i], FedAllow: []crypto.NodeID{key(byte(previous + 1)).ID()},
			Uplink: []string{"wss://" + ports[next]}, UplinkPins: []Pin{pins[next]},
		}))
	}
	until(t, "a node names another in its alarm", func() bool {
		return slices.ContainsFunc(nodes, func(n *node) bool {
			return slices.ContainsFunc(nodes, func(other *node) bool {
				return other != n && n.logged("in a ring") && n.logged("other="+other.Self().String())
			})
		})
	})
	// NATS cuts at least one link, and both its ends know.
	until(t, "two nodes are alarmed", func() bool {
		alarmed := 0
		for _, n := range nodes {
			looped := slices.ContainsFunc(n.now(), func(l bootnode.Link) bool { return l.State == StateLoop })
			if looped && n.Stats().Loops > 0 && n.logged("level=ERROR") && n.logged("in a ring") {
				alarmed++
			}
		}
		return alarmed >= 2
	})
}

// A tree is no ring, also with two leaves at one hub.
func TestTreeRaisesNone(t *testing.T) {
	h := hub(t, key(1), key(2), key(3))
	a, b := start(t, below(key(2), h)), start(t, below(key(3), h))
	meet(t, h, a, b)
	for _, n := range []*node{h, a, b} {
		if n.Stats().Loops != 0 {
			t.Errorf("%+v", n.Stats())
		}
		for _, l := range n.now() {
			if l.State != StateUp {
				t.Errorf("%+v", l)
			}
		}
	}
	// What the other end of a link says of itself is taken only for a hub's name.
	if got := a.now()[0]; got.Kind != bootnode.LinkUplink || got.Node != h.Self() {
		t.Errorf("%+v", got)
	}
}

func TestConnectionOf(t *testing.T) {
	for text, want := range map[string]uint64{
		`127.0.0.1:4222 - lid:7 - Loop detected for leafnode account="gochat". Delaying`: 7,
		`[::1]:4222 - lid_ws:12 - Leafnode Error 'Loop detected for leafnode'`:           12,
		"Loop detected for leafnode":          0,
		" - lid:nonsense Loop detected":       0,
		" - lid:99999999999999999999 x":       1<<64 - 1,
		"127.0.0.1:1 - rid:3 - Loop detected": 0,
	} {
		if got := connectionOf(text); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}
