package punch

import (
	"net/netip"
	"slices"
	"time"

	"gochat/internal/wire"
)

// Mapping and Filtering are a NAT's behaviour in the terms of RFC 4787.
type (
	Mapping   = wire.Mapping
	Filtering = wire.Filtering
)

// Mapping behaviours (RFC 4787 §4.1). MappingNone: there is no translation.
const (
	MappingUnknown                 = wire.MappingUnknown
	MappingNone                    = wire.MappingNone
	MappingEndpointIndependent     = wire.MappingEndpointIndependent
	MappingAddressDependent        = wire.MappingAddressDependent
	MappingAddressAndPortDependent = wire.MappingAddressAndPortDependent
)

// Filtering behaviours (RFC 4787 §5). What is told is the strictest that fits
// what was seen.
const (
	FilteringUnknown                 = wire.FilteringUnknown
	FilteringEndpointIndependent     = wire.FilteringEndpointIndependent
	FilteringAddressDependent        = wire.FilteringAddressDependent
	FilteringAddressAndPortDependent = wire.FilteringAddressAndPortDependent
)

// Verdict is the answer to a question about the network.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota
	Yes
	No
)

// PortRange is a block of ports, both ends included; zero: none is known.
type PortRange struct{ Lo, Hi uint16 }

// Report is what the socket has found out about the network it is in. It
// grows as answers come, and begins anew when the network changes.
type Report struct {
	UDP       Verdict // answers come at all
	Mapping   Mapping
	OneServer bool // only one server address was asked: an address-dependent mapping would not show
	Step      int  // from one outside port to the next, if they count up or down; else 0
	Block     PortRange
	Filtering Filtering
	Hairpin   Verdict // inner hosts reach each other at outside addresses
	IPv6      Verdict // answers come by IPv6
	External  []netip.AddrPort
	Servers   []ServerView
	Birthday  bool // ports may be guessed (Config.NoBirthday)
}

// ServerView is how one server sees us.
type ServerView struct {
	Name     string
	Observed netip.AddrPort // invalid before the first answer
	RTT      time.Duration  // 0: not measured
	Answered bool
}

// Why is the cause that the way to a member is not direct.
type Why int

// The causes. Those of the member's side are as it told them itself.
const (
	WhyDirect          Why = iota // it is
	WhySearching                  // addresses are being probed
	WhyNoCandidates               // the member named no address, or we have none ourselves
	WhyBothSymmetric              // both NATs map each destination anew: nobody can know a port
	WhyPredicting                 // the next ports of a counting NAT are being probed
	WhyGuessing                   // symmetric facing port-restricted: ports are being guessed
	WhyBirthdayOff                // they would have to be guessed, but one side does not want it
	WhyGuessedInVain              // guessing found nothing, and was tried as often as is decent
	WhyUDPBlocked                 // no UDP answer comes to one of the two at all
	WhyHidden                     // our own policy: the member is not to learn our address
	WhyWithheld                   // the member keeps its address to itself
	WhyUnused                     // one of many pairs, and nothing was said in it lately
	WhyNothingAnswered            // no address answered, for no reason that shows
)

// Report tells what is known of the network by now.
func (c *Conn) Report() Report {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.report(time.Now())
}

// report is Report, called under mu.
func (c *Conn) report(now time.Time) Report {
	r := Report{Birthday: !c.cfg.NoBirthday}
	for _, o := range c.gather.observed {
		r.External = appendNew(r.External, o.addr)
	}
	for _, s := range c.stun.servers {
		r.Servers = append(r.Servers, ServerView{Name: s.addr.String(), Observed: s.mapped, RTT: s.rtt, Answered: s.mapped.IsValid()})
	}
	c.stun.judge(now, c.gather.hosts, c.gather.port, &r)
	direct := func(x *Remote) bool { return x.told.kind == Direct }
	if c.overTCP && c.stun.silent(now) && !slices.ContainsFunc(c.list, direct) {
		r.UDP = No
	}
	r.Step, r.Block, r.Filtering, r.Hairpin = c.survey.step, c.survey.block, c.survey.filtering, c.survey.hairpin
	return r
}

// UDP is Report's verdict on it.
func (c *Conn) UDP() Verdict { return c.Report().UDP }

func appendNew(list []netip.AddrPort, a netip.AddrPort) []netip.AddrPort {
	for _, x := range list {
		if x == a {
			return list
		}
	}
	return append(list, a)
}

// summary is what the other members are told.
func (r Report) summary() wire.NAT {
	return wire.NAT{
		Mapping: r.Mapping, Filtering: r.Filtering, Step: int8(r.Step), Lo: r.Block.Lo, Hi: r.Block.Hi,
		Birthday: r.Birthday, Hairpin: r.Hairpin == Yes, Blocked: r.UDP == No,
	}
}
