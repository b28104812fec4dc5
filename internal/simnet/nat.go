package simnet

import "time"

// Behavior is a NAT's mapping or filtering behaviour in the terms of
// RFC 4787, sections 4.1 and 5.
type Behavior int

// The behaviours, most open first.
const (
	EndpointIndependent Behavior = iota
	AddressDependent
	AddressAndPortDependent
)

// Allocation is how a NAT chooses the outside port of a new mapping.
type Allocation int

// The kinds of port allocation.
const (
	Preserving Allocation = iota // the inner port if free, else a random one
	Random
	Sequential // PortMin, PortMin+Step, …
)

// NAT is the behaviour of a router. IPv6 is never translated, but filtered
// like IPv4 by what went out before: a stateful firewall.
type NAT struct {
	Mapping    Behavior
	Filtering  Behavior
	Allocation Allocation
	PortMin    uint16 // outside ports; both 0: 1024–65535
	PortMax    uint16
	Step       int           // of sequential allocation; 0: 1
	Hairpin    bool          // inner hosts reach each other's outside address (REQ-9, external source)
	Timeout    time.Duration // of a mapping since its last outbound packet; 0: 2 min (REQ-5)
	BlockUDP   bool
	// AcceptInput has the router's own stack take packets that the filter
	// refuses, as a Linux host without a firewall does: a later outbound packet
	// to that endpoint gets another outside port.
	AcceptInput bool
}

// FullCone maps and filters independently of the endpoint.
func FullCone() NAT { return NAT{} }

// AddressRestricted lets in any port of the addresses sent to.
func AddressRestricted() NAT { return NAT{Filtering: AddressDependent} }

// PortRestricted lets in exactly the endpoints sent to: most home routers.
func PortRestricted() NAT { return NAT{Filtering: AddressAndPortDependent} }

// Symmetric uses another, random, outside port for each remote endpoint.
func Symmetric() NAT {
	return NAT{Mapping: AddressAndPortDependent, Filtering: AddressAndPortDependent, Allocation: Random}
}

// SymmetricBlock is Symmetric within 1024 ports, as carrier NATs do it.
func SymmetricBlock() NAT {
	n := Symmetric()
	n.PortMin, n.PortMax = 30000, 31023
	return n
}

// SymmetricSequential is Symmetric with outside ports that count up from 20000.
func SymmetricSequential() NAT {
	n := Symmetric()
	n.Allocation, n.PortMin, n.PortMax = Sequential, 20000, 65535
	return n
}

// SymmetricAddress uses another outside port for each remote address, but the
// same for all its ports: seen from one server it looks like a cone.
func SymmetricAddress() NAT {
	n := Symmetric()
	n.Mapping = AddressDependent
	return n
}

// UDPBlocked drops all UDP.
func UDPBlocked() NAT { return NAT{BlockUDP: true} }

func (n NAT) ports() (lo, count int) {
	if n.PortMin == 0 && n.PortMax == 0 {
		return 1024, 65536 - 1024
	}
	return int(n.PortMin), int(n.PortMax) - int(n.PortMin) + 1
}

func (n NAT) timeout() time.Duration {
	if n.Timeout == 0 {
		return 2 * time.Minute
	}
	return n.Timeout
}
