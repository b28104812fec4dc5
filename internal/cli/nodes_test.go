package cli

import (
	"testing"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/wire"
)

// By itself a bootnode sends its members to its operator's other nodes only,
// whatever those of other operators say of themselves.
func TestDrainNamesOwnNodesOnly(t *testing.T) {
	node := func(id byte, address string) bootnode.Node {
		return bootnode.Node{Node: crypto.NodeID{id}, Advertised: address, Hops: 1, State: admin.StateAlive}
	}
	nodes := []bootnode.Node{
		node(1, "own.example:1"), node(2, "uplink.example:1"), node(3, "guest.example:1"), node(4, "far.example:1"),
		node(5, "named.example:1"), node(6, "not an address"), node(0, "nobody.example:1"),
	}
	links := []bootnode.Link{
		{Node: crypto.NodeID{1}, Kind: bootnode.LinkCluster}, {Node: crypto.NodeID{2}, Kind: bootnode.LinkUplink},
		{Node: crypto.NodeID{3}, Kind: bootnode.LinkDownlink}, {Node: crypto.NodeID{5}, Kind: bootnode.LinkCluster},
		{Node: crypto.NodeID{6}, Kind: bootnode.LinkCluster}, {Kind: bootnode.LinkCluster},
	}
	for i := range links {
		links[i].State = bootnode.LinkUp
	}
	got := ownNodes([]wire.Alternative{{Address: "named.example:1"}}, nodes, links)
	if len(got) != 2 || got[0].Address != "named.example:1" || got[1].Address != "own.example:1" {
		t.Errorf("members are sent to %+v", got)
	}
}
