package lan

import (
	"net/netip"

	"gochat/crypto"
)

// Event is something that happens to a Finder.
type Event interface{ event() }

type (
	// Start begins.
	Start struct{}
	// Packet came to the multicast socket, for all or for this member alone.
	Packet struct {
		From netip.AddrPort
		Data []byte
	}
	// Cookie came back to the socket that sends probes.
	Cookie struct {
		From netip.AddrPort
		Data []byte
	}
	// Opened says that the own bootnode runs, as Open asked.
	Opened struct {
		Key  crypto.RunPublic
		Port uint16
	}
	// OpenFailed says that it does not.
	OpenFailed struct{}
	// Unreachable says that registering at a target does not work (any more).
	Unreachable struct{ Address string }
	// Timer says that NextDeadline has passed. Early ones do no harm.
	Timer struct{}
	// Stop ends everything.
	Stop struct{}
)

func (Start) event()       {}
func (Packet) event()      {}
func (Cookie) event()      {}
func (Opened) event()      {}
func (OpenFailed) event()  {}
func (Unreachable) event() {}
func (Timer) event()       {}
func (Stop) event()        {}

// Target is a bootnode to register with.
type Target struct {
	Address string // IP:port; an IPv6 link-local address has a zone
	// Key is the one it must show: whatever shows another is not meant.
	Key crypto.RunPublic
}

// Action is something the owner of a Finder has to do.
type Action interface{ action() }

type (
	// Multicast asks for a packet to be sent to the groups on every link.
	Multicast struct{ Packet []byte }
	// Send asks for a packet to be sent to one address from the socket that
	// multicasts.
	Send struct {
		To     netip.AddrPort
		Packet []byte
	}
	// Probe asks for a packet to be sent to the home address.
	Probe struct{ Packet []byte }
	// Open asks for a bootnode on a port (0: any). Opened or OpenFailed
	// follows.
	Open struct{ Port uint16 }
	// Close ends the own bootnode.
	Close struct{}
	// Use replaces the bootnodes to register with, at most five. A target
	// whose address or key is new is one to register with anew.
	Use struct{ Targets []Target }
)

func (Multicast) action() {}
func (Send) action()      {}
func (Probe) action()     {}
func (Open) action()      {}
func (Close) action()     {}
func (Use) action()       {}
