package portmap

import (
	"fmt"
	"net/netip"
	"time"
)

// Protocol is a way to ask for a mapping.
type Protocol int

// The protocols, the preferred first.
const (
	None Protocol = iota
	PCP
	NATPMP
	UPnP
	protocols
)

// String is the name people know.
func (p Protocol) String() string {
	return [...]string{"none", "PCP", "NAT-PMP", "UPnP"}[p]
}

// Verdict is what is known of a mapping from outside.
type Verdict int

// The verdicts.
const (
	Unknown Verdict = iota
	Yes
	No
)

// Status is how the port mapping stands, for people to read.
type Status struct {
	Gateway  netip.Addr     // invalid: none found
	Protocol Protocol       // in use; None: no mapping
	External netip.AddrPort // invalid: no mapping
	Inner    uint16         // our port
	Lease    time.Duration  // that is left; 0: without end
	Verified Verdict        // by a packet from outside
	// DoubleNAT: the router's own outside address is a private one, so that
	// another NAT stands between it and the Internet.
	DoubleNAT bool
	Seeking   bool   // the router has not had its time to answer
	Err       string // why there is no mapping, or it is of no use, in words
}

// String is the status in a sentence.
func (s Status) String() string {
	switch {
	case s.Protocol == None && s.Err != "":
		return s.Err
	case s.Protocol == None && s.Seeking:
		return "asking the router"
	case s.Protocol == None:
		return "none"
	}
	text := fmt.Sprintf("%v leads to port %d here, by %v", s.External, s.Inner, s.Protocol)
	switch {
	case s.Verified == Yes:
		text += "; a packet from outside came through"
	case s.DoubleNAT:
		text += "; that address is not public: another NAT stands before the router"
	default:
		text += "; not yet seen to work from outside"
	}
	return text
}

// shared is the address space between carriers' NATs and homes (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// examples are for documentation (RFC 5737): networks made for trying things out use
// them as if they were public.
var examples = [...]netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
}

func documentation(a netip.Addr) bool {
	for _, p := range examples {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// isPublic reports whether an address is one of the Internet.
func isPublic(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// usable reports whether an outside address can be a candidate at all; broken
// routers name 0.0.0.0 and worse.
func usable(a netip.Addr) bool {
	return a.Is4() && a.IsGlobalUnicast() && a.As4()[0] != 0 && a.As4()[0] < 240
}
