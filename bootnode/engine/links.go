package engine

import (
	"cmp"
	"maps"
	"net"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"gochat/bootnode"
	"gochat/crypto"
)

// States of a link.
const (
	StateUp      = bootnode.LinkUp
	StateDown    = "down"    // one of the settings that is being dialled
	StateLoop    = "loop"    // cut, and cut again every half minute, until an operator removes a link
	StateRevoked = "revoked" // cut a while ago, because the node may not come any longer
)

const (
	sweepInterval = time.Second
	// loopMemory is how long a loop counts as standing: NATS tries again every 30 s.
	loopMemory = 75 * time.Second
	// cutMemory is how long a node that was cut off is listed: a little longer than
	// others take to notice.
	cutMemory = 30 * time.Second
)

// Loop is a ring of leafnode links that this node is part of: both ends of the
// link are cut off from each other until one is removed.
type Loop struct {
	Node    crypto.NodeID // the other end; zero: only its address is known
	Address string
	Uplink  bool // this node dialled
	At      time.Time
}

type loopKey struct {
	node   crypto.NodeID
	uplink bool
}

// looped takes note of a ring that NATS found on a connection.
func (e *Engine) looped(connection uint64) {
	now := time.Now()
	l := Loop{Uplink: true, At: now}
	if signed, ok := e.gate.who(connection); ok {
		l.Uplink, l.Node = false, signed.node
	} else if len(e.cfg.Uplink) > 0 {
		l.Address = e.cfg.Uplink[0]
	}
	key := loopKey{l.Node, l.Uplink}
	e.mu.Lock()
	before, known := e.loops[key]
	e.loops[key] = l
	maps.DeleteFunc(e.loops, func(_ loopKey, l Loop) bool { return now.Sub(l.At) > loopMemory })
	e.mu.Unlock()
	e.count.loops.Add(1)
	if known && now.Sub(before.At) < time.Second {
		return // both ends of one link may tell
	}
	other := l.Address
	if !l.Uplink {
		other = l.Node.String()
	}
	e.log.Error("bootnodes dial each other in a ring, which cuts off all that are in it: remove one of the links between operators, such as this node's --uplink",
		"node", e.Self().String(), "other", other)
}

// sweep looks at the links once a second: it dates them, counts those lost, and
// drops those whose node was banned while it signed in.
func (e *Engine) sweep(now time.Time) {
	e.looking.Lock()
	defer e.looking.Unlock()
	leaves, routes := e.leaves(), e.routez()
	live := make(map[uint64]bool, len(leaves))
	for _, l := range leaves {
		live[l.ID] = true
	}
	routed := map[string]bool{}
	for _, r := range routes {
		routed[r.RemoteID] = true
	}
	e.mu.Lock()
	for id := range e.routed {
		if !routed[id] {
			e.count.linksLost.Add(1)
		}
	}
	e.routed = routed
	for id := range e.links {
		if !live[id] {
			delete(e.links, id)
			e.count.linksLost.Add(1)
		}
	}
	for id := range live {
		if _, known := e.links[id]; !known {
			e.links[id] = now
		}
	}
	e.mu.Unlock()
	for id, node := range e.gate.sweep(now, live) {
		e.mu.Lock()
		e.cut[node] = now
		e.mu.Unlock()
		e.srv.DisconnectClientByID(id) // an error: it has gone by itself
	}
	links := e.list(now, leaves, routes)
	e.current.Store(&links)
}

func (e *Engine) leaves() []*server.LeafInfo {
	z, err := e.srv.Leafz(nil)
	if err != nil {
		return nil
	}
	return z.Leafs
}

// Reload changes which nodes may be linked to this one. Links of others are cut,
// and stay out; those who are new to the list get in when they dial next.
func (e *Engine) Reload(allow []crypto.NodeID) {
	e.gate.allow(allow)
	if e.running() {
		e.sweep(time.Now())
	}
}

// Links are the connections to direct neighbours, those of the settings that
// should be, and those cut lately, as of a second ago at most.
func (e *Engine) Links() []bootnode.Link {
	if links := e.current.Load(); links != nil {
		return slices.Clone(*links)
	}
	return nil
}

// look lists the links as they are, not as the last sweep has found them.
func (e *Engine) look(now time.Time) []bootnode.Link { return e.list(now, e.leaves(), e.routez()) }

// list is what NATS has, and what should be there.
func (e *Engine) list(now time.Time, leaves []*server.LeafInfo, routez []*server.RouteInfo) []bootnode.Link {
	out := routes(routez)
	up := false
	e.mu.Lock()
	defer e.mu.Unlock()
	loop := func(k loopKey) bool {
		l, ok := e.loops[k]
		return ok && now.Sub(l.At) <= loopMemory
	}
	seen := map[crypto.NodeID]bool{}
	for _, l := range leaves {
		link := bootnode.Link{Kind: bootnode.LinkDownlink, Address: net.JoinHostPort(l.IP, strconv.Itoa(l.Port)), State: StateUp, Since: e.links[l.ID], Heard: uint64(max(l.InMsgs, 0))}
		link.RTT, _ = time.ParseDuration(l.RTT)
		if signed, ok := e.gate.who(l.ID); ok {
			link.Node, link.Since = signed.node, signed.since
		} else {
			// A hub's own word; who it is, TLS has shown.
			link.Kind, up = bootnode.LinkUplink, true
			link.Node, _ = crypto.ParseNodeID(l.Name)
		}
		if link.Kind == bootnode.LinkDownlink {
			seen[link.Node] = true
		}
		if loop(loopKey{seenNode(link), link.Kind == bootnode.LinkUplink}) {
			link.State = StateLoop
		}
		out = append(out, link)
	}
	if !up {
		for _, u := range e.cfg.Uplink {
			link := bootnode.Link{Kind: bootnode.LinkUplink, Address: u, State: StateDown, Why: cmp.Or(e.places[u].why, WhyConnecting)}
			if loop(loopKey{uplink: true}) {
				link.State, link.Why = StateLoop, ""
			}
			out = append(out, link)
		}
	}
	out = append(out, e.missing(out)...)
	for k := range e.loops {
		if !k.uplink && !seen[k.node] && loop(k) {
			out = append(out, bootnode.Link{Node: k.node, Kind: bootnode.LinkDownlink, State: StateLoop})
		}
	}
	for _, l := range e.gate.barred(now) {
		if !seen[l.Node] {
			out = append(out, l)
		}
	}
	maps.DeleteFunc(e.cut, func(n crypto.NodeID, at time.Time) bool { return now.Sub(at) > cutMemory || e.gate.allows(n) })
	for n, at := range e.cut {
		if !seen[n] {
			out = append(out, bootnode.Link{Node: n, Kind: bootnode.LinkDownlink, State: StateRevoked, Since: at})
		}
	}
	return out
}

// missing are the cluster's nodes of the settings that have no link among those
// up. Addresses nobody has looked at yet are not told of. Called under mu.
func (e *Engine) missing(up []bootnode.Link) (out []bootnode.Link) {
	for _, a := range e.cfg.ClusterPeers {
		p, looked := e.places[a]
		if !looked || p.node == e.Self() || slices.ContainsFunc(up, func(l bootnode.Link) bool {
			return l.Kind == bootnode.LinkCluster && l.Node == p.node && p.node != crypto.NodeID{}
		}) {
			continue
		}
		out = append(out, bootnode.Link{Node: p.node, Kind: bootnode.LinkCluster, Address: a, State: StateDown, Why: cmp.Or(p.why, WhyConnecting)})
	}
	return out
}

// seenNode is the key under which a link's loops are kept: that of an uplink is
// not told by the line that NATS writes.
func seenNode(l bootnode.Link) crypto.NodeID {
	if l.Kind == bootnode.LinkUplink {
		return crypto.NodeID{}
	}
	return l.Node
}

func (e *Engine) routez() []*server.RouteInfo {
	z, err := e.srv.Routez(nil)
	if err != nil {
		return nil
	}
	return z.Routes
}

// routes are the links within the cluster. NATS opens several connections for
// each, of which the first stands for all.
func routes(routez []*server.RouteInfo) (out []bootnode.Link) {
	at := map[string]int{}
	for _, r := range routez {
		heard := uint64(max(r.InMsgs, 0))
		if i, known := at[r.RemoteID]; known {
			out[i].Heard += heard
			continue
		}
		at[r.RemoteID] = len(out)
		link := bootnode.Link{Kind: bootnode.LinkCluster, Address: net.JoinHostPort(r.IP, strconv.Itoa(r.Port)), State: StateUp, Since: r.Start, Heard: heard}
		link.Node, _ = crypto.ParseNodeID(r.RemoteName)
		link.RTT, _ = time.ParseDuration(r.RTT)
		out = append(out, link)
	}
	return out
}
