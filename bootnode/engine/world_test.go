package engine

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
)

// patience is how long something that should happen may take on a busy machine.
const patience = 60 * time.Second

var _ bootnode.Mesh = (*Engine)(nil)

var secret = []byte("a secret of this cluster alone")

func key(n byte) *NodeKey { return NewNodeKey([32]byte{n}) }

// node is an engine that runs, and what it heard.
type node struct {
	*Engine
	log *enginetest.Log

	mu       sync.Mutex
	messages []bootnode.Message
	frames   [][]byte
	stop     func()
}

// start runs an engine until the test ends, or stop is called.
func start(t *testing.T, cfg Config) *node {
	t.Helper()
	n := &node{log: &enginetest.Log{}}
	cfg.Logger = slog.New(slog.NewTextHandler(n.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	e, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	n.Engine = e
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- e.Run(ctx) }()
	go n.read(ctx)
	n.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("engine: %v", err)
		}
		if t.Failed() {
			t.Logf("log of %s:\n%s", e.Self().Short(), n.log)
		}
	})
	t.Cleanup(n.stop)
	select {
	case <-e.Ready():
	case err := <-ended:
		ended <- err
		t.Fatal(err)
	case <-time.After(patience):
		t.Fatal("the engine did not start")
	}
	return n
}

func (n *node) read(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-n.Received():
			n.mu.Lock()
			n.messages = append(n.messages, m)
			n.mu.Unlock()
		case f := <-n.Frames():
			n.mu.Lock()
			n.frames = append(n.frames, f)
			n.mu.Unlock()
		}
	}
}

// heard counts messages with a subject and text.
func (n *node) heard(s crypto.RoomSubject, text string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, m := range n.messages {
		if m.Subject == s && string(m.Data) == text {
			count++
		}
	}
	return count
}

func (n *node) framesWith(prefix string) (count int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, f := range n.frames {
		if bytes.HasPrefix(f, []byte(prefix)) {
			count++
		}
	}
	return count
}

// until waits for a condition.
func until(t *testing.T, what string, met func() bool) {
	t.Helper()
	within(t, patience, what, met)
}

func within(t *testing.T, d time.Duration, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(d); !met(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", d, what)
		}
	}
}

// meet waits until each node hears a beacon and a frame of every other: they come
// by connections of their own, of which either may be the first to be through.
func meet(t *testing.T, nodes ...*node) {
	t.Helper()
	until(t, "all nodes hear each other", func() bool {
		ok := true
		for i, n := range nodes {
			n.PublishNode([]byte{byte('a' + i)})
			for j, from := range nodes {
				if i == j {
					continue
				}
				hello := fmt.Sprintf("hello of %d;", j)
				_ = from.SendFrame(n.Self(), []byte(hello)) // dropped: the next one tells
				ok = ok && n.heard(crypto.RoomSubject{}, string(byte('a'+j))) > 0 && n.framesWith(hello) > 0
			}
		}
		return ok
	})
}

// now lists the links as they are, not as they were a second ago.
func (n *node) now() []bootnode.Link { return n.look(time.Now()) }

// allUp reports whether all links that there are, or should be, stand.
func (n *node) allUp() bool {
	return !slices.ContainsFunc(n.now(), func(l bootnode.Link) bool { return l.State != StateUp })
}

// state is that of the link to a node, "" if there is none.
func (n *node) state(to crypto.NodeID) string {
	for _, l := range n.now() {
		if l.Node == to {
			return l.State
		}
	}
	return ""
}

// cluster starts n nodes on loopback that know the first.
func cluster(t *testing.T, n int) (nodes []*node) {
	t.Helper()
	return clusterWith(t, n, 0)
}

// clusterWith is cluster with a rate of relay frames, in bytes a second; 0: the default.
func clusterWith(t *testing.T, n, relayRate int) (nodes []*node) {
	t.Helper()
	var peers []string
	for i := range n {
		nodes = append(nodes, start(t, Config{Key: key(byte(i + 1)), ClusterListen: "127.0.0.1:0", ClusterPeers: peers, ClusterSecret: secret, RelayRate: relayRate}))
		if i == 0 {
			peers = []string{nodes[0].ClusterAddr()}
		}
	}
	return nodes
}

// hub is a node that others may dial.
func hub(t *testing.T, k *NodeKey, allow ...*NodeKey) *node {
	t.Helper()
	return start(t, hubConfig(k, allow...))
}

func hubConfig(k *NodeKey, allow ...*NodeKey) Config {
	c := Config{Key: k, FedListen: "127.0.0.1:0"}
	for _, a := range allow {
		c.FedAllow = append(c.FedAllow, a.ID())
	}
	return c
}

// below is the configuration of a node that dials hub.
func below(k *NodeKey, hub *node) Config {
	pin, _ := hub.Pin()
	return Config{Key: k, Uplink: []string{hub.FedURL()}, UplinkPins: []Pin{pin}}
}

func (n *node) logged(text string) bool { return strings.Contains(n.log.String(), text) }
