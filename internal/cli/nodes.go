package cli

import (
	"cmp"
	"slices"
	"time"

	"gochat/bootnode"
	"gochat/crypto"
	"gochat/internal/admin"
	"gochat/internal/config"
	"gochat/internal/wire"
)

// peers is the network as this bootnode sees it, itself first. What others say of
// themselves is their word.
func (o *operator) peers() admin.PeersResult {
	self := admin.Peer{Node: cmp.Or(o.first.Federation.Advertise, "this bootnode"), BootnodeKey: o.key.String(), Self: true,
		Members: o.srv.Stats().Members, State: admin.StateAlive, Since: o.started.UTC()}
	if o.linked != nil {
		self.Key = o.linked.Self().String()
	}
	if !o.srv.Draining().IsZero() {
		self.State = admin.StateDraining
	}
	r := admin.PeersResult{Peers: []admin.Peer{self}}
	for _, n := range o.srv.Nodes() {
		p := admin.Peer{
			Node: cmp.Or(n.Advertised, n.Node.Short()), Key: n.Node.String(), Hops: n.Hops, RTTMS: float64(n.RTT) / float64(time.Millisecond),
			Members: n.Members, State: string(n.State), Since: n.Since.UTC(), Release: n.Release,
		}
		if n.Key != (crypto.RunPublic{}) {
			p.BootnodeKey = n.Key.String()
		}
		r.Peers = append(r.Peers, p)
	}
	if o.linked != nil {
		r.Peers = addLinks(r.Peers, o.linked.Links())
	}
	return r
}

// neighbours are the bootnodes that members can be sent to besides those the
// operator names: the others of his cluster.
func (o *operator) neighbours(named []wire.Alternative) []wire.Alternative {
	if o.linked == nil {
		return named
	}
	return ownNodes(named, o.srv.Nodes(), o.linked.Links())
}

// ownNodes adds to those named the nodes to which a link of the operator's own
// cluster stands, the nearest first. Where others' bootnodes are reached is
// their word only, and whoever is sent there shows them his address.
func ownNodes(named []wire.Alternative, nodes []bootnode.Node, links []bootnode.Link) []wire.Alternative {
	own := func(id crypto.NodeID) bool {
		return id != crypto.NodeID{} && slices.ContainsFunc(links, func(l bootnode.Link) bool {
			return l.Kind == bootnode.LinkCluster && l.State == bootnode.LinkUp && l.Node == id
		})
	}
	nodes = slices.DeleteFunc(slices.Clone(nodes), func(n bootnode.Node) bool {
		return !own(n.Node) || string(n.State) != admin.StateAlive || !config.IsBootnode(n.Advertised) || !wire.ValidAlternative(n.Advertised)
	})
	slices.SortStableFunc(nodes, func(a, b bootnode.Node) int { return cmp.Compare(a.RTT, b.RTT) })
	for _, n := range nodes {
		if len(named) == wire.MaxAlternatives {
			break
		}
		if !slices.ContainsFunc(named, func(a wire.Alternative) bool { return a.Address == n.Advertised }) {
			named = append(named, wire.Alternative{Address: n.Advertised, Key: n.Key})
		}
	}
	return named
}
