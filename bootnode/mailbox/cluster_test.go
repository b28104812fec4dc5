package mailbox

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/bootnode/engine/enginetest"
	"gochat/crypto"
	"gochat/internal/wire"
)

// clusterNode starts one node of a cluster.
func clusterNode(t testing.TB, number byte, listen string, peers []string, dir string, replicas int) *node {
	t.Helper()
	e, err := engine.New(engine.Config{
		Key: engine.NewNodeKey([32]byte{number}), StoreDir: dir, StoreMax: 64 << 20,
		ClusterListen: listen, ClusterPeers: peers, ClusterSecret: []byte("a secret of this cluster alone"),
	})
	if err != nil {
		t.Fatal(err)
	}
	return run(t, e, Config{Store: dir != "", Keep: time.Hour, MaxBytes: 32 << 20, PerBox: 100_000, Replicas: replicas})
}

// run runs an engine and a mailbox on it until the test ends, or stop is called.
func run(t testing.TB, e *engine.Engine, cfg Config) *node {
	t.Helper()
	log := &enginetest.Log{}
	cfg.Engine, cfg.Logger = e, slog.New(slog.NewTextHandler(log, nil))
	m := New(cfg)
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() {
		if err := e.Run(ctx); err != nil {
			t.Error(err)
		}
	})
	all.Go(func() { m.Run(ctx) })
	n := &node{Mailbox: m, stop: sync.OnceFunc(func() { cancel(); all.Wait() })}
	t.Cleanup(func() {
		n.stop()
		if t.Failed() {
			t.Logf("log:\n%s", log)
		}
	})
	return n
}

// until waits for a condition.
func until(t testing.TB, what string, met func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !met(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

// settle repeats a request while the store is busy, as a member does.
func (n *node) settle(t testing.TB, r bootnode.MailRequest) bootnode.MailAnswer {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	for {
		a := n.ask(t, r)
		if a.Status != wire.BoxBusy && a.Status != wire.BoxOff || time.Now().After(deadline) {
			return a
		}
	}
}

// What one node of three took, another gives back, with the third gone; a fourth
// that keeps nothing asks them.
func TestCluster(t *testing.T) {
	at := enginetest.Addresses(t, 4)
	var nodes []*node
	for i := range 3 {
		nodes = append(nodes, clusterNode(t, byte(i+1), at[i], at, t.TempDir(), 3))
	}
	asks := clusterNode(t, 4, at[3], at, "", 0)
	if nodes[0].Keep() != time.Hour || asks.Keep() != 0 {
		t.Errorf("kept for %v and %v", nodes[0].Keep(), asks.Keep())
	}
	secret := crypto.BoxSecret{1}
	asks.come(t, secret)
	want := object(2000, 'x')
	// A first try may have been stored without an answer, while the cluster chose its leader.
	if a := nodes[0].settle(t, put(secret.ID(), want)); a.Status != wire.BoxOK && a.Status != wire.BoxDuplicate {
		t.Fatalf("put: %+v", a)
	}
	if a := nodes[1].settle(t, put(secret.ID(), want)); a.Status != wire.BoxDuplicate {
		t.Errorf("put at another node: %+v", a)
	}
	if a := asks.settle(t, put(secret.ID(), want)); a.Status != wire.BoxDuplicate {
		t.Errorf("put at a node without a store: %+v", a)
	}
	nodes[0].stop()
	list := bootnode.MailRequest{Op: bootnode.MailList, Secret: secret}
	a := nodes[2].settle(t, list)
	if len(a.Entries) != 1 {
		t.Fatalf("listed %+v", a)
	}
	if got := nodes[1].settle(t, bootnode.MailRequest{Op: bootnode.MailRead, Secret: secret, Seq: a.Entries[0].Seq}); !bytes.Equal(got.Object, want) {
		t.Errorf("read %+v", got)
	}
	if got := asks.settle(t, bootnode.MailRequest{Op: bootnode.MailRead, Secret: secret, Seq: a.Entries[0].Seq}); !bytes.Equal(got.Object, want) {
		t.Errorf("read without a store %+v", got)
	}
	list.Done = []uint64{a.Entries[0].Seq}
	if a := nodes[2].settle(t, list); len(a.Entries) != 0 || a.Status != wire.BoxOK {
		t.Errorf("left: %+v", a)
	}
}

// Another operator's node is told nothing of what the one it dials keeps: its
// members have no mailbox.
func TestOthersHaveNoMailbox(t *testing.T) {
	own := engine.NewNodeKey([32]byte{2})
	hub, err := engine.New(engine.Config{
		Key: engine.NewNodeKey([32]byte{1}), StoreDir: t.TempDir(), StoreMax: 64 << 20,
		FedListen: "127.0.0.1:0", FedAllow: []crypto.NodeID{own.ID()},
	})
	if err != nil {
		t.Fatal(err)
	}
	keeps := run(t, hub, Config{Store: true, Keep: time.Hour, MaxBytes: 32 << 20, PerBox: 10})
	secret := crypto.BoxSecret{1}
	keeps.come(t, secret)
	if a := keeps.settle(t, put(secret.ID(), object(600, 'x'))); a.Status != wire.BoxOK {
		t.Fatalf("put: %+v", a)
	}
	pin, _ := hub.Pin()
	leaf, err := engine.New(engine.Config{Key: own, Uplink: []string{hub.FedURL()}, UplinkPins: []engine.Pin{pin}})
	if err != nil {
		t.Fatal(err)
	}
	asks := run(t, leaf, Config{})
	until(t, "a link", func() bool {
		links := leaf.Links()
		return len(links) == 1 && links[0].State == engine.StateUp
	})
	for _, r := range []bootnode.MailRequest{put(secret.ID(), object(600, 'y')), {Op: bootnode.MailList, Secret: secret}, {Op: bootnode.MailRead, Secret: secret, Seq: 1}} {
		if a := asks.ask(t, r); a.Status != wire.BoxOff || a.Object != nil || len(a.Entries) != 0 {
			t.Errorf("request %d: %+v", r.Op, a)
		}
	}
	if a := keeps.ask(t, bootnode.MailRequest{Op: bootnode.MailList, Secret: secret}); len(a.Entries) != 1 {
		t.Errorf("listed %+v", a)
	}
}

func TestNobodyKeepsMail(t *testing.T) {
	e, err := engine.New(engine.Config{Key: engine.NewNodeKey([32]byte{1}), FedListen: "127.0.0.1:0", FedAllow: []crypto.NodeID{{1}}})
	if err != nil {
		t.Fatal(err)
	}
	if a := run(t, e, Config{}).ask(t, bootnode.MailRequest{Op: bootnode.MailList}); a.Status != wire.BoxOff {
		t.Errorf("%+v", a)
	}
}

// A node of a cluster whose majority is not there says that its mailbox does not
// work, instead of that it is empty.
func TestUsageTellsThatItFails(t *testing.T) {
	at := enginetest.Addresses(t, 3)
	began := time.Now()
	alone := clusterNode(t, 1, at[0], at, t.TempDir(), 3)
	until(t, "it fails", func() bool { return !alone.Usage().Failing.IsZero() })
	if since := alone.Usage().Failing; since.Before(began) {
		t.Errorf("since %v", since)
	}
	second := clusterNode(t, 2, at[1], at, t.TempDir(), 3)
	third := clusterNode(t, 3, at[2], at, t.TempDir(), 3)
	until(t, "it works", func() bool { return alone.Usage().Failing.IsZero() })
	second.stop()
	third.stop()
	until(t, "it fails again", func() bool { return !alone.Usage().Failing.IsZero() })
}
