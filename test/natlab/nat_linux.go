package natlab

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// The NAT types, each with the RFC 4787 behaviour it was measured to have:
// mapping, then filtering.
const (
	FullCone            = "fullcone"  // endpoint-independent, endpoint-independent
	AddressRestricted   = "addr"      // endpoint-independent, address-dependent
	PortRestricted      = "port"      // endpoint-independent, address and port-dependent
	Symmetric           = "symmetric" // address and port-dependent both, random ports
	SymmetricBlock      = "symblock"  // the same within 1024 ports, as carriers do
	SymmetricSequential = "symseq"    // the same with ports that count up
	SymmetricAddress    = "symaddr"   // address-dependent, address and port-dependent
	UDPDrop             = "udpblock"  // drops UDP
	UDPReject           = "udpreject" // refuses UDP with ICMP
	ProxyOnly           = "proxyonly" // lets nothing through; a proxy on the router may
)

// NATOption changes a NAT.
type NATOption func(*natSettings)

type natSettings struct {
	hairpin  bool
	wanInput string
}

// Hairpin lets inner hosts reach each other's outside address, with the
// outside address as source (RFC 4787 REQ-9).
func Hairpin() NATOption { return func(s *natSettings) { s.hairpin = true } }

// WANInput is what the router itself does with unsolicited packets to it:
// "drop" (default), "reject" or "accept". With "accept" its own stack confirms
// a connection entry for them, and a later outbound packet to that peer gets
// another outside port.
func WANInput(policy string) NATOption { return func(s *natSettings) { s.wanInput = policy } }

// NAT loads a behaviour into a router, "A", "B", "C" or "cgn", and drops its
// mappings.
func (l *Lab) NAT(router, kind string, options ...NATOption) {
	l.t.Helper()
	var s natSettings
	for _, o := range options {
		o(&s)
	}
	rules, err := ruleset(kind, l.wanIP(router), s)
	if err == nil {
		if l.opt.ipv6 {
			rules += firewall6
		}
		err = run(rules, "ip", "netns", "exec", l.router(router), "nft", "-f", "-")
	}
	if err != nil {
		l.t.Fatalf("NAT %s of router %s: %v", kind, router, err)
	}
	l.Restart(router)
}

// Restart drops all mappings of a router, as a power cut does.
func (l *Lab) Restart(router string) {
	l.t.Helper()
	if err := within(l.router(router), flushConntrack); err != nil {
		l.t.Fatal(err)
	}
}

// MappingTimeout makes idle mappings of a router expire; whole seconds.
func (l *Lab) MappingTimeout(router string, d time.Duration) {
	l.t.Helper()
	seconds := strconv.Itoa(int(d.Seconds()))
	err := within(l.router(router), func() error {
		for _, name := range []string{"nf_conntrack_udp_timeout", "nf_conntrack_udp_timeout_stream"} {
			if err := sysctl("net.netfilter."+name, seconds); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		l.t.Fatal(err)
	}
}

func (l *Lab) router(name string) string {
	if name == "cgn" {
		return l.namespace(name)
	}
	return l.namespace("nat" + name)
}

// wanIP is the outside address of a router.
func (l *Lab) wanIP(router string) netip.Addr {
	l.t.Helper()
	var ip netip.Addr
	err := within(l.router(router), func() (err error) {
		ip, err = interfaceIPv4("wan")
		return err
	})
	if err != nil {
		l.t.Fatal(err)
	}
	return ip
}

// coneLife is how long a cone's entry stays after the last outbound packet.
const coneLife = "30s"

// The cones keep a map from outside port to inner endpoint, learnt from the
// connection entry after source NAT, so that it is right also when the port
// had to be changed. It is refreshed by every outbound packet: a nat chain
// would see only the first of a flow.
const (
	learnCone = `oifname "wan" meta l4proto udp update @cone { ct reply proto-dst : ct original ip saddr . ct original proto-src }`
	learnPeer = `oifname "wan" meta l4proto udp update @peer { ct reply proto-dst . ip daddr }`
	toCone    = `dnat ip to udp dport map @cone`
)

// ruleset is the nft input for one kind of NAT with the given outside address.
func ruleset(kind string, wan netip.Addr, s natSettings) (string, error) {
	var learn, pre, post, forward []string
	udpSNAT := func(ports string) {
		post = append(post, fmt.Sprintf(`oifname "wan" meta l4proto udp snat to %s %s`, wan, ports))
	}
	switch kind {
	case FullCone:
		learn = []string{learnCone}
		pre = []string{`iifname "wan" ` + toCone}
	case AddressRestricted:
		learn = []string{learnCone, learnPeer}
		pre = []string{`iifname "wan" udp dport . ip saddr @peer ` + toCone}
	case PortRestricted:
		learn = []string{learnCone} // connection tracking itself filters; the map serves hairpin
	case Symmetric:
		post = append(post, `oifname "wan" meta l4proto udp masquerade fully-random`)
	case SymmetricBlock:
		post = append(post, fmt.Sprintf(`oifname "wan" meta l4proto udp snat to %s:30000-31023 fully-random`, wan))
	case SymmetricSequential:
		udpSNAT(": numgen inc mod 256 map { " + portMap() + " }")
	case SymmetricAddress:
		udpSNAT(": jhash ip daddr . udp sport mod 256 map { " + portMap() + " }")
	case UDPDrop:
		forward = []string{"meta l4proto udp drop"}
	case UDPReject:
		forward = []string{"meta l4proto udp reject with icmp type admin-prohibited"}
	case ProxyOnly:
		forward = []string{"drop"}
	default:
		return "", fmt.Errorf("unknown NAT type %q", kind)
	}
	post = append(post, `oifname "wan" masquerade`)

	var input, hairpinLearn []string
	switch s.wanInput {
	case "", "drop":
		input = append(input, `iifname "wan" ct state new drop`)
	case "reject":
		input = append(input, `iifname "wan" ct state new reject`)
	case "accept":
	default:
		return "", fmt.Errorf("unknown policy %q for unsolicited packets", s.wanInput)
	}
	if s.hairpin {
		inside := fmt.Sprintf(`iifname "lan" ip daddr %s `, wan)
		hairpinLearn = append(hairpinLearn, inside+`meta l4proto udp update @hairpin { udp sport . udp dport }`)
		switch kind {
		case FullCone, AddressRestricted:
			pre = append(pre, inside+`meta l4proto udp `+toCone)
		case PortRestricted:
			pre = append(pre, inside+`udp dport . udp sport @hairpin `+toCone)
		}
		// Else the router's own stack confirms a clashing entry.
		input = append(input, inside+`meta l4proto udp drop`)
		post = append(post, fmt.Sprintf(`iifname "lan" oifname "lan" ct status dnat snat to %s`, wan))
	}
	forward = append(forward, "ct state established,related accept", `iifname "lan" accept`, "ct status dnat accept")

	chain := func(name, hook string, rules []string) string {
		return fmt.Sprintf("  chain %s {\n    type %s;\n    %s\n  }\n", name, hook, strings.Join(rules, "\n    "))
	}
	return "table ip natlab\ndelete table ip natlab\ntable ip natlab {\n" +
		"  map cone { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout " + coneLife + "; size 65535; }\n" +
		"  set peer { type inet_service . ipv4_addr; flags dynamic,timeout; timeout " + coneLife + "; size 65535; }\n" +
		"  set hairpin { type inet_service . inet_service; flags dynamic,timeout; timeout " + coneLife + "; size 65535; }\n" +
		chain("hairpins", "filter hook prerouting priority mangle", hairpinLearn) +
		chain("pre", "nat hook prerouting priority dstnat", pre) +
		chain("incoming", "filter hook input priority filter", input) +
		chain("through", "filter hook forward priority filter; policy drop", forward) +
		chain("post", "nat hook postrouting priority srcnat", post) +
		chain("learn", "filter hook postrouting priority srcnat + 10", learn) +
		"}\n", nil
}

// portMap maps 0–255 to the outside ports from 20000.
func portMap() string {
	var b strings.Builder
	for i := range 256 {
		fmt.Fprintf(&b, "%d : %d, ", i, 20000+i)
	}
	return strings.TrimSuffix(b.String(), ", ")
}

// firewall6 lets IPv6 in only as an answer, as home routers do.
const firewall6 = `table ip6 natlab
delete table ip6 natlab
table ip6 natlab {
  chain through {
    type filter hook forward priority filter; policy drop;
    ct state established,related accept
    iifname "lan" accept
    meta l4proto icmpv6 accept
  }
}
`
