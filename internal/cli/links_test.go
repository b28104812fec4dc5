package cli

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"gochat/bootnode"
	"gochat/bootnode/engine"
	"gochat/crypto"
	"gochat/internal/admin"
)

// Links of the settings that do not stand are rows of their own, or say at the row
// of their node what is wrong; who was cut off is shown as that at once.
func TestPeersShowMissingLinks(t *testing.T) {
	key := func(id byte) string { return crypto.NodeID{id}.String() }
	peers := []admin.Peer{
		{Node: "this", Key: key(9), Self: true, State: admin.StateAlive},
		{Node: "own", Key: key(1), State: admin.StateAlive, Hops: 1},
		{Node: "dead", Key: key(2), State: admin.StateGone},
		{Node: "cut", Key: key(3), State: admin.StateAlive},
		{Node: "around", Key: key(4), State: admin.StateAlive, Hops: 2},
	}
	links := []bootnode.Link{
		{Node: crypto.NodeID{1}, Kind: bootnode.LinkCluster, State: engine.StateUp},
		{Node: crypto.NodeID{2}, Kind: bootnode.LinkCluster, State: engine.StateDown, Address: "192.0.2.2:9597", Why: engine.WhyRefused},
		{Kind: bootnode.LinkCluster, State: engine.StateDown, Address: "c.example:9597", Why: engine.WhySecret},
		{Kind: bootnode.LinkUplink, State: engine.StateDown, Address: "wss://hub.example:9598", Why: engine.WhyNotAllowed},
		{Node: crypto.NodeID{3}, Kind: bootnode.LinkDownlink, State: engine.StateRevoked},
		{Node: crypto.NodeID{4}, Kind: bootnode.LinkDownlink, State: engine.StateRevoked},
		{Node: crypto.NodeID{5}, Kind: bootnode.LinkDownlink, State: engine.StateLoop},
		{Node: crypto.NodeID{6}, Kind: bootnode.LinkDownlink, State: engine.StateUp},
	}
	raw, err := json.Marshal(admin.PeersResult{Peers: addLinks(peers, links)})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := printResult(&out, admin.Request{Cmd: admin.Peers}, raw); err != nil {
		t.Fatal(err)
	}
	rest := out.String()
	for _, want := range []string{
		"gone; 192.0.2.2:9597: nothing listens there\n", "revoked\n", "alive\n", "c.example:9597", "down: it has another --cluster-secret-file\n",
		"wss://hub.example:9598", "down: it does not list this node's key", "loop: bootnodes dial each other in a ring",
	} {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Fatalf("%q is missing, or not in its place:\n%s", want, out.String())
		}
		rest = after
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "dead") && !slices.Equal(strings.Fields(line)[2:6], []string{"-", "-", "-", "gone;"}) {
			t.Errorf("members of a node that is gone: %s", line)
		}
	}
	if n := strings.Count(out.String(), "\n"); n != 9 {
		t.Errorf("%d lines:\n%s", n, out.String())
	}
	got := countLinks(links)
	if got != (admin.Links{ClusterUp: 1, Cluster: 3, Uplink: 1, Came: 1}) {
		t.Errorf("%+v", got)
	}
	got.Allowed = 2
	if words := linkWords(got); words != "1 of 3 in the cluster, the uplink does not stand, 1 of 2 allowed bootnodes have come; gochat bootnode peers says why" {
		t.Error(words)
	}
}

// Each reason that the engine gives has words.
func TestReasonsHaveWords(t *testing.T) {
	for _, why := range []string{
		engine.WhyConnecting, engine.WhyUnreachable, engine.WhyRefused, engine.WhyForeign, engine.WhySecret, engine.WhyPin, engine.WhyCertificate, engine.WhyNotAllowed, engine.WhyOverasked,
	} {
		if reasons[why] == "" {
			t.Errorf("%s has none", why)
		}
	}
}
