//go:build !linux && !darwin && !windows

package udp

import "net/netip"

// DefaultGateway is invalid here: no router is known, and so no port is mapped.
func DefaultGateway() netip.Addr { return netip.Addr{} }
