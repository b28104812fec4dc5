package natlab

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Public addresses are of TEST-NET-3 (RFC 5737), those between homes and the
// carrier's NAT of the shared space of RFC 6598.
var (
	serverIP  = netip.MustParseAddr("203.0.113.1")
	serverIP2 = netip.MustParseAddr("203.0.113.2")
)

// cable is a virtual wire between two nodes' interfaces.
type cable struct{ node, ifi, peer, peerIfi string }

// plan is what a lab is made of.
type plan struct {
	nodes  []string
	cables []cable
	config map[string][]string // lines for ip, by node
}

func (p *plan) add(node string, lines ...string) {
	p.config[node] = append(p.config[node], lines...)
}

// public puts a host on the Internet.
func (p *plan) public(node string, addrs ...netip.Addr) {
	p.nodes = append(p.nodes, node)
	p.cables = append(p.cables, cable{node, "eth0", "inet", "p-" + node})
	for _, a := range addrs {
		p.add(node, fmt.Sprintf("addr add %s/24 dev eth0", a))
	}
}

// newPlan is what all topologies have.
func newPlan() *plan {
	p := &plan{nodes: []string{"inet"}, config: map[string][]string{}}
	p.public("srv", serverIP, serverIP2)
	p.public("p", publicIP(40))
	p.public("q", publicIP(50))
	return p
}

// homes adds the routers and the hosts behind them.
func (p *plan) homes(topology Topology) {
	p.nodes = append(p.nodes, "natA", "natB", "natC", "a", "a2", "b")
	p.cables = append(p.cables, []cable{
		{"natC", "wan", "inet", "p-natC"},
		{"a", "eth0", "natA", "l-a"},
		{"a2", "eth0", "natA", "l-a2"},
		{"b", "eth0", "natB", "l-b"},
	}...)
	p.add("natA", lan("192.168.1.1/24", "l-a", "l-a2")...)
	p.add("natB", lan("192.168.2.1/24", "l-b")...)
	p.add("natC", append(lan("192.168.3.1/24"), "addr add 203.0.113.60/24 dev wan")...)
	p.add("a", host("192.168.1.2/24", "192.168.1.1")...)
	p.add("a2", host("192.168.1.3/24", "192.168.1.1")...)
	p.add("b", host("192.168.2.2/24", "192.168.2.1")...)
	if topology == CGN {
		p.nodes = append(p.nodes, "cgn")
		p.cables = append(p.cables,
			cable{"cgn", "wan", "inet", "p-cgn"},
			cable{"natA", "wan", "cgn", "l-A"},
			cable{"natB", "wan", "cgn", "l-B"},
		)
		p.add("cgn", lan("100.64.0.1/24", "l-A", "l-B")...)
		p.add("cgn", "addr add 203.0.113.30/24 dev wan")
		p.add("natA", "addr add 100.64.0.10/24 dev wan", "route add default via 100.64.0.1")
		p.add("natB", "addr add 100.64.0.20/24 dev wan", "route add default via 100.64.0.1")
		return
	}
	p.cables = append(p.cables,
		cable{"natA", "wan", "inet", "p-natA"},
		cable{"natB", "wan", "inet", "p-natB"},
	)
	p.add("natA", "addr add 203.0.113.10/24 dev wan")
	p.add("natB", "addr add 203.0.113.20/24 dev wan")
}

// publicIP is the public address that ends in n.
func publicIP(n int) netip.Addr {
	b := serverIP.As4()
	b[3] = byte(n)
	return netip.AddrFrom4(b)
}

// firstHost is where the addresses of Hosts begin.
const firstHost = 100

// build makes the namespaces, the cables between them, and the routes.
func (l *Lab) build(topology Topology) error {
	plan := newPlan()
	if topology == Public {
		for i := range l.opt.hosts {
			plan.public(fmt.Sprint("h", i+1), publicIP(firstHost+i))
		}
	} else {
		plan.homes(topology)
	}
	nodes, cables, config, add := plan.nodes, plan.cables, plan.config, plan.add
	if l.opt.ipv6 {
		addIPv6(add)
	}
	for _, n := range nodes {
		l.nodes = append(l.nodes, n)
		if err := addNamespace(l.namespace(n)); err != nil {
			return err
		}
	}
	uplinks := []string{"link set lo up"}
	up := map[string][]string{}
	for _, n := range nodes {
		up[n] = slices.Clone(uplinks)
	}
	for _, c := range cables {
		add := fmt.Sprintf("link add %s type veth peer name %s netns %s", c.ifi, c.peerIfi, l.namespace(c.peer))
		if err := l.ip(c.node, add); err != nil {
			return err
		}
		up[c.node] = append(up[c.node], "link set "+c.ifi+" up")
		up[c.peer] = append(up[c.peer], "link set "+c.peerIfi+" up")
	}
	for _, n := range nodes {
		if err := l.ip(n, append(up[n], config[n]...)...); err != nil {
			return err
		}
	}
	var ports []cable // with an end on the Internet
	for _, c := range cables {
		if c.peer == "inet" {
			ports = append(ports, c)
		}
	}
	if l.opt.impair != (Impairment{}) {
		return l.startBridge(ports)
	}
	bridge := []string{"link add br0 type bridge", "link set br0 up"}
	for _, c := range ports {
		bridge = append(bridge, "link set "+c.peerIfi+" master br0")
	}
	return l.ip("inet", bridge...)
}

// lan configures the inner side of a router: a bridge over the given ports.
func lan(addr string, ports ...string) []string {
	lines := []string{"link add lan type bridge", "link set lan up", "addr add " + addr + " dev lan"}
	for _, p := range ports {
		lines = append(lines, "link set "+p+" master lan")
	}
	return lines
}

func host(addr, gateway string) []string {
	return []string{"addr add " + addr + " dev eth0", "route add default via " + gateway}
}

// addIPv6 gives the flat lab addresses of the documentation prefix (RFC 3849)
// and routes between its two homes and the Internet.
func addIPv6(add func(node string, lines ...string)) {
	const all = "2001:db8::/32"
	add("srv", "addr add 2001:db8::1/64 dev eth0",
		"route add 2001:db8:0:1::/64 via 2001:db8::a", "route add 2001:db8:0:2::/64 via 2001:db8::b")
	add("natA", "addr add 2001:db8::a/64 dev wan", "addr add 2001:db8:0:1::1/64 dev lan",
		"route add 2001:db8:0:2::/64 via 2001:db8::b")
	add("natB", "addr add 2001:db8::b/64 dev wan", "addr add 2001:db8:0:2::1/64 dev lan",
		"route add 2001:db8:0:1::/64 via 2001:db8::a")
	add("a", "addr add 2001:db8:0:1::2/64 dev eth0", "route add "+all+" via 2001:db8:0:1::1")
	add("b", "addr add 2001:db8:0:2::2/64 dev eth0", "route add "+all+" via 2001:db8:0:2::1")
}

// Unplug takes the interface of an end node (a, a2, b, p, q or srv) down.
func (l *Lab) Unplug(node string) { l.setLink(node, "down") }

// Plug takes it up again. Routes through a gateway are lost in between, as
// on any Linux host, and are set again.
func (l *Lab) Plug(node string) {
	l.setLink(node, "up")
	router, inHome := l.home[node]
	if !inHome {
		return
	}
	if err := l.ip(node, "route replace default via "+gateway(router)); err != nil {
		l.t.Fatal(err)
	}
}

func (l *Lab) setLink(node, state string) {
	l.t.Helper()
	if err := l.ip(node, "link set eth0 "+state); err != nil {
		l.t.Fatal(err)
	}
}

// ip runs a batch of ip commands in a node.
func (l *Lab) ip(node string, lines ...string) error {
	return run(strings.Join(lines, "\n")+"\n", "ip", "-n", l.namespace(node), "-batch", "-")
}
