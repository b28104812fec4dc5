package front

import (
	"fmt"
	"strings"
	"time"

	"gochat/peer"
)

// clockMatters is how far clocks may differ before it is worth a word.
const clockMatters = 5 * time.Second

// doctor says what the network does, for /doctor.
func doctor(c call) Result { return Result{Lines: Doctor(c.sess.Diagnose())} }

// Doctor says in plain words what the network does, what that means for
// reaching others, and what to do about it.
func Doctor(d peer.Diagnosis) []string {
	lines := facts(d)
	means, todo := Prospect(d)
	lines = append(lines, "That means: "+means)
	for _, x := range append(todo, bootnodeAdvice(d)...) {
		lines = append(lines, "To do: "+x)
	}
	return lines
}

// facts are what was found, a line each.
func facts(d peer.Diagnosis) (lines []string) {
	add := func(what, text string) { lines = append(lines, fmt.Sprintf("%-10s %s", what, text)) }
	for _, b := range d.Bootnodes {
		add("bootnode", bootnodeFact(b))
	}
	if len(d.Bootnodes) == 0 {
		add("bootnode", "none was named; without one only people on this machine and network can be reached")
	}
	udp := map[peer.Answer]string{peer.Yes: "works", peer.No: "nothing comes back: it is blocked, or none of the servers runs", peer.Unknown: "unknown: no server outside was asked, or none has answered yet"}
	if d.UDP == peer.No && len(d.Bootnodes) > 0 && Reaches(d) { // by TCP, so the server runs
		udp[peer.No] = "is blocked: nothing comes back"
	}
	if streamsOnly(d) {
		udp[peer.Unknown] = "not looked at: only a WebSocket was named"
	}
	if d.Disclose == peer.ToNobody {
		udp[peer.Unknown] = "not looked at (--relay-only)"
	}
	add("UDP", udp[d.UDP])
	for _, s := range d.Servers {
		if s.Observed != "" {
			add("seen from", s.Address+" as "+s.Observed+inBrackets(RTT(s.RTT)))
		} else {
			add("seen from", s.Address+": no answer")
		}
	}
	add("NAT", mapping(d))
	filtering := map[peer.Filtering]string{
		peer.FilteringEndpointIndependent:     "lets everybody in at a port in use",
		peer.FilteringAddressDependent:        "lets in at least every port of hosts that were written to; whether more cannot be told from one server",
		peer.FilteringAddressAndPortDependent: "lets in exactly the ports that were written to",
	}
	if f := filtering[d.Filtering]; f != "" && d.Mapping != peer.MappingNone {
		add("", f+" ("+filteringName(d.Filtering)+")")
	}
	switch d.Hairpin {
	case peer.Yes:
		add("", "people behind it reach each other at its outside address (hairpin)")
	case peer.No:
		add("", "people behind it do not reach each other at its outside address (no hairpin)")
	}
	add("IPv6", map[peer.Answer]string{peer.Yes: "works", peer.No: "there is none", peer.Unknown: "unknown"}[d.IPv6])
	if d.Proxy != "" {
		add("proxy", d.Proxy+" is set: TCP to bootnodes goes through it")
	}
	if d.PortAsked {
		add("router", "asked to forward a port: no answer yet")
	} else if d.PortMap != "" {
		add("router", "asked to forward a port: "+d.PortMap)
	}
	return lines
}

// filteringName is the filtering in the terms of RFC 4787: the strictest that
// fits.
func filteringName(f peer.Filtering) string {
	if f == peer.FilteringAddressDependent {
		return "address-dependent filtering, or endpoint-independent"
	}
	return f.String() + " filtering"
}

func bootnodeFact(b peer.BootnodeView) string {
	text := b.Address + " " + b.State.String()
	if b.State == peer.BootnodeRegistered {
		if b.Via == peer.ViaTCP {
			text += " over TCP"
		}
		if rtt := RTT(b.RTT); rtt != "" {
			text += ", " + rtt
		}
		if b.Observed != "" {
			text += ", sees you at " + b.Observed
		}
		if off := b.Clock; b.RTT > 0 && off.Abs() >= clockMatters {
			text += fmt.Sprintf(", its clock differs from yours by %s", off.Abs().Round(time.Second))
		}
	}
	text = because(text, b.Reason)
	if b.Limited != "" {
		text += "; " + b.Limited
	}
	switch {
	case b.TCPWhat != "" && strings.Contains(b.Reason, b.TCPWhat): // the same look
	case b.TCP == peer.TCPWorks && b.Via != peer.ViaTCP:
		text += "; TCP works, too"
	case b.TCPWhat != "":
		text += "; by TCP: " + b.TCPWhat
	case b.TCP == peer.TCPForeign:
		text += "; by TCP something else answers there"
	case b.TCP == peer.TCPSilent:
		text += "; by TCP nothing answers"
	}
	return text
}

// mapping is what the NAT does to outgoing packets.
func mapping(d peer.Diagnosis) (text string) {
	switch d.Mapping {
	case peer.MappingNone:
		return "none: your own address is seen outside"
	case peer.MappingEndpointIndependent:
		text = "everybody sees you at the same address and port (endpoint-independent mapping)"
		if d.OneServer {
			text += ", as far as one server can tell"
		}
	case peer.MappingAddressDependent:
		text = "each host sees you at another port (address-dependent mapping)"
	case peer.MappingAddressAndPortDependent:
		text = "each destination sees you at another port (symmetric: address-and-port-dependent mapping)"
	default:
		if d.Disclose == peer.ToNobody {
			return "not looked at (--relay-only)"
		}
		return "unknown: two answers from outside are needed to tell"
	}
	if d.Step != 0 {
		text += fmt.Sprintf("; ports are counted by %+d", d.Step)
	}
	if d.Block != [2]int{} {
		text += fmt.Sprintf("; ports from %d to %d", d.Block[0], d.Block[1])
	}
	return text
}

// Reaches reports whether somebody can be met: a bootnode has taken us in, or
// none was named.
func Reaches(d peer.Diagnosis) bool {
	for _, b := range d.Bootnodes {
		if b.State == peer.BootnodeRegistered {
			return true
		}
	}
	return len(d.Bootnodes) == 0
}

// DoctorText is Doctor as one text.
func DoctorText(d peer.Diagnosis) string { return strings.Join(Doctor(d), "\n") + "\n" }
