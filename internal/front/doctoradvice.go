package front

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"gochat/peer"
)

// NoNetwork is what it means that nothing leads out of this machine.
const NoNetwork = "no network interface but loopback is up, so only programs on this machine can be met"

// Prospect is what the network means for reaching others, and what could make it
// better.
func Prospect(d peer.Diagnosis) (means string, todo []string) {
	symmetric := d.Mapping == peer.MappingAddressDependent || d.Mapping == peer.MappingAddressAndPortDependent
	switch {
	case d.Isolated:
		return NoNetwork + ".", []string{"connect this machine with a network, by cable, Wi-Fi or a phone."}
	case !Reaches(d) && d.UDP == peer.Yes:
		means = "UDP works, but no bootnode has taken you in, so nobody beyond this network can be met."
	case !Reaches(d):
		means = "no bootnode has taken you in, so nobody beyond this network can be met."
	case d.Disclose == peer.ToNobody:
		return "you asked for --relay-only: the bootnode carries everything, and no member learns your address.", nil
	case d.UDP == peer.No && len(d.Bootnodes) == 0:
		means = "people on this network are met directly; what is beyond it cannot be told, as no server has answered."
		todo = append(todo, "check the addresses given with --stun; if they are right, UDP is blocked here.")
	case d.UDP == peer.No:
		means = "no direct path is possible from here: the bootnode carries everything, over TCP."
		todo = append(todo, "allow outgoing UDP in this network's firewall, or use another network (a phone's, for one).")
	case len(d.Bootnodes) == 0 && len(d.Servers) == 0:
		means = "people on this network are met directly; what is beyond it cannot be told without a server."
		todo = append(todo, "name a bootnode with --bootnode HOST:PORT, or STUN servers with --stun HOST:PORT.")
	case d.UDP == peer.Unknown && streamsOnly(d):
		means = "the bootnode carries everything over TCP for as long as no direct path is found; how others reach you cannot be told."
		todo = append(todo, "if it takes UDP, too, name it as HOST:PORT, or name STUN servers with --stun HOST:PORT: direct paths are faster.")
	case d.UDP == peer.Unknown:
		means = "it cannot be told yet how others reach you."
	case Near(d):
		means = "the servers asked are on this machine or network: what the Internet sees of you is not known."
	case d.Mapping == peer.MappingNone:
		means = "others reach you directly, whatever NAT they are behind, unless a firewall of yours forbids it."
	case d.Mapping == peer.MappingEndpointIndependent:
		means = "direct paths to nearly everybody: only who is behind a symmetric NAT needs a moment longer, or the relay."
	case symmetric && d.Step != 0:
		means = "direct paths to most: the next port of your NAT can be foretold. With others behind symmetric NATs it may need the relay."
	case symmetric:
		means = "direct paths to people without NAT or behind an open one; with a strict one your port must be guessed, and with another symmetric one the bootnode relays."
	default:
		means = "UDP works; how your NAT maps is not known."
	}
	if symmetric && !d.PortAsked && !d.PortOpen {
		todo = append(todo, "let the router forward a port: switch on UPnP, NAT-PMP or PCP there (and do not use --no-portmap).")
	}
	if d.OneServer && d.Mapping == peer.MappingEndpointIndependent {
		todo = append(todo, "to be sure of the NAT, name a server at another address with --stun HOST:PORT.")
	}
	if d.Disclose == peer.ToVerified {
		means += " You asked for --direct verified: only members you have verified get a direct path."
	}
	return means, todo
}

// Near reports whether the addresses seen from outside are all of this machine
// or a private network: of the Internet nothing is known then.
func Near(d peer.Diagnosis) bool {
	for _, s := range d.External {
		if a, err := netip.ParseAddrPort(s); err != nil || !a.Addr().IsLoopback() && !a.Addr().IsPrivate() {
			return false
		}
	}
	return len(d.External) > 0
}

// bootnodeAdvice is what to do about bootnodes.
func bootnodeAdvice(d peer.Diagnosis) (todo []string) {
	for _, b := range d.Bootnodes {
		switch {
		case b.WrongKey:
			todo = append(todo, "ask the operator of "+b.Address+" for its key, and give it with --bootnode-key; until then take what answers there for somebody in between.")
		case b.Reason == peer.ServesOthers && b.Embedded: // one is opened here for this room
		case b.Reason == peer.ServesOthers:
			todo = append(todo, b.Address+" runs inside somebody's gochat, for the rooms of that one: name another with --bootnode, or begin one with gochat --mode bootnode.")
		case b.Refused:
			todo = append(todo, b.Address+" answers, and its operator does not take you in: "+b.Reason+".")
		case b.TCP == peer.TCPForeign && b.TCPDo != "" && b.StreamOnly():
			todo = append(todo, "for "+b.Address+": "+b.TCPDo+".")
		case b.TCP == peer.TCPForeign && b.State != peer.BootnodeRegistered:
			todo = append(todo, "something between you and "+b.Address+" answers in its place: log in to this network with a browser, or ask whoever runs its proxy.")
		case b.State == peer.BootnodeUnreachable && d.Disclose == peer.ToNobody && d.Proxy != "":
			todo = append(todo, "is "+b.Address+" right, is the bootnode running, and does the proxy of "+d.Proxy+" let you through to its TCP port?")
		case b.State == peer.BootnodeUnreachable && b.TCPDo != "" && b.StreamOnly():
			todo = append(todo, "for "+b.Address+": "+b.TCPDo+".")
		case b.State == peer.BootnodeUnreachable && b.StreamOnly():
			todo = append(todo, "is "+b.Address+" right, is the bootnode running, and is its TCP port open?")
		case b.State == peer.BootnodeUnreachable:
			todo = append(todo, "is "+b.Address+" right, is the bootnode running, and is its UDP port open? gochat healthcheck --bootnode "+ShellWord(b.Address)+" asks it alone.")
		}
		if d.Proxy != "" && b.TCP == peer.TCPSilent && b.TCPDo != "" && !b.StreamOnly() && b.State != peer.BootnodeRegistered {
			todo = append(todo, "for TCP: "+b.TCPDo+".")
		}
		if b.RTT > 0 && b.Clock.Abs() >= clockMatters {
			way := "ahead of"
			if b.Clock > 0 {
				way = "behind"
			}
			todo = append(todo, fmt.Sprintf("your clock is %s %s that of %s: set it, so that messages sort right.", b.Clock.Abs().Round(time.Second), way, b.Address))
		}
	}
	return todo
}

// streamsOnly reports whether nothing was named that is asked by UDP.
func streamsOnly(d peer.Diagnosis) bool {
	return len(d.Servers) == 0 && len(d.Bootnodes) > 0 && !slices.ContainsFunc(d.Bootnodes, func(b peer.BootnodeView) bool { return !b.StreamOnly() })
}
