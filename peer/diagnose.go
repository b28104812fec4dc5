package peer

import (
	"context"
	"time"

	"gochat/internal/rendezvous"
)

// Answer is what is known on a question about the network.
type Answer int

// The answers.
const (
	Unknown Answer = iota
	Yes
	No
)

// String is the word used in the JSON front.
func (a Answer) String() string { return [...]string{"unknown", "yes", "no"}[a] }

// Mapping is how a NAT maps (RFC 4787 §4.1).
type Mapping int

// The mappings. MappingNone: there is no NAT.
const (
	MappingUnknown Mapping = iota
	MappingNone
	MappingEndpointIndependent
	MappingAddressDependent
	MappingAddressAndPortDependent
)

// String is the word used in the JSON front.
func (m Mapping) String() string {
	return [...]string{"unknown", "none", "endpoint-independent", "address-dependent", "address-and-port-dependent"}[m]
}

// Filtering is what a NAT lets in (RFC 4787 §5).
type Filtering int

// The filterings.
const (
	FilteringUnknown Filtering = iota
	FilteringEndpointIndependent
	FilteringAddressDependent
	FilteringAddressAndPortDependent
)

// String is the word used in the JSON front.
func (f Filtering) String() string {
	return [...]string{"unknown", "endpoint-independent", "address-dependent", "address-and-port-dependent"}[f]
}

// Diagnosis is what a Node has found out about the network it is in. It grows
// as answers come.
type Diagnosis struct {
	UDP       Answer // answers come by UDP
	Mapping   Mapping
	OneServer bool   // only one address was asked: an address-dependent mapping would not show
	Step      int    // from one outside port to the next where they are counted, else 0
	Block     [2]int // first and last of the outside ports; zero: not known
	Filtering Filtering
	Hairpin   Answer // people behind the same NAT reach each other at its outside address
	IPv6      Answer
	External  []string // own addresses as seen from outside
	Bootnodes []BootnodeView
	Servers   []ServerView // STUN
	PortMap   string       // in words; "" if the router is not asked
	PortOpen  bool         // the router forwards a port
	PortAsked bool         // the router has not had its time to answer
	Proxy     string       // the variable that names a proxy for TCP; "": none does
	Isolated  bool         // no network interface but loopback is up
	Disclose  Disclosure
}

// BootnodeView is a bootnode as it is reached.
type BootnodeView struct {
	Address  string
	Embedded bool // as in BootnodeChanged
	State    BootnodeState
	Reason   string
	Observed string        // where it sees us; "" before it has said so
	RTT      time.Duration // 0: not measured
	Clock    time.Duration // how far its clock is ahead of ours, if RTT was measured
	Via      Via           // how we talk to it while registered
	TCP      TCPAnswer
	TCPWhat  string // why nothing usable answers by TCP; "": not known
	TCPDo    string // what to do about it
	WrongKey bool   // it shows another key than the one that was given
	Refused  bool   // it answers, and does not take us in; Reason says why
	Limited  string // what its relay keeps from us at the moment, in words
}

// StreamOnly reports whether it is asked over TCP only, since its address is that
// of a WebSocket.
func (b BootnodeView) StreamOnly() bool { return isURL(b.Address) }

// TCPAnswer is what answers at a bootnode's address by TCP.
type TCPAnswer int

// The answers by TCP.
const (
	TCPUnknown TCPAnswer = iota // nobody looked
	TCPWorks                    // the bootnode's relay
	TCPForeign                  // something else: a portal that wants a login, a proxy
	TCPSilent                   // nothing
)

// String is the word used in the JSON front.
func (a TCPAnswer) String() string { return [...]string{"unknown", "works", "foreign", "silent"}[a] }

// ServerView is a STUN server as it sees us.
type ServerView struct {
	Address  string
	Observed string // "": no answer
	RTT      time.Duration
}

// Diagnose tells what is known of the network by now.
func (n *Node) Diagnose() Diagnosis {
	r := n.conn.Report()
	d := Diagnosis{
		UDP: Answer(r.UDP), Mapping: Mapping(r.Mapping), OneServer: r.OneServer, Step: r.Step,
		Block: [2]int{int(r.Block.Lo), int(r.Block.Hi)}, Filtering: Filtering(r.Filtering),
		Hairpin: Answer(r.Hairpin), IPv6: Answer(r.IPv6), Disclose: n.cfg.Disclose,
	}
	for _, a := range r.External {
		d.External = append(d.External, a.String())
	}
	for _, s := range r.Servers {
		v := ServerView{Address: s.Name, RTT: s.RTT}
		if s.Answered {
			v.Observed = s.Observed.String()
		}
		d.Servers = append(d.Servers, v)
	}
	_ = n.do(func(time.Time) { // an ended node has no bootnodes
		for _, b := range n.boots {
			d.Bootnodes = append(d.Bootnodes, b.view())
		}
	})
	return d
}

// view is the bootnode as it is reached at the moment.
func (b *boot) view() BootnodeView {
	v := BootnodeView{Address: b.cfg.Address, Embedded: b.cfg.Embedded, State: b.state, Reason: b.reason, Via: b.viaNow(b.state), WrongKey: b.wrongKey, Limited: b.limited}
	if v.Via == ViaTCP {
		v.TCP = TCPWorks
	}
	for _, g := range b.regs {
		if g.state != rendezvous.Registered {
			v.Refused = v.Refused || b.state == BootnodeUnreachable && g.declined
			continue
		}
		if g.observed.IsValid() {
			v.Observed = g.observed.String()
		}
		v.RTT, v.Clock = g.measured.RTT, g.measured.Clock
		break
	}
	return v
}

// askSTUN finds the configured STUN servers and has them asked, for a second
// look at the NAT. A server that is not found is left out.
func (n *Node) askSTUN(ctx context.Context) {
	for _, server := range n.cfg.STUN {
		addrs, err := n.cfg.Resolve(ctx, server)
		if err != nil || len(addrs) == 0 {
			n.log.Warn("a STUN server was not found", "address", server, "error", err)
			continue
		}
		n.conn.AddSTUN(addrs[0])
	}
}
