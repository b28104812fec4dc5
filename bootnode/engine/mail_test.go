package engine

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"gochat/bootnode/engine/enginetest"
)

// Requests reach whoever serves them in the cluster, from each of its nodes.
func TestRequest(t *testing.T) {
	nodes := cluster(t, 2)
	meet(t, nodes...)
	asks, serves := nodes[0], nodes[1]
	if _, err := asks.Request(t.Context(), MailPrefix+"put", nil); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody serves: %v", err)
	}
	if _, err := asks.Request(t.Context(), "gc.r.x", nil); !errors.Is(err, ErrSubject) {
		t.Errorf("%v", err)
	}
	serve(t, serves, "kept ")
	for _, n := range nodes {
		until(t, "an answer", func() bool { return n.reply(t) == "kept x" })
	}
}

func serve(t *testing.T, n *node, answer string) {
	t.Helper()
	stop, err := n.Serve(t.Context(), MailPrefix+"put", "boxes", func(data []byte) []byte { return append([]byte(answer), data...) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
}

// reply is what comes of a request, "" for nothing.
func (n *node) reply(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	reply, err := n.Request(ctx, MailPrefix+"put", []byte("x"))
	if err != nil {
		return ""
	}
	return string(reply)
}

// Another operator's node, let in, hears no request and answers none, neither as
// it is nor changed by whoever runs it; and nobody answers its own.
func TestMailStaysInTheCluster(t *testing.T) {
	outside := key(9)
	cfg := hubConfig(key(1), outside)
	cfg.ClusterListen, cfg.ClusterSecret = "127.0.0.1:0", secret
	asks := start(t, cfg)
	serves := start(t, Config{Key: key(2), ClusterListen: "127.0.0.1:0", ClusterPeers: []string{asks.ClusterAddr()}, ClusterSecret: secret})
	leaf := start(t, below(outside, asks))
	meet(t, asks, serves, leaf)

	serve(t, leaf, "stolen ")
	spy, err := nats.Connect("", nats.InProcessServer(leaf.srv), nats.UserInfo(meshUser, leaf.gate.password))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(spy.Close)
	var heard atomic.Int64
	for _, subject := range []string{">", "gc.>", MailPrefix + ">"} {
		for _, queue := range []string{"", "boxes"} {
			if _, err := spy.QueueSubscribe(subject, queue, func(m *nats.Msg) {
				if strings.HasPrefix(m.Subject, MailPrefix) {
					heard.Add(1)
					m.Respond([]byte("stolen"))
				}
			}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := spy.Flush(); err != nil {
		t.Fatal(err)
	}
	meet(t, asks, serves, leaf) // what it subscribed to has come as far as it comes
	if _, err := asks.Request(t.Context(), MailPrefix+"put", nil); !errors.Is(err, ErrNobody) {
		t.Errorf("nobody in the cluster serves: %v", err)
	}
	serve(t, serves, "kept ")
	until(t, "an answer", func() bool { return asks.reply(t) == "kept x" })
	for range 50 {
		if got := asks.reply(t); got != "kept x" {
			t.Fatalf("the answer is %q", got)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if m, err := spy.RequestWithContext(ctx, MailPrefix+"put", []byte("x")); err == nil && string(m.Data) != "stolen" {
		t.Errorf("from outside: %q", m.Data)
	}
	if got := leaf.reply(t); got != "stolen x" {
		t.Errorf("a node outside hears from its own mailbox %q", got)
	}
	settled(t, spy)
	before := heard.Load() // its own request
	meet(t, asks, serves, leaf)
	asks.reply(t)
	meet(t, asks, serves, leaf)
	settled(t, spy)
	if heard.Load() != before || before > 6 {
		t.Errorf("%d requests were heard outside", heard.Load())
	}
}

// settled waits until a connection has handled all that was sent to it so far.
func settled(t *testing.T, c *nats.Conn) {
	t.Helper()
	if err := c.FlushTimeout(patience); err != nil {
		t.Fatal(err)
	}
	handled := make(chan struct{})
	if err := c.Barrier(func() { close(handled) }); err != nil {
		t.Fatal(err)
	}
	<-handled
}

// A node alone keeps what is stored over a restart, without any listener.
func TestStore(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), patience) // without an end NATS takes its own
	defer cancel()
	dir := t.TempDir()
	cfg := Config{Key: key(1), StoreDir: dir}
	stream := jetstream.StreamConfig{Name: "test", Subjects: []string{"test.>"}, Storage: jetstream.FileStorage}
	for run := range 2 {
		n := start(t, cfg)
		if len(n.Links()) != 0 {
			t.Error("it has others to talk to")
		}
		js, err := n.JetStream(ctx)
		if err != nil {
			t.Fatal(err)
		}
		s, err := js.CreateOrUpdateStream(ctx, stream)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.CachedInfo().State.Msgs; got != uint64(run) {
			t.Fatalf("%d messages at start %d", got, run)
		}
		if _, err := js.Publish(ctx, "test.a", []byte("x")); err != nil {
			t.Fatal(err)
		}
		n.stop()
	}
	if _, err := start(t, Config{Key: key(2)}).JetStream(ctx); !errors.Is(err, ErrNoStore) {
		t.Errorf("%v", err)
	}
}

// Three nodes of a cluster keep three copies.
func TestClusterStore(t *testing.T) {
	addrs := enginetest.Addresses(t, 3)
	var nodes []*node
	for i := range 3 {
		nodes = append(nodes, start(t, Config{
			Key: key(byte(i + 1)), ClusterListen: addrs[i], ClusterPeers: addrs, ClusterSecret: secret, StoreDir: t.TempDir(),
		}))
	}
	js, err := nodes[0].JetStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	try := func(do func(ctx context.Context) error) func() bool {
		return func() bool {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			return do(ctx) == nil
		}
	}
	until(t, "the stream is there", try(func(ctx context.Context) error {
		_, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{Name: "test", Subjects: []string{"test.>"}, Replicas: 3})
		return err
	}))
	until(t, "a message is kept", try(func(ctx context.Context) error {
		_, err := js.Publish(ctx, "test.a", []byte("x"), jetstream.WithMsgID("one"))
		return err
	}))
	other, err := nodes[2].JetStream(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	until(t, "another node has it, once", try(func(ctx context.Context) error {
		s, err := other.Stream(ctx, "test")
		if err == nil && s.CachedInfo().State.Msgs != 1 {
			err = errors.New("not one message")
		}
		return err
	}))
}
